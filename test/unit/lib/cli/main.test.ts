import { describe, expect, test } from 'vitest';
import { main } from '../../../../lib/cli/main.ts';
import { createProgram } from '../../../../lib/cli/program.ts';
import { formatDuration, formatTable, formatTime } from '../../../../lib/cli/table.ts';
import { startHttpServer } from '../../../helpers/fakes/http-server.ts';

/** Runs a command line and captures its output and exit code. */
async function jobdeck(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const said = { out: '', err: '' };
  const code = await main(args, environment, {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
  });
  return { code, ...said };
}

describe('invalid command lines', () => {
  test.each<[readonly string[], RegExp | string]>([
    [['joobs'], /^jobdeck: there is no command 'joobs'; there are .*jobs, runs, /],
    [['jobs', '--colour'], /^jobdeck jobs: Unknown option '--colour'/],
    [['jobs', 'paint'], /^jobdeck jobs: there is no jobs paint; there are list, get, /],
    [['jobs', 'create'], /^jobdeck jobs: -f <file> is missing/],
    [['jobs', 'list', '-f', 'x'], /^jobdeck jobs: --file is not for jobs list; it is for jobs create, jobs update/],
    [['jobs', 'delete', 'a', 'b'], /^jobdeck jobs: only one job at a time, got 2/],
    [['runs', 'a', 'b'], /^jobdeck runs: only one job at a time, got 2\nTry jobdeck runs --help\n$/],
    [['runs', 'a', '--since', 'x'], /^jobdeck runs: --since is for the runs of all jobs; leave the job out/],
    [
      ['runs', '--before', 'x'],
      /^jobdeck runs: --before is for the runs of a job; of all jobs and of a search, it is --until/,
    ],
    [['runs', 'a', '--search', 'x', '--before', 'y'], /^jobdeck runs: --before is for the runs of a job; of all jobs/],
    [['logs', 'nothing'], /^jobdeck logs: 'nothing' is not a run id, /],
    [['trigger', 'good', '--wait', '--async'], /^jobdeck trigger: --wait and --async exclude each other/],
    [['failures', 'bad'], /^jobdeck failures: takes no arguments, got 'bad'/],
    [['ack'], /^jobdeck ack: specify runs, or --job, /],
    [['ack', 'x', '--all'], /^jobdeck ack: specify runs, or --job, /],
    [['ack', '--all', '--undo'], /^jobdeck ack: --undo needs run ids/],
    [['limits', '--set', 'jobs=1'], /^jobdeck limits: --set is for one tenant: limits <tenant> --set/],
    [
      ['limits', 'acme', '--set', 'jobs=many'],
      /^jobdeck limits: --set must be <name>=<whole number or default>, got 'jobs=many'/,
    ],
    [['limits', 'a', 'b'], /^jobdeck limits: only one tenant at a time, got 2/],
    [['tenants', 'drop', 'acme'], /^jobdeck tenants: there is no tenants drop; there are export, delete, /],
    [['tenants', 'export', 'acme'], /^jobdeck tenants: --out <file> is missing/],
    [['tenants', 'delete', 'a.b'], /^jobdeck tenants: a tenant is 1–64 of A–Z a–z 0–9 _ -, got 'a.b'/],
    [['tenants', 'delete', '--yes'], /^jobdeck tenants: tenant is missing/],
    [['tenants', 'import', 'x', '--yes'], /^jobdeck tenants: --yes is not for tenants import/],
    [['dead-letters', 'drop'], '^jobdeck dead-letters: there is no dead-letters drop; there are list, get, replay'],
    [['dead-letters', 'replay'], '^jobdeck dead-letters: specify dead letters, or --kind, '],
    [['dead-letters', 'replay', 'x', '--kind', 'run'], '^jobdeck dead-letters: specify dead letters, or --kind, '],
    [['dead-letters', '--dry-run'], '^jobdeck dead-letters: --dry-run is not for dead-letters list'],
    [['redrive'], /^jobdeck redrive: specify runs, /],
    [['redrive', '--job', 'bad', '--limit', 'all'], /^jobdeck redrive: --limit must be a whole number, got 'all'/],
    [['token', '--ttl', '0'], /^jobdeck token: --ttl must be 1–31536000 seconds, got 0/],
    [['token', '--roles', 'KING'], /^jobdeck token: --roles must be some of OWNER, .* got 'KING'/],
    [['dev', '--port', '0'], /^jobdeck dev: --port must be a port number, 1–65535, got 0/],
    [['jobs', '--tenant', 'a b'], /^jobdeck jobs: --tenant must be 1–64 of/],
    [['jobs', '--url', 'ftp://x'], /^jobdeck jobs: --url must be an http or https URL, got 'ftp:\/\/x'/],
  ])('%j exits with 2 and explains the error', async (args, err) => {
    expect(await jobdeck(args)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(err) });
  });

  test('print the list of commands if the command is missing', async () => {
    expect(await jobdeck([])).toMatchObject({ code: 2, out: expect.stringMatching(/^Usage: jobdeck <command>/) });
  });
});

describe('jobdeck help', () => {
  const { program } = createProgram({}, { out: () => {}, err: () => {} });
  const commands = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help');

  test.each(commands.map((command) => [command.name(), [command, ...command.commands]] as const))(
    'lists all options of %s',
    async (name, withSubcommands) => {
      const { code, out } = await jobdeck([name, '--help']);

      expect(code).toBe(0);
      expect(out).toContain(`Usage: jobdeck ${name}`);
      const flags = withSubcommands.flatMap(({ options }) => options.map(({ long }) => long));
      for (const flag of flags) expect(out).toMatch(new RegExp(`${flag}\\b`));
    },
  );

  test('lists all commands', async () => {
    const { code, out } = await jobdeck(['help']);

    expect(code).toBe(0);
    for (const command of commands) {
      const summary = command.summary() || command.description();
      expect(out).toMatch(new RegExp(`^  ${command.name()} +${summary}$`, 'm'));
    }
  });
});

describe('common options', () => {
  const lines: readonly (readonly string[])[] = [
    ['tenants', '--url', 'URL', '--token', 'x.y.z', '--json'],
    ['--url', 'URL', '--token', 'x.y.z', '--json', 'tenants'],
    ['--url=URL', '--json', 'tenants', '--token', 'x.y.z'],
    ['--json', 'tenants', '--token=x.y.z', '--url=URL'],
  ];
  test.each(lines)('may precede or follow the command: %s %s %s', async (...line) => {
    const asked: (string | undefined)[] = [];
    const server = await startHttpServer((request, response) => {
      asked.push(request.headers.authorization);
      response.end('{"jobs":[]}');
    });

    const args = line.map((part) => part.replace('URL', server.url).replace('tenants', 'jobs'));
    const { code, out } = await jobdeck(args);

    await server.close();
    expect({ code, out: JSON.parse(out), asked }).toEqual({ code: 0, out: { jobs: [] }, asked: ['Bearer x.y.z'] });
  });

  test.each([
    [['runs'], '/runs?limit=20'],
    [['runs', 'a'], '/jobs/a/runs?limit=20'],
    [
      ['runs', 'a', '--search', 'x', '--trigger', 'manual', '--since', '2026-01-01', '--cursor', 'c'],
      '/runs?job_id=a&limit=20&q=x&trigger=manual&since=2026-01-01&cursor=c',
    ],
  ])('are not passed on as options of %j', async (args, expected) => {
    const asked: (string | undefined)[] = [];
    const server = await startHttpServer(({ url }, response) => {
      asked.push(url);
      response.end('{"runs":[],"next_cursor":null}');
    });

    const common = ['--url', server.url, '--token', 'x.y.z', '--tenant', 'acme', '--json'];
    const { code } = await jobdeck([...args, ...common]);

    await server.close();
    expect({ code, asked }).toEqual({ code: 0, asked: [expected] });
  });

  test.each<[readonly string[], number, RegExp, RegExp]>([
    [['--help'], 0, /^Usage: jobdeck <command>/, /^$/],
    [['-h'], 0, /^Usage: jobdeck <command>/, /^$/],
    [['--json'], 2, /^Usage: jobdeck <command>/, /^$/],
    [['--help', 'runs'], 0, /^Usage: jobdeck runs/, /^$/],
    [['--colour', 'runs'], 2, /^$/, /^jobdeck runs: Unknown option '--colour'/],
    [['--url', 'http://127.0.0.1:1', 'joobs'], 2, /^$/, /^jobdeck: there is no command 'joobs'/],
    // The value of an option is not the command, even if another value is missing.
    [['--token', 'jobs'], 2, /^Usage: jobdeck <command>/, /^$/],
  ])('handle the command line %j', async (args, code, out, err) => {
    expect(await jobdeck(args)).toEqual({ code, out: expect.stringMatching(out), err: expect.stringMatching(err) });
  });
});

describe('jobdeck limits', () => {
  const shown = {
    limits: { jobs: 5, computeSecondsPerMonth: null, requestsPerSecond: 50 },
    own: ['jobs'],
    used: { jobs: 3, computeSecondsPerMonth: 12 },
    queue: { pendingRuns: 2, oldestPendingSeconds: 7, lateStarts: 1, lateFinishes: 0 },
  };

  async function asking(args: readonly string[]) {
    const server = await startHttpServer(({ url }, response) => {
      response.end(JSON.stringify(url === '/limits' ? shown : { data: shown }));
    });
    const ended = await jobdeck([...args, '--url', server.url], { JOBDECK_TOKEN: 'x' });
    await server.close();
    const asked = server.received.map(({ method, path, headers, body }) => [method, path, headers['x-tenantid'], body]);
    return { ...ended, asked };
  }

  test("prints the limits of the token's tenant", async () => {
    const { out, asked } = await asking(['limits']);

    expect(asked).toEqual([['GET', '/limits', undefined, '']]);
    expect(out.split('\n')).toEqual([
      'LIMIT                   VALUE      USED  SOURCE',
      'jobs                    5          3     own',
      'computeSecondsPerMonth  unlimited  12    -',
      'requestsPerSecond       50         -     -',
      '',
      'Pending runs: 2 (oldest: 7 s); late starts: 1, late finishes: 0',
      '',
    ]);
  });

  test('prints and sets the limits of any tenant', async () => {
    expect((await asking(['limits', 'acme', '--json'])).asked).toEqual([['GET', '/api/v1/admin/limits', 'acme', '']]);
    const { asked } = await asking(['limits', 'acme', '--set', 'jobs=200, storedBytes=default']);
    expect(asked).toEqual([['PUT', '/api/v1/admin/limits', 'acme', '{"jobs":200,"storedBytes":null}']]);
  });
});

describe('error responses', () => {
  test.each([
    [409, '{"error":"Job \'x\' is disabled"}', "jobdeck jobs: Job 'x' is disabled\n"],
    [404, '{"errors":[{"code":"x","message":"Not here"}]}', 'jobdeck jobs: Not here\n'],
    [400, '{"error":{"code":"x","message":"Not so"}}', 'jobdeck jobs: Not so\n'],
    [502, '<html>Bad gateway</html>', 'jobdeck jobs: GET /jobs returned 502\n'],
    [200, '<html>A page</html>', 'jobdeck jobs: The response is not from Jobdeck: <html>A page</html>\n'],
  ])('%i %s prints one line', async (status, text, err) => {
    const server = await startHttpServer((_, response) => void response.writeHead(status).end(text));

    const ended = await jobdeck(['jobs', '--url', server.url], { JOBDECK_TOKEN: 'x' });

    await server.close();
    expect(ended).toEqual({ code: 1, out: '', err });
  });
});

describe('jobdeck ack', () => {
  test('repeats the request until no failure is left', async () => {
    let left = 2_500;
    const server = await startHttpServer((_, response) => {
      const acknowledged = Math.min(1_000, left);
      left -= acknowledged;
      response.end(JSON.stringify({ acknowledged, left, skipped: [] }));
    });

    const ended = await jobdeck(['ack', '--all', '--url', server.url], { JOBDECK_TOKEN: 'x' });

    await server.close();
    expect(ended).toEqual({
      code: 0,
      out: '2500 acknowledged\n',
      err: '1000 acknowledged, 1500 left …\n2000 acknowledged, 500 left …\n',
    });
  });

  test('stops if a request acknowledges nothing', async () => {
    const body = JSON.stringify({ acknowledged: 0, left: 7, skipped: [] });
    const server = await startHttpServer((_, response) => void response.end(body));

    const ended = await jobdeck(['ack', '--all', '--url', server.url], { JOBDECK_TOKEN: 'x' });

    await server.close();
    expect(ended.out).toBe('0 acknowledged\n');
  });
});

describe('formatTable', () => {
  test('aligns columns and prints dashes for empty cells', () => {
    expect(
      formatTable(
        ['A', 'LONG'],
        [
          ['aaaa', 1],
          [null, ''],
          ['b', 'x'.repeat(200)],
        ],
      ),
    ).toBe(['A     LONG', 'aaaa  1', '-     -', `b     ${'x'.repeat(99)}…`].join('\n'));
  });

  test('removes control characters', () => {
    expect(formatTable(['A'], [['\u001b[31mred\nline']])).toBe('A\n [31mred line');
    expect(formatTable(['A', 'B'], [['\u202eeno', '\u2066two\u2069']])).toBe('A    B\neno  two');
  });

  test.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_250, '1.3 s'],
    [119_999, '120.0 s'],
    [240_000, '4 min'],
    [null, null],
  ])('formats %j ms as %j', (ms, shown) => {
    expect(formatDuration(ms)).toBe(shown);
  });

  test('formats times with a precision of seconds and their zone', () => {
    expect(formatTime('2026-03-02T01:03:12.345Z')).toBe('2026-03-02T01:03:12Z');
    expect(formatTime(null)).toBeUndefined();
  });
});
