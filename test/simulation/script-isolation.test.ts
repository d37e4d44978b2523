import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Execution } from '../../functions/core/executors/execution.ts';
import { ScriptRunner } from '../../functions/core/executors/script/script-runner.ts';
import { anExecution, scriptTarget } from '../helpers/builders/executions.ts';
import { children } from '../helpers/system/processes.ts';
import { bundleScripts } from '../helpers/system/script-bundle.ts';
import { waitForAssertion } from '../helpers/wait.ts';

const SECRET = 'AKIA-not-to-be-seen';
/** A valid environment file that is also a valid program, so that every way of loading it succeeds. */
const CREDENTIALS = `AWS_SECRET_ACCESS_KEY="${SECRET}"`;

/** Number of attempts of the script `snoop`. */
const ATTEMPTS = 80;

interface Findings {
  readonly open: readonly string[];
  readonly shut: readonly string[];
}

let bundle: Awaited<ReturnType<typeof bundleScripts>>;
let runner: ScriptRunner;
let platform: string;

/** Replaces the Lambda runtime API and counts its requests. */
let api: Server;
let apiRequests = 0;

beforeAll(async () => {
  api = createServer((_request, response) => {
    apiRequests += 1;
    response.end(SECRET);
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  bundle = await bundleScripts();
  platform = mkdtempSync(join(tmpdir(), 'jobdeck-platform-'));
  writeFileSync(join(platform, 'credentials'), CREDENTIALS);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET);
  vi.stubEnv('JOBDECK_RUNS_TABLE', SECRET);
  vi.stubEnv('AWS_LAMBDA_RUNTIME_API', address());
  // A file descriptor of the worker, like those of its logs and sockets.
  openSync(join(platform, 'credentials'), 'r');
  runner = new ScriptRunner({ directory: bundle.directory });
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await runner.close();
  await bundle.remove();
  await rm(platform, { recursive: true });
  api.closeAllConnections();
  await new Promise((resolve) => api.close(resolve));
});

const address = () => `127.0.0.1:${(api.address() as AddressInfo).port}`;

function run(script: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  const target = scriptTarget(script, args, env);
  return runner.run(target, anExecution(target));
}

describe('script isolation', () => {
  it('hides credentials, the platform, /proc, other processes and other runs', async () => {
    // Another run, with the secret in its folder.
    const before = children();
    const controller = new AbortController();
    const target = scriptTarget('traces', ['hold', SECRET], { TOKEN: SECRET });
    const other = runner.run(target, anExecution(target, { signal: controller.signal }));
    const [otherPid = 0] = children().filter((pid) => !before.includes(pid));
    const folder = await waitForAssertion(() => {
      const found = readdirSync(tmpdir()).find((name) => existsSync(join(tmpdir(), name, 'note')));
      return join(tmpdir(), found ?? expect.fail('the other run has not begun'));
    });
    const prey = {
      secret: SECRET,
      file: join(platform, 'credentials'),
      pids: [process.pid, otherPid],
      folder,
      api: address(),
    };

    const outcome = await run('snoop', [JSON.stringify(prey)], {
      NODE_OPTIONS: '--allow-fs-read=* --allow-fs-write=* --allow-child-process --allow-addons --allow-worker',
    });

    // The arguments contain the secret, because the script must know what to search for.
    const { open, shut } = JSON.parse(outcome.stdout.tail) as Findings;
    expect(open).toEqual([]);
    expect(shut).toHaveLength(ATTEMPTS);
    expect(outcome).toMatchObject({ status: 'ok', stderr: { tail: '' } });
    expect(existsSync(`${prey.file}.db`)).toBe(false);
    expect(apiRequests).toBe(0);
    controller.abort();
    expect(await other).toMatchObject({ status: 'aborted' });
  });

  it('blocks attempts that succeed without isolation', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jobdeck-open-'));
    // These attempts would succeed and end or change the test's own process or files.
    const except = [
      'execve',
      'cluster',
      'fork',
      'rename',
      'own code',
      'kill the group',
      'chdir',
      'write report',
      'heap snapshot',
      'mkdtemp',
    ];
    // A pipe cannot be opened by name. A terminal and a process group may or may not exist.
    const depends = [
      '/proc/<pid>/fd/1',
      '/dev/tty',
      '/dev/stdout',
      '/dev/fd/2',
      'linked binding',
      'kill own group by number',
    ];
    writeFileSync(join(folder, 'note'), CREDENTIALS);
    const prey = { secret: SECRET, file: join(folder, 'note'), pids: [process.pid], folder, api: address(), except };
    const program = `
      const { default: snoop } = await import(${JSON.stringify(join(bundle.directory, 'scripts/snoop.mjs'))});
      await snoop.run({ args: ${JSON.stringify(prey)}, log: console });`;

    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--no-warnings', '--eval', program],
      { cwd: mkdtempSync(join(folder, 'own-')), env: process.env },
    );

    const { open, shut } = JSON.parse(stdout) as Findings;
    expect(open.length + shut.length).toBe(ATTEMPTS - except.length);
    expect(shut.filter((name) => !depends.includes(name))).toEqual([]);
    await rm(folder, { recursive: true });
  });
});

describe('the output of a script', () => {
  it('reaches the result for every way of writing', async () => {
    const { status, stdout, stderr } = await run('bypass');

    expect(status).toBe('ok');
    const captured = `${stdout.tail}\n${stderr.tail}`;
    expect(captured.match(/(?<=^<).*(?=>$)/gm)?.toSorted()).toEqual([
      '_rawDebug',
      'a console of its own',
      'a file stream on the descriptor',
      'a socket on the descriptor',
      'a terminal',
      'the handle of stderr',
      'the handle of stdout',
      'writeSync',
      'writevSync',
    ]);
  });
});

describe('files and globals of a run', () => {
  it('do not exist in the next run', async () => {
    const first = await run('traces', ['leave', SECRET], { FIRST: SECRET });
    const folder = first.stdout.tail.split('\n')[0] ?? '';

    const second = await run('traces', ['find', folder]);

    expect(folder).toContain('jobdeck-run-');
    expect(JSON.parse(second.stdout.tail)).toEqual({
      global: null,
      env: ['HOME', 'TMPDIR', 'TZ'],
      own: [],
      theirs: null,
    });
    expect(existsSync(folder)).toBe(false);
  });
});

describe('a run that does not end by itself', () => {
  const TIME = { timeoutMs: 1_500 };
  const misbehave = (behaviour: string, execution: Partial<Execution> = {}) => {
    const target = scriptTarget('misbehave', [behaviour]);
    return runner.run(target, anExecution(target, execution));
  };
  const expectUsable = async () => {
    expect(await run('echo', ['next'])).toMatchObject({ status: 'ok', stdout: { tail: 'next' } });
  };

  it.each(['blocksTheLoop', 'printsForEver', 'promisesForEver', 'matchesForEver'])(
    'ends at its timeout and leaves the runner usable: %s',
    async (behaviour) => {
      const before = children();

      expect(await misbehave(behaviour, TIME)).toMatchObject({ status: 'timeout', exitCode: null });

      await expectUsable();
      // One process waits for the next run, as before.
      expect(children().length).toBeLessThanOrEqual(Math.max(1, before.length));
    },
  );

  it('cannot start child processes', async () => {
    const before = children();

    expect(await misbehave('forksForEver')).toMatchObject({ status: 'ok', stdout: { tail: 'refused true' } });

    await expectUsable();
    expect(children().length).toBeLessThanOrEqual(Math.max(1, before.length));
  });

  it('frees its disk space and its port', async () => {
    const [full, listening] = [await misbehave('fillsItsFolder'), await misbehave('listens')];

    expect(full.stdout.tail).toContain('jobdeck-run-');
    expect(existsSync(full.stdout.tail)).toBe(false);
    const server = createServer();
    const port = Number(listening.stdout.tail);
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('link-local addresses of the machine', () => {
  it.each(['169.254.169.254', '169.254.170.2', '[fe80::1]', '[::ffff:169.254.169.254]'])(
    'cannot be reached: %s',
    async (host) => {
      const { stdout } = await run('fetch-host', [`http://${host}/latest/meta-data/`]);

      expect(stdout.tail).toMatch(/EACCES/);
    },
  );
});
