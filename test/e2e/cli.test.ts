import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../lib/cli/main.ts';
import { projectRoot } from '../../lib/project-root.ts';
import type { ApiClient } from '../helpers/clients/api.ts';
import { runnerClient } from '../helpers/clients/runner.ts';
import { shareTestSystem } from '../helpers/system/shared-system.ts';
import type { TestSystem } from '../helpers/system/test-system.ts';
import { waitForAssertion, waitUntil } from '../helpers/wait.ts';

/** The command line against a running system: in this process, and in processes of its own as far as they matter. */

/** Only the first of the processes has to strip types. */
const OWN_ENV = { PATH: process.env.PATH, NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') };

let system: TestSystem;
let api: ApiClient;

beforeAll(async () => {
  system = await shareTestSystem();
  api = await system.as('demo');
  const runner = runnerClient(api);
  await runner.define({ id: 'good', script: 'echo', args: ['hello'] });
  await runner.define({ id: 'bad', script: 'fail', args: ['3'] });
  await runner.define({ id: 'slow', script: 'sleep', args: ['120'] });
});
afterAll(() => system?.stop());

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Invocation {
  readonly env?: Readonly<Record<string, string>>;
}

const environment = (env: Readonly<Record<string, string>> = {}) => ({
  JOBDECK_URL: system.url,
  JOBDECK_DATA: system.dataDir,
  ...env,
});

/** Runs a command in this process. A process of its own takes 0.1 s of CPU. */
function begin(args: readonly string[], { env }: Invocation = {}) {
  const said = { out: '', err: '' };
  const output = {
    out: (text: string) => {
      said.out += text;
    },
    err: (text: string) => {
      said.err += text;
    },
  };
  const ended = main(args, environment(env), output).then((code): Ended => ({ code, ...said }));
  return { said, ended };
}

const jobdeck = (args: readonly string[], invocation?: Invocation): Promise<Ended> => begin(args, invocation).ended;

interface Start {
  readonly input?: string;
  /** @default bin/cli.ts */
  readonly entry?: string;
}

/** Runs a command in a process of its own, as a shell does. */
async function runProcess(args: readonly string[], { input = '', entry = 'bin/cli.ts' }: Start = {}): Promise<Ended> {
  const child = spawn(process.execPath, [join(projectRoot, entry), ...args], {
    env: { ...OWN_ENV, ...environment() },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  child.stdin.on('error', () => {}).end(input);
  const [code] = await once(child, 'close');
  return { code: code as number | null, ...said };
}

/** Returns the output of a successful command. */
async function printed(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await jobdeck(args);
  expect({ code, err }).toMatchObject({ code: 0 });
  return out;
}

async function failOnce(): Promise<string> {
  const { run_id: runId } = await runnerClient(api).trigger('bad');
  await waitForAssertion(async () => expect(JSON.stringify((await api.get('/failures')).body)).toContain(runId));
  return runId;
}

describe('scripts and state commands', () => {
  test('list scripts, and set, list, show and delete values of the state', async () => {
    expect(await printed('scripts')).toMatch(/^SCRIPT +ARGUMENTS +DESCRIPTION\n(.*\n)*sleep +\[seconds\] +Sleeps/);
    expect(await printed('state', 'set', 'sync', 'after', '{"id":7}', '--ttl', '3600')).toBe('Done\n');
    expect(await jobdeck(['state', 'set', 'sync', 'after', '8', '--new'])).toMatchObject({ code: 1 });
    expect(await jobdeck(['state', 'set', 'sync', 'after', 'text'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('the value must be JSON'),
    });
    expect(await printed('state')).toBe('sync\n');
    expect(await printed('state', 'list', 'sync')).toMatch(/^KEY .*\nafter +\S+ +\S+ +\{"id":7\}\n$/);
    expect(JSON.parse(await printed('state', 'get', 'sync', 'after'))).toEqual({ id: 7 });
    expect(await printed('state', 'delete', 'sync', 'after')).toBe('Done\n');
    expect(await jobdeck(['state', 'get', 'sync', 'after'])).toMatchObject({ code: 1 });
  });
});

describe('jobdeck tree', () => {
  test('prints the runs of a chain below one another', async () => {
    const runner = runnerClient(api);
    await runner.define({ id: 'load', script: 'echo' });
    await runner.define({ id: 'report-after', script: 'echo', after: { jobs: [{ job: 'load', on: 'success' }] } });
    const { run_id: first } = await runner.trigger('load');

    await waitForAssertion(async () => {
      const tree = await printed('tree', first);
      const [, second = ''] = /\n {2}(report-after\.\S+) +ok /.exec(tree) ?? [];
      expect(tree).toMatch(/^RUN +STATUS +STARTED +TOOK +REASON\nload\.\S+ +ok /);
      expect(await printed('tree', second)).toBe(tree);
      expect(JSON.parse(await printed('--json', 'tree', first))).toMatchObject({
        run: { run_id: first },
        children: [{ run: { run_id: second, parent_run_id: first }, children: [] }],
      });
    });
    expect(await jobdeck(['tree', 'load.unknown'])).toMatchObject({ code: 1 });
  });
});

describe('backfills commands', () => {
  test('create, show, pause, resume, cancel and list backfills', async () => {
    await runnerClient(api).define({ id: 'yearly', script: 'echo', schedule: '0 0 1 1 *' });
    const range = ['--from', '2020-01-01T00:00:00Z', '--to', '2022-01-01T00:00:00Z'];

    const created = await printed('backfills', 'create', 'yearly', ...range, '--concurrency', '3', '--payload', '[1]');
    expect(created).toMatch(/^BACKFILL +STATE +FROM +TO +DONE +FAILED +TOTAL\n\S+ +running .* 0 +0 +3\n$/);
    const [, id = ''] = /\n(\S+) /.exec(created) ?? [];
    await waitForAssertion(async () =>
      expect(await printed('backfills', 'get', 'yearly', id)).toMatch(/ completed .* 3 +0 +3\n$/),
    );
    expect(await printed('backfills', 'yearly')).toContain(id);
    expect(await jobdeck(['backfills', 'resume', 'yearly', id])).toMatchObject({
      code: 1,
      err: expect.stringContaining('Cannot resume completed backfill'),
    });

    const early = ['--from', '1990-01-01T00:00:00Z', '--to', '2020-01-01T00:00:00Z'];
    const { backfill } = JSON.parse(
      await printed('--json', 'backfills', 'create', 'yearly', ...early, '--order', 'desc'),
    );
    expect(await printed('backfills', 'pause', 'yearly', backfill.id)).toContain(' paused ');
    expect(await printed('backfills', 'resume', 'yearly', backfill.id)).toContain(' running ');
    expect(await printed('backfills', 'cancel', 'yearly', backfill.id)).toContain(' canceled ');
    expect(await jobdeck(['backfills', 'create', 'yearly'])).toMatchObject({ code: 2 });
  });
});

describe('calendars, pause and resume commands', () => {
  test('define, list, show and delete calendars', async () => {
    const file = join(system.dataDir, 'holidays.ics');
    const event = ['BEGIN:VEVENT', 'UID:1', 'DTSTART;VALUE=DATE:20261225', 'DTEND;VALUE=DATE:20261227', 'END:VEVENT'];
    writeFileSync(file, ['BEGIN:VCALENDAR', 'VERSION:2.0', ...event, 'END:VCALENDAR', ''].join('\r\n'));

    expect(await printed('calendars', 'put', 'stocktaking', '2099-12-31')).toBe(
      'Stored: 1 dates, the last one 2099-12-31\n',
    );
    expect(await printed('calendars', 'put', 'holidays', '--file', file)).toMatch(/^Stored: 2 dates, .* 2026-12-26\n$/);
    await runnerClient(api).define({ id: 'closed', script: 'echo', exclude_calendars: ['holidays'] });
    expect(await printed('calendars')).toMatch(/^CALENDAR .*\nholidays +2 +2026-12-25 +2026-12-26 /);
    expect(await printed('calendars', 'get', 'holidays')).toMatch(/NAMED BY\nclosed\n\n2026-12-25\n2026-12-26\n$/);
    expect(await jobdeck(['calendars', 'delete', 'holidays'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('closed'),
    });
    expect(await printed('calendars', 'delete', 'stocktaking')).toBe('Done\n');
  });

  test('pause and resume the schedule of a job', async () => {
    await runnerClient(api).define({ id: 'pausable', script: 'echo', schedule: '0 3 * * *' });

    expect(await printed('pause', 'pausable', '--for', '2d')).toMatch(/^Paused until \d{4}-/);
    expect(await printed('jobs')).toMatch(/\npausable +script +0 3 \* \* \* +paused /);
    expect(await printed('resume', 'pausable')).toBe('Not paused\n');
    expect(await jobdeck(['pause', 'pausable', '--until', '2020-01-01T00:00:00Z'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('until: must be after'),
    });
  });
});

describe('hooks and usage commands', () => {
  test('create, change, rotate, list and delete hooks', async () => {
    await runnerClient(api).define({ id: 'hooked', script: 'echo' });
    const file = join(system.dataDir, 'hook-secret.txt');
    writeFileSync(file, 'hunter2\n');

    const url = (await printed('hooks', 'create', 'hooked', '--scheme', 'github', '--secret-file', file)).trim();
    expect(url).toMatch(/\/hooks\/hk_/);
    const listed = await printed('hooks');
    expect(listed).toMatch(/^HOOK +NAME +JOB +SCHEME .*\n\S+ +- +hooked +github +enabled /);
    const [, id = ''] = /\n(\S+) /.exec(listed) ?? [];
    expect(await printed('hooks', 'change', id, '--disable', '--description', 'main')).toBe('Done\n');
    expect(await printed('hooks', 'list')).toMatch(/ disabled .* main\n$/);
    expect(await printed('hooks', 'change', id, '--name', 'from-github')).toBe('Done\n');
    expect(await printed('hooks')).toMatch(/\n\S+ +from-github +hooked /);
    expect((await printed('hooks', 'rotate', id, '--overlap', '0')).trim()).not.toBe(url);
    expect(await jobdeck(['hooks', 'change', id, '--enable', '--disable'])).toMatchObject({ code: 2 });
    expect(await jobdeck(['hooks', 'create', 'hooked', '--secret-file', '/nowhere'])).toMatchObject({ code: 2 });
    expect(await printed('hooks', 'delete', id)).toBe('Done\n');
    expect(await jobdeck(['hooks', 'delete', id])).toMatchObject({
      code: 1,
      err: expect.stringContaining('not found'),
    });
  });

  test('print the usage by day, by month, and as CSV', async () => {
    expect(await printed('usage')).toMatch(/^DAY +RUNS +COMPUTE_SECONDS +RECORDS +STORED_BYTES\n\d{4}-\d\d-01 /);
    expect(await printed('usage', '--group', 'month', '--csv')).toMatch(
      /^month,runs,compute_seconds,records,stored_bytes\n\d{4}-\d\d,\d+,\d+,\d+,\d+\n$/,
    );
    expect(await jobdeck(['usage', '--from', 'monday'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('from: must be a day such as 2026-03-02 (UTC), got "monday"'),
    });
  });
});

describe('jobs commands', () => {
  test('define, list, show, enable, disable and delete jobs', async () => {
    const definition = JSON.stringify({ id: 'made', name: 'Made', script: 'echo', schedule: '0 3 * * *' });
    const file = join(system.dataDir, 'made.json');
    writeFileSync(file, definition);

    expect(await printed('jobs', 'create', '-f', file)).toBe('Defined made\n');
    const again = await runProcess(['jobs', 'create', '--file', '-'], { input: definition });
    expect(again).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^jobdeck jobs: .*made.*\n$/) });
    expect(await printed('jobs')).toMatch(/^JOB +TYPE .*\n(.*\n)*made +script +0 3 \* \* \* +enabled /);
    expect(await printed('jobs', 'disable', 'made')).toBe('Done\n');
    expect(JSON.parse(await printed('jobs', 'get', 'made'))).toMatchObject({ id: 'made', enabled: 0 });
    expect(JSON.parse(await printed('jobs', 'enable', 'made', '--json'))).toEqual({ ok: true });
    await printed('jobs', 'delete', 'made');
    expect(await jobdeck(['jobs', 'get', 'made'])).toMatchObject({ code: 1, err: 'jobdeck jobs: Job not found\n' });
  });
});

describe('runs commands', () => {
  test('trigger, list and read runs', async () => {
    const { code, out, err } = await runProcess(['trigger', 'good']);
    const runId = err.split(':')[0] ?? '';

    expect({ code, out }).toEqual({ code: 0, out: 'hello\n' });
    expect(err).toMatch(/^good\.[a-z0-9]+\.[0-9A-Z]{26}: ok after \d+ ms\n$/);
    expect(await printed('runs', 'good', '--status', 'ok', '--limit', '5')).toContain(`${runId}  ok `);
    expect(await printed('logs', runId)).toBe('hello\n');
    expect(JSON.parse(await printed('logs', runId, '--json'))).toMatchObject({ run: { run_id: runId, status: 'ok' } });
  });

  test('trigger and redrive a run with its own input', async () => {
    const args = ['--arg', 'one', '--arg', 'two', '--tag', 'import', '--note', 'by hand', '--payload', '{"order":7}'];
    const { out } = await jobdeck(['trigger', 'good', ...args]);
    const { runs } = JSON.parse(await printed('runs', 'good', '--limit', '1', '--json'));

    expect(out).toBe('one two\n');
    const tagged = async (...tags: string[]) =>
      JSON.parse(await printed('runs', 'good', '--json', ...tags.flatMap((tag) => ['--tag', tag]))).runs.length;
    expect([await tagged('import'), await tagged('import', 'other')]).toEqual([1, 0]);
    expect(runs[0]).toMatchObject({
      args: ['one', 'two'],
      payload: { order: 7 },
      tags: ['import'],
      note: 'by hand',
    });
    expect(await jobdeck(['trigger', 'good', '--payload', 'order 7'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--payload must be JSON'),
    });
    const failed = await failOnce();
    await printed('redrive', failed, '--arg', '4', '--payload', '[1]');
    const again = JSON.parse(await printed('runs', 'bad', '--limit', '1', '--json')).runs[0];
    expect(again).toMatchObject({ args: ['4'], payload: [1], redriven_from: failed });
  });

  test('exit with status 1 for a failed run', async () => {
    const { code, err } = await runProcess(['trigger', 'bad', '--wait']);
    const runId = err.trim().split('\n').at(-1)?.split(':')[0] ?? '';

    expect(code).toBe(1);
    expect(err).toMatch(/bad\.\S+: error after .* \(exit code 3\)\n$/);
    expect((await jobdeck(['logs', runId])).code).toBe(0);
    expect((await runProcess(['logs', runId, '--follow'])).code).toBe(1);
  });

  test('follow runs to their end, and stop them', async () => {
    const started = JSON.parse(await printed('trigger', 'slow', '--async', '--json'));
    const runId: string = started.run.run_id;
    const following = begin(['logs', runId, '--follow']);
    await waitUntil(() => following.said.err.includes('is running'), { what: 'that the run is followed' });
    await waitUntil(() => following.said.out === 'sleeping for 120 s\n', { what: 'what the script wrote' });

    expect(await printed('cancel', runId)).toBe(`${runId}: canceled\n`);

    expect(await following.ended).toMatchObject({
      code: 1,
      out: 'sleeping for 120 s\n',
      err: expect.stringMatching(/is canceled \(canceled by .+\)\n$/),
    });
    expect(await jobdeck(['cancel', runId])).toMatchObject({
      code: 1,
      err: 'jobdeck cancel: Cannot cancel canceled run\n',
    });
  });

  test('print a flow’s log as it is written', async () => {
    const flow = {
      pageSize: 5,
      sources: [{ id: 'numbers', type: 'generate', count: 20, rate: 10 }],
      sinks: [{ id: 'shown', type: 'preview' }],
    };
    await runnerClient(api).define({ id: 'flow', type: 'flow', flow });
    const { run } = JSON.parse(await printed('trigger', 'flow', '--async', '--json'));

    const { code, out } = await jobdeck(['logs', run.run_id, '-f']);

    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/^\d{4}-\d\d-\d\dT\S+ info +\S+ .+\n/) });
    const lines = out.trimEnd().split('\n');
    expect(new Set(lines).size).toBe(lines.length);
    expect(await printed('logs', run.run_id)).toBe(out);
  });
});

describe('failures commands', () => {
  test('list, acknowledge, unacknowledge and redrive failures', async () => {
    const runId = await failOnce();

    expect(await printed('failures')).toContain(`${runId}  error`);
    expect(await printed('failures', '--group')).toMatch(/^CAUSE +JOB .*\n[0-9a-f]{12} +bad +error +\d+ .*exit code 3/);
    expect(await printed('ack', '--job', 'bad', '--note', 'known')).toMatch(/^\d+ acknowledged\n$/);
    expect(await runnerClient(api).run('bad', runId)).toMatchObject({ acknowledged_note: 'known' });
    expect(await jobdeck(['ack', runId])).toMatchObject({ code: 1, err: `${runId}: already acknowledged\n` });
    expect(await printed('ack', runId, '--undo')).toBe(`${runId} is no longer acknowledged\n`);
    for (const filter of [['--dry-run'], ['--since', '1h', '--limit', '1', '--dry-run']]) {
      expect(await printed('ack', '--job', 'bad', ...filter)).toMatch(/^RUN +DRY RUN\nbad\./);
    }
    expect(await printed('ack', '--job', 'bad', '--until', '2020-01-01T00:00:00Z')).toBe('');
    expect(await jobdeck(['ack', '--all', '--since', '1h'])).toMatchObject({ code: 2 });
    expect(await printed('redrive', runId, '--dry-run')).toMatch(/would be started again/);
    expect(await printed('redrive', runId)).toMatch(new RegExp(`^${runId}  bad\\.\\S+$`, 'm'));
    expect(await jobdeck(['redrive', runId])).toMatchObject({
      code: 1,
      out: expect.stringContaining('skipped: was redriven before, as bad.'),
    });
  });
});

describe('authentication', () => {
  test('defaults to the tenant demo on this machine and accepts another tenant or a token', async () => {
    expect(await printed('tenants')).toMatch(/^TENANT +AS +ROLES\ndemo +owner@demo\.test +OWNER, ADMIN\n$/);
    expect(await printed('jobs', '--tenant', 'acme')).not.toContain('good');
    // Other files may have moved the clock of the system by minutes.
    const member = (await printed('token', '--tenant', 'acme', '--roles', 'MEMBER', '--ttl', '3000')).trim();
    const output = await jobdeck(['tenants', '--json', '--token', member]);
    expect(JSON.parse(output.out)).toEqual({
      tenants: [{ tenant: 'acme', name: 'member@acme.test', roles: ['MEMBER'] }],
    });
    expect(await jobdeck(['trigger', 'good', '--token', member])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^jobdeck trigger: Needs one of the roles .*\n$/),
    });
  });

  test('accepts an API key', async () => {
    const { body } = await api.post<{ key: string; id: string }>('/v1/api-keys', { name: 'cli', roles: ['OPERATOR'] });
    const env = { JOBDECK_TOKEN: body.key, JOBDECK_DATA: '/nonexistent' };

    expect((await jobdeck(['tenants'], { env })).out).toContain(`demo    API key ${body.id}`);
    expect(await jobdeck(['trigger', 'good'], { env })).toMatchObject({ code: 0, out: 'hello\n' });
  });

  test('refuses a missing or invalid token', async () => {
    expect(await jobdeck(['jobs'], { env: { JOBDECK_DATA: '/nonexistent' } })).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /^jobdeck jobs: There is no local system in \/nonexistent .*--token or JOBDECK_TOKEN\n$/,
      ),
    });
    expect(await jobdeck(['jobs', '--url', 'https://jobdeck.example.test'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^jobdeck jobs: A token is needed: /),
    });
    expect(await jobdeck(['jobs', '--token', 'no'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^jobdeck jobs: .* \(--token or JOBDECK_TOKEN: a JWT or an API key\)\n$/),
    });
  });
});

test('exits with status 2 for invalid arguments and 1 for an unreachable system, without a stack trace', async () => {
  expect(await runProcess(['joobs'])).toMatchObject({ code: 2, out: '' });
  const { code, err } = await runProcess(['jobs', '--url', 'http://127.0.0.1:1', '--token', 'x']);

  expect({ code, lines: err.split('\n').length }).toEqual({ code: 1, lines: 2 });
  expect(err).toMatch(/does not respond \(.+\)\. Is it running \(npm start\)\?/);
});

test('runs from the launcher under any Node version, with the same exit status', async () => {
  const entry = 'bin/jobdeck-cli.mjs';

  expect(await runProcess(['--help'], { entry })).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Usage: jobdeck <command> \[options\]\n/),
  });
  expect(await runProcess(['trigger', 'bad'], { entry })).toMatchObject({ code: 1 });
  expect(await runProcess(['runs', '--help'], { entry })).toMatchObject({
    code: 0,
    out: expect.stringMatching(/--status/),
  });
});
