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

const SECRET = 'AKIA-not-to-be-seen';
/** An environment file that is a program too: whatever loads it is right. */
const CREDENTIALS = `AWS_SECRET_ACCESS_KEY="${SECRET}"`;

/** How many ways `snoop` tries. */
const ATTEMPTS = 79;

interface Findings {
  readonly open: readonly string[];
  readonly shut: readonly string[];
}

let bundle: Awaited<ReturnType<typeof bundleScripts>>;
let runner: ScriptRunner;
let platform: string;

/** Stands for the API by which Lambda talks to a function; counts who asks. */
let api: Server;
let asked = 0;

beforeAll(async () => {
  api = createServer((_request, response) => {
    asked += 1;
    response.end(SECRET);
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  bundle = await bundleScripts();
  platform = mkdtempSync(join(tmpdir(), 'jobdeck-platform-'));
  writeFileSync(join(platform, 'credentials'), CREDENTIALS);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET);
  vi.stubEnv('JOBDECK_RUNS_TABLE', SECRET);
  vi.stubEnv('AWS_LAMBDA_RUNTIME_API', address());
  // A descriptor of the worker's, as its logs and sockets are.
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

describe('what a script can see', () => {
  it('is none of: credentials, the platform, /proc, other processes and runs', async () => {
    // Another run, with the secret in its folder.
    const before = children();
    const controller = new AbortController();
    const target = scriptTarget('traces', ['hold', SECRET], { TOKEN: SECRET });
    const other = runner.run(target, anExecution(target, { signal: controller.signal }));
    const [otherPid = 0] = children().filter((pid) => !before.includes(pid));
    const folder = await vi.waitFor(() => {
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

    // The secret is in the arguments here, because the script must know what to look for.
    const { open, shut } = JSON.parse(outcome.stdout.tail) as Findings;
    expect(open).toEqual([]);
    expect(shut).toHaveLength(ATTEMPTS);
    expect(outcome).toMatchObject({ status: 'ok', stderr: { tail: '' } });
    expect(existsSync(`${prey.file}.db`)).toBe(false);
    expect(asked).toBe(0);
    controller.abort();
    expect(await other).toMatchObject({ status: 'aborted' });
  });

  it('would be nearly all of it without the confinement: the attempts are good ones', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jobdeck-open-'));
    // These would work, and end or change what the test stands on.
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
    // A pipe cannot be opened by name; a terminal and a process group are there or not.
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

describe('output', () => {
  it('is captured in whatever way it is written', async () => {
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

describe('what a run leaves behind', () => {
  it('the next one does not find', async () => {
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

describe('a run that runs away', () => {
  const TIME = { timeoutMs: 1_500 };
  const misbehave = (behaviour: string, execution: Partial<Execution> = {}) => {
    const target = scriptTarget('misbehave', [behaviour]);
    return runner.run(target, anExecution(target, execution));
  };
  const isFine = async () => {
    expect(await run('echo', ['next'])).toMatchObject({ status: 'ok', stdout: { tail: 'next' } });
  };

  it.each(['blocksTheLoop', 'printsForEver', 'promisesForEver', 'matchesForEver'])(
    'ends at its timeout, and the next one is fine: %s',
    async (behaviour) => {
      const before = children();

      expect(await misbehave(behaviour, TIME)).toMatchObject({ status: 'timeout', exitCode: null });

      await isFine();
      // One process waits for the next run, as one did before.
      expect(children().length).toBeLessThanOrEqual(Math.max(1, before.length));
    },
  );

  it('has no child to leave behind', async () => {
    const before = children();

    expect(await misbehave('forksForEver')).toMatchObject({ status: 'ok', stdout: { tail: 'refused true' } });

    await isFine();
    expect(children().length).toBeLessThanOrEqual(Math.max(1, before.length));
  });

  it('frees what it filled, and what it listened on', async () => {
    const [full, listening] = [await misbehave('fillsItsFolder'), await misbehave('listens')];

    expect(full.stdout.tail).toContain('jobdeck-run-');
    expect(existsSync(full.stdout.tail)).toBe(false);
    const server = createServer();
    const port = Number(listening.stdout.tail);
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('what the machine has for itself', () => {
  it.each(['169.254.169.254', '169.254.170.2', '[fe80::1]', '[::ffff:169.254.169.254]'])(
    'is not connected to: %s',
    async (host) => {
      const { stdout } = await run('fetch-host', [`http://${host}/latest/meta-data/`]);

      expect(stdout.tail).toMatch(/EACCES/);
    },
  );
});
