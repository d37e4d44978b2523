import { describe, expect, it } from 'vitest';
import { parseCrontab } from '../../../../lib/apply/crontab.ts';
import { crontabFiles } from '../../../../lib/apply/crontab-files.ts';

const parse = (lines: readonly string[], options: Partial<Parameters<typeof parseCrontab>[1]> = {}) =>
  parseCrontab(lines.join('\n'), { timezone: 'UTC', hasUsers: false, ...options });
const layout = { scripts: [], scriptsPath: '../scripts', jobsFolder: 'jobs', scriptsFolder: 'scripts' };

describe('parseCrontab', () => {
  it('reads entries with five fields and with words, and their comments', () => {
    const { entries, errors } = parse([
      '# Unrelated',
      '',
      '# Nightly backup',
      '0  5 * * 1-5\tcd /srv && ./backup.sh --all',
      '@daily /usr/bin/backup',
    ]);

    expect(errors).toEqual([]);
    expect(entries).toMatchObject([
      { line: 4, id: 'backup', name: 'Nightly backup', schedule: '0 5 * * 1-5', comments: ['Nightly backup'] },
      { line: 5, id: 'backup-2', name: '/usr/bin/backup', schedule: '@daily', comments: [], notCarriedOver: [] },
    ]);
  });

  it('gives no job the name of a file that Windows reserves', () => {
    const { entries } = parse(['* * * * * /opt/con', '* * * * * aux.sh', '* * * * * com1', '* * * * * console']);

    expect(entries.map(({ id }) => id)).toEqual(['con-2', 'aux-2', 'com1-2', 'console']);
  });

  it('applies variables to the entries below them and explains those of cron', () => {
    const { entries } = parse([
      '* * * * * before',
      'MAILTO="ops@example.com"',
      'SHELL = /bin/bash',
      'CRON_TZ=Europe/Berlin',
      "MODE='full'",
      '* * * * * after',
    ]);

    expect(entries).toMatchObject([
      { timezone: 'UTC', env: {}, notCarriedOver: [] },
      {
        timezone: 'Europe/Berlin',
        env: { MODE: 'full' },
        notCarriedOver: [
          'SHELL=/bin/bash: a variable of the machine.',
          'MAILTO=ops@example.com: output is stored with the run; on_failure notifies of failures.',
        ],
      },
    ]);
  });

  it('ends the command at a percent sign that is not escaped', () => {
    const { entries } = parse([String.raw`0 0 * * * mail -s "$(date +\%F)" a@b.test%Hello%World`]);

    expect(entries).toMatchObject([
      {
        id: 'mail',
        work: 'the command yet: mail -s "$(date +%F)" a@b.test',
        notCarriedOver: ['standard input after %: a script gets args and env.'],
      },
    ]);
  });

  it('gives @reboot no schedule', () => {
    expect(parse(['@reboot /bin/warm-up']).entries).toMatchObject([
      { id: 'warm-up', schedule: null, notCarriedOver: [expect.stringContaining('@reboot')] },
    ]);
  });

  it('reads the user of an entry of the system', () => {
    expect(parse(['17 * * * * root run-parts /etc/cron.hourly'], { hasUsers: true }).entries).toMatchObject([
      {
        id: 'run-parts',
        work: 'the command yet: run-parts /etc/cron.hourly',
        notCarriedOver: [expect.stringContaining('the user')],
      },
    ]);
  });

  it('reports lines that are no entries, with their numbers', () => {
    const { entries, errors } = parse([
      '* * * * * ok',
      '* * * *',
      '61 * * * * a',
      '0~30 * * * * a',
      '@sometimes a',
      'CRON_TZ=Mars/Base',
      '* * * * * a',
    ]);

    expect(entries).toHaveLength(1);
    expect(errors.map((error) => error.slice(0, 7))).toEqual(['line 2:', 'line 3:', 'line 4:', 'line 5:', 'line 7:']);
    expect(errors[4]).toContain("CRON_TZ: must be an IANA name such as Europe/Berlin, got 'Mars/Base'");
  });
});

describe('crontabFiles', () => {
  it('returns an http job for a request, with references to its secrets', async () => {
    const { entries } = parse([
      'API_TOKEN=t-1',
      "0 5 * * * curl -fsS -m 20 -u 'alice:hunter2' -H 'Accept: a/b' https://www.a.test/sync/orders >/dev/null 2>&1",
    ]);

    const { files, errors } = await crontabFiles(entries, layout);

    expect(errors).toEqual([]);
    expect(files).toEqual([
      {
        path: 'jobs/a-test-sync-orders.ts',
        content: [
          "import { defineJob } from 'jobdeck';",
          '',
          '// Line 2 of the crontab: curl. The rest is left out, because the line may hold a credential.',
          '// Set the secret a-test-sync-orders.authorization (PUT /v1/secrets/a-test-sync-orders.authorization) to the base64 encoding of <user>:<password> of the command.',
          '// Disabled while cron runs the command.',
          'export default defineJob({',
          "  id: 'a-test-sync-orders',",
          "  name: 'Line 2 of the crontab: curl',",
          "  schedule: '0 5 * * *',",
          '  enabled: 0,',
          '  timeout_ms: 20000,',
          '  http: {',
          "    url: 'https://www.a.test/sync/orders',",
          "    headers: { accept: 'a/b', authorization: 'Basic {{secret:a-test-sync-orders.authorization}}' },",
          '  },',
          '});',
          '',
        ].join('\n'),
      },
    ]);
  });

  it('returns a script and the reason for a request that is not understood', async () => {
    const { entries } = parse([
      '0 5 * * * curl -F file=@x https://a.test',
      '0 5 * * * curl -H "Accept: \u00e9€" https://b.test',
    ]);

    const { files } = await crontabFiles(entries, layout);

    expect(files.map(({ path }) => path)).toEqual([
      'scripts/a-test.ts',
      'jobs/a-test.ts',
      'scripts/b-test.ts',
      'jobs/b-test.ts',
    ]);
    expect(files[1]?.content).toContain(
      '// Not carried over: the request as an http job, because the option -F is not understood.',
    );
    expect(files[3]?.content).toContain(
      "// Not carried over: an http job: line 2: job 'b-test': http.headers.accept: must be one line of printable characters",
    );
  });

  it('writes no credential of a line, of a variable, or of the standard input', async () => {
    const { entries } = parse([
      'API_TOKEN=hunter2',
      'PATH=/bin:https://a:hunter2@b.test',
      '# curl -H "Authorization: Bearer hunter2"',
      '0 5 * * * curl -u a:hunter2 https://a.test | jq .',
      '0 5 * * * backup --password hunter2 --percent 100\\%',
      '0 5 * * * mail a@b.test%password=hunter2',
      '0 5 * * * PGPASSWORD=hunter2 psql',
    ]);

    const { files, errors } = await crontabFiles(entries, layout);

    expect(errors).toEqual([]);
    expect(JSON.stringify(files)).not.toContain('hunter2');
    expect(files[1]?.content).toContain("env: { API_TOKEN: '{{secret:API_TOKEN}}' }");
    expect(files[1]?.content).toContain(
      '// Set the secret API_TOKEN (PUT /v1/secrets/API_TOKEN) to the variable API_TOKEN in line 1 of the crontab.',
    );
    expect(files[3]?.content).toContain(
      '// Line 5 of the crontab: backup. The rest is left out, because the line may hold a credential.',
    );
    expect(files[3]?.content).toContain(
      '// Set the secret backup.credential (PUT /v1/secrets/backup.credential) to the',
    );
  });

  it('gives each credential a secret of its own', async () => {
    const { entries } = parse([
      'API_TOKEN=a',
      '0 5 * * * one',
      'API_TOKEN=b',
      '0 5 * * * two',
      'API_TOKEN=a',
      '0 5 * * * three',
      "0 5 * * * curl -H 'X-Team: a' https://a.test/x?y=1",
      "0 5 * * * curl -H 'X-Team: b' https://a.test/x?y=2",
      `0 5 * * * curl -u a:b https://a.test/${'long-'.repeat(20)}/1`,
      `0 5 * * * curl -u a:c https://a.test/${'long-'.repeat(20)}/2`,
    ]);

    expect(entries.slice(0, 3).map(({ env }) => env.API_TOKEN)).toEqual([
      '{{secret:API_TOKEN}}',
      '{{secret:API_TOKEN-2}}',
      '{{secret:API_TOKEN}}',
    ]);
    const names = entries.flatMap(({ request }) => (request?.secrets ?? []).map(({ name }) => name));
    expect(names).toHaveLength(4);
    expect(new Set(names).size).toBe(4);
    expect((await crontabFiles(entries, layout)).errors).toEqual([]);
  });

  it('names a job after its line if neither the program nor the comment may be shown', async () => {
    const { entries } = parse([
      '# 0 4 * * * /usr/bin/old',
      '0 5 * * * /usr/bin/new',
      '# The password is',
      '# hunter2',
      '0 5 * * * sshpass -phunter2 ssh host',
    ]);

    expect(entries).toMatchObject([
      { id: 'new', name: '/usr/bin/new', comments: ['0 4 * * * /usr/bin/old'] },
      { id: 'line-5', name: 'Line 5 of the crontab', comments: [] },
    ]);
  });

  it('returns a disabled job that explains itself and a script that fails', async () => {
    const { entries } = parse(['# Backup', 'MAILTO=a@b.test', "0 5 * * * /bin/backup 'x'"]);

    const { files, errors } = await crontabFiles(entries, layout);

    expect(errors).toEqual([]);
    expect(files.map(({ path }) => path)).toEqual(['scripts/backup.ts', 'jobs/backup.ts']);
    expect(files[1]?.content).toBe(
      [
        "import { defineJob } from 'jobdeck';",
        "import backupScript from '../scripts/backup.ts';",
        '',
        "// Line 3 of the crontab: 0 5 * * * /bin/backup 'x'",
        '// Not carried over: MAILTO=a@b.test: output is stored with the run; on_failure notifies of failures.',
        '// Disabled until the script does the work of the command.',
        'export default defineJob({',
        "  id: 'backup',",
        "  name: '/bin/backup \\'x\\'',",
        "  schedule: '0 5 * * *',",
        '  script: backupScript,',
        '  enabled: 0,',
        '});',
        '',
      ].join('\n'),
    );
    expect(files[0]?.content).toContain(
      "throw new Error('This script does not do the work of the command yet: /bin/backup \\'x\\'');",
    );
  });

  it('reports an entry that defines no valid job', async () => {
    const { entries } = parse(['NODE_OPTIONS=--x', '* * * * * a']);

    expect(await crontabFiles(entries, layout)).toMatchObject({
      files: [],
      errors: ["line 2: job 'a': env.NODE_OPTIONS: is reserved for the platform"],
    });
  });
});
