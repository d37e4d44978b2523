import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ScriptRunner } from '../../functions/executors/script/runner.ts';
import { executionOf, scriptTarget } from '../support/execution.ts';
import { children } from '../support/processes.ts';
import { bundleScripts } from '../support/script-bundle.ts';

const SECRET = 'AKIA-not-to-be-seen';
/** An environment file that is a program too: whatever loads it is right. */
const CREDENTIALS = `AWS_SECRET_ACCESS_KEY="${SECRET}"`;

interface Findings {
  readonly open: readonly string[];
  readonly shut: readonly string[];
}

let bundle: Awaited<ReturnType<typeof bundleScripts>>;
let runner: ScriptRunner;
let platform: string;

beforeAll(async () => {
  bundle = await bundleScripts();
  platform = mkdtempSync(join(tmpdir(), 'jobdeck-platform-'));
  writeFileSync(join(platform, 'credentials'), CREDENTIALS);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET);
  vi.stubEnv('JOBDECK_RUNS_TABLE', SECRET);
  // A descriptor of the worker's, as its logs and sockets are.
  openSync(join(platform, 'credentials'), 'r');
  runner = new ScriptRunner({ directory: bundle.directory });
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await runner.close();
  await bundle.remove();
  await rm(platform, { recursive: true });
});

function run(script: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  const target = scriptTarget(script, args, env);
  return runner.run(target, executionOf(target));
}

describe('what a script can see', () => {
  it('is none of: credentials, the platform, /proc, other processes and runs', async () => {
    // Another run, with the secret in its folder.
    const before = children();
    const controller = new AbortController();
    const target = scriptTarget('traces', ['hold', SECRET], { TOKEN: SECRET });
    const other = runner.run(target, executionOf(target, { signal: controller.signal }));
    const [otherPid = 0] = children().filter((pid) => !before.includes(pid));
    const folder = await vi.waitFor(() => {
      const found = readdirSync(tmpdir()).find((name) => existsSync(join(tmpdir(), name, 'note')));
      return join(tmpdir(), found ?? expect.fail('the other run has not begun'));
    });
    const prey = { secret: SECRET, file: join(platform, 'credentials'), pids: [process.pid, otherPid], folder };

    const outcome = await run('snoop', [JSON.stringify(prey)], {
      NODE_OPTIONS: '--allow-fs-read=* --allow-fs-write=* --allow-child-process --allow-addons --allow-worker',
    });

    // The secret is in the arguments here, because the script must know what to look for.
    const { open, shut } = JSON.parse(outcome.stdout.tail) as Findings;
    expect(open).toEqual([]);
    expect(shut).toHaveLength(68);
    expect(outcome).toMatchObject({ status: 'ok', stderr: { tail: '' } });
    expect(existsSync(`${prey.file}.db`)).toBe(false);
    controller.abort();
    expect(await other).toMatchObject({ status: 'aborted' });
  });

  it('would be nearly all of it without the confinement: the attempts are good ones', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jobdeck-open-'));
    // These would work, and end or change what the test stands on.
    const except = ['execve', 'cluster', 'fork', 'rename', 'own code', 'kill the group', 'chdir', 'write report'];
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
    const prey = { secret: SECRET, file: join(folder, 'note'), pids: [process.pid], folder, except };
    const program = `
      const { default: snoop } = await import(${JSON.stringify(join(bundle.directory, 'scripts/snoop.mjs'))});
      await snoop.run({ args: ${JSON.stringify(prey)}, log: console });`;

    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--no-warnings', '--eval', program], {
      cwd: mkdtempSync(join(folder, 'own-')),
      env: process.env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });

    const { open, shut } = JSON.parse(stdout) as Findings;
    expect(open.length + shut.length).toBe(68 - except.length);
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
