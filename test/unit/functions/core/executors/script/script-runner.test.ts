import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { JobdeckError } from '../../../../../../functions/core/domain/errors.ts';
import type { Execution } from '../../../../../../functions/core/executors/execution.ts';
import { END_BYTES, HEAD_BYTES } from '../../../../../../functions/core/executors/output/output.ts';
import { removeAbandonedFolders, removeFolder } from '../../../../../../functions/core/executors/script/run-folder.ts';
import { ScriptRunner } from '../../../../../../functions/core/executors/script/script-runner.ts';
import { anExecution, memoryKeyValueStore, scriptTarget } from '../../../../../helpers/builders/executions.ts';
import { children } from '../../../../../helpers/system/processes.ts';
import { bundleScripts } from '../../../../../helpers/system/script-bundle.ts';
import { waitForAssertion } from '../../../../../helpers/wait.ts';

let bundle: Awaited<ReturnType<typeof bundleScripts>>;
let runner: ScriptRunner;

beforeAll(async () => {
  bundle = await bundleScripts();
  runner = new ScriptRunner({ directory: bundle.directory, memoryMb: 160, graceMs: 300 });
});

afterAll(async () => {
  await runner.close();
  await bundle.remove();
});

function run(script: string, args: readonly string[] = [], execution: Partial<Execution> = {}) {
  const target = scriptTarget(script, args);
  return runner.run(target, anExecution(target, execution));
}

function misbehave(behaviour: string, execution: Partial<Execution> = {}) {
  return run('misbehave', [behaviour], execution);
}

describe('shipped scripts', () => {
  it('print their arguments (echo)', async () => {
    const outcome = await run('/opt/scripts/echo.js', ['a', 'b c', '--flag=1']);

    expect(outcome).toMatchObject({ status: 'ok', exitCode: 0, message: null, itemsProcessed: 0, meta: null });
    expect(outcome.stdout).toEqual({ tail: 'a b c --flag=1', parts: [], bytes: 15 });
    expect(outcome.stderr).toEqual({ tail: '', parts: [], bytes: 0 });
    expect(outcome.durationMs).toBeGreaterThan(0);
  });

  it('print their payload as JSON if they have no arguments (echo)', async () => {
    const payload = { order: 1042, text: 'Grüße\n', large: 'x'.repeat(250_000) };

    const [alone, beside] = [await run('echo', [], { payload }), await run('echo', ['a'], { payload: 1 })];

    expect(JSON.parse(alone.stdout.parts.join(''))).toEqual(payload);
    expect(beside.stdout.tail).toBe('a');
    expect((await run('echo')).stdout.tail).toBe('');
  });

  it('accept seconds and refuse other arguments (sleep)', async () => {
    expect(await run('sleep', ['0.01'])).toMatchObject({
      status: 'ok',
      stdout: { tail: 'sleeping for 0.01 s\nawake' },
    });
    expect(await run('sleep', ['soon'])).toMatchObject({
      status: 'error',
      exitCode: 1,
      message: "Error: seconds: must be a number from 0 to 840, got 'soon'",
    });
  });

  it('exit with the given code after printing to stderr (fail)', async () => {
    expect(await run('fail')).toMatchObject({ status: 'error', exitCode: 1, message: 'exit code 1' });
    expect((await run('fail', ['1.5'])).message).toBe("Error: code: must be an integer from 1 to 255, got '1.5'");
    expect(await run('fail', ['3'])).toMatchObject({
      status: 'error',
      exitCode: 3,
      message: 'exit code 3',
      stderr: { tail: 'failing with exit code 3, as asked' },
    });
  });

  it('fail with their name if they are not part of the deployment', async () => {
    for (const name of ['absent', '../../etc/passwd', '', 'echo/']) {
      expect(await run(name)).toMatchObject({
        status: 'error',
        message: `script: '${name}' is not part of this deployment`,
      });
    }
  });
});

describe('payload of a script with a schema', () => {
  it('has the form that the schema gives it', async () => {
    const payload = { order: 7, lines: [{ sku: 'A-1' }, { sku: 'B-2', count: 3 }] };

    expect((await run('take-order', [], { payload })).stdout.tail).toBe('order 7: 1 × A-1, 3 × B-2');
  });

  it('fails the run with the field that does not fit', async () => {
    const payload = { order: 7, lines: [{ sku: 'A-1' }, { sku: 2 }] };

    const [wrong, missing] = [await run('take-order', [], { payload }), await run('take-order')];

    expect(wrong).toMatchObject({
      status: 'error',
      exitCode: 1,
      message: expect.stringContaining('payload.lines[1].sku'),
    });
    expect(missing).toMatchObject({ status: 'error', message: expect.stringMatching(/^PayloadError: payload: /) });
  });
});

describe('outcome of a script', () => {
  it.each([
    ['exits3', { status: 'error', exitCode: 3, message: 'exit code 3' }],
    ['exits0BeforeItsEnd', { status: 'ok', exitCode: 0, message: null }],
    ['leavesHandlesOpen', { status: 'ok', exitCode: 0 }],
    ['throws', { status: 'error', exitCode: 1, message: 'TypeError: no such thing' }],
    ['throwsText', { status: 'error', exitCode: 1, message: 'thrown: just text' }],
    ['rejectsAside', { status: 'error', exitCode: 1, message: 'Error: nobody listens' }],
    ['neverSettles', { status: 'error', exitCode: 13, message: 'exit code 13' }],
    ['killsItself', { status: 'error', exitCode: 137, message: 'killed by SIGKILL' }],
    ['closesStdout', { status: 'ok', exitCode: 0, stdout: { tail: '' }, stderr: { tail: 'still here' } }],
    ['closesControl', { status: 'error', message: 'the control channel was closed before the end' }],
    ['writesJunkToControl', { status: 'error', message: 'a line on the control channel is not JSON' }],
    ['writesNullToControl', { status: 'error', message: 'a line on the control channel is not a message of a script' }],
    [
      'floodsControl',
      { status: 'error', itemsProcessed: 1, message: 'a line on the control channel is longer than 655360 characters' },
    ],
  ])('reports the outcome of %s', async (behaviour, expected) => {
    expect(await misbehave(behaviour)).toMatchObject(expected);
  });

  it('contains the stack of a thrown error in source positions, and its cause', async () => {
    const { stderr } = await misbehave('throws');

    expect(stderr.tail).toContain('test/helpers/scripts/misbehave.ts:');
    expect(stderr.tail).toContain('the root of it');
  });

  it('reports a script whose promise never settles', async () => {
    expect((await misbehave('neverSettles')).stderr.tail).toMatch(/never ended/);
  });
});

describe('timeout', () => {
  it.each(['ignoresSigterm', 'blocksTheLoop', 'blocksTheLoopWithSignal'])(
    'ends a script that is ready and then %s',
    async (behaviour) => {
      // Leaves time for the process to start on a busy machine.
      const outcome = await misbehave(behaviour, { timeoutMs: 2_500 });

      expect(outcome).toMatchObject({ status: 'timeout', exitCode: null, message: 'timeout: over 2500 ms' });
      expect(outcome.stdout.tail).toContain('ready');
    },
  );

  it('wakes a sleeping script by its signal within the grace period', async () => {
    // Leaves time for the process to start on a busy machine.
    const outcome = await run('sleep', ['60'], { timeoutMs: 2_500 });

    expect(outcome).toMatchObject({ status: 'timeout', exitCode: null });
    expect(outcome.stderr.tail).toContain('AbortError');
  });
});

describe('abort', () => {
  /** Aborts once the script has printed something, independent of its start-up time. */
  function whenReady() {
    const controller = new AbortController();
    const onStreams: Execution['onOutput'] = async ({ stdout }) => {
      await waitForAssertion(() => expect(stdout?.textFrom(0, 100)).toContain('ready'));
      controller.abort();
    };
    return { signal: controller.signal, onOutput: onStreams };
  }

  it('lets the script save its work within the grace period', async () => {
    const state = memoryKeyValueStore();

    const outcome = await misbehave('savesOnAbort', { state, ...whenReady(), timeoutMs: 20_000 });

    expect(outcome).toMatchObject({ status: 'aborted', exitCode: 0, stdout: { tail: 'ready\nsaving' } });
    expect(state.values.get('cursor')).toBe(7);
  });

  it('kills a script that ignores the signal', async () => {
    expect(await misbehave('ignoresSigterm', whenReady())).toMatchObject({
      status: 'aborted',
      exitCode: null,
    });
  });

  it('ends an execution that was aborted before it started', async () => {
    expect(await run('echo', ['x'], { signal: AbortSignal.abort() })).toMatchObject({ status: 'aborted' });
  });
});

describe('memory', () => {
  it.each(['takesHeap', 'takesBuffers'])('reports the outcome of %s', async (behaviour) => {
    const outcome = await misbehave(behaviour);

    expect(outcome).toMatchObject({ status: 'error', message: 'out of memory: over 160 MB' });
    expect(outcome.exitCode).toBeGreaterThan(128);
  });
});

describe('output', () => {
  it('accepts 100 MB without keeping them', async () => {
    const { status, stdout } = await misbehave('prints100MB');

    expect(status).toBe('ok');
    expect(stdout.bytes).toBe(100 * 1024 * 1024 + 'the end\n'.length);
    expect(stdout.tail).toMatch(/x\nthe end$/);
    expect(stdout.parts.join('').length).toBeLessThan(HEAD_BYTES + END_BYTES + 200);
    const [, end = ''] = stdout.parts.join('').split(/\[\d+ bytes were left out here: [^\]]*\]\n/);
    expect(end.length).toBe(END_BYTES);
    expect(end.slice(-12)).toBe('xxx\nthe end\n');
  });

  it('keeps everything that a script prints just before it exits', async () => {
    const { stdout } = await misbehave('prints1MBAndExits');

    expect(stdout.bytes).toBe(10_000 * 100);
    expect(stdout.parts.join('').endsWith(`.10000\n`)).toBe(true);
    expect(stdout.tail.split('\n')).toHaveLength(100);
  });

  it('replaces bytes that are not UTF-8', async () => {
    const { stdout, stderr } = await misbehave('writesBinary');

    expect(stdout.tail).toMatch(/ !"#.*abc.*\ufffd$/s);
    expect(stderr.tail).toBe('a\ufffd');
  });
});

describe('context of a script', () => {
  it('contains the job’s environment, the run and a folder of its own', async () => {
    vi.stubEnv('JOBDECK_RUNS_TABLE', 'secret');
    vi.stubEnv('LD_LIBRARY_PATH', '/var/lang/lib');
    const own = new ScriptRunner({ directory: bundle.directory });
    const target = scriptTarget('misbehave', ['showsItself'], { GREETING: 'hi', NODE_OPTIONS: '--inspect' });
    const first = await own.run(target, anExecution(target, { attempt: 2, scheduledAt: '2026-03-02T01:03:00.000Z' }));
    const second = await own.run(target, anExecution(target));
    vi.unstubAllEnvs();
    await own.close();

    const [one, two] = [first, second].map(({ stdout }) => JSON.parse(stdout.tail));
    expect(one.env).toEqual({
      TMPDIR: one.cwd,
      HOME: one.cwd,
      TZ: 'UTC',
      GREETING: 'hi',
      NODE_OPTIONS: '--inspect',
    });
    expect(one.run).toEqual({
      runId: 'report.k3f9.01JNXA3V5T9YV0Q2Z6W8M4R7B1',
      tenant: 'acme',
      jobId: 'report',
      attempt: 2,
      scheduledAt: '2026-03-02T01:03:00.000Z',
    });
    expect(one.time).toBe(0);
    expect(two.pid).not.toBe(one.pid);
    expect(two.cwd).not.toBe(one.cwd);
    expect(existsSync(one.cwd)).toBe(false);
  });

  it('contains state that is kept after the run', async () => {
    const state = memoryKeyValueStore(
      new Map<string, unknown>([
        ['n', 1],
        ['old', true],
      ]),
    );

    const { stdout, stderr } = await misbehave('usesState', { state });

    expect(stdout.tail).toBe('[1,null]');
    expect(Object.fromEntries(state.values)).toEqual({ n: { count: 2 } });
    expect(stderr.tail.split('\n')).toEqual([
      "state 'big': must be at most 102400 bytes as JSON, got 102402",
      'state: a key must be 1–256 characters, got ""',
      "state 'f': must be a JSON value, got undefined",
    ]);
  });

  it('contains a function that starts runs, with an ordinal for each call of a job without a key', async () => {
    const calls: unknown[] = [];
    const trigger: Execution['trigger'] = async (job, key, input) => {
      calls.push([job, key, input]);
      if (job === 'off') throw new JobdeckError('conflict', 'job.disabled', "Job 'off' is disabled");
      return { run: `${job}.run`, run_at: null, repeated: false };
    };
    const payload = [
      { job: 'a', payload: { n: 1 } },
      { job: 'a', key: 'x' },
      { job: 'b', tags: ['t'] },
      { job: 'a' },
      { job: 'off' },
      { job: 'a', payload: 'x'.repeat(330_000) },
    ];

    const { stdout } = await run('start-others', [], { trigger, payload });

    expect(calls).toEqual([
      ['a', 1, { payload: { n: 1 } }],
      ['a', 'x', {}],
      ['b', 1, { tags: ['t'] }],
      ['a', 2, {}],
      ['off', 1, {}],
    ]);
    expect(stdout.tail.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([
      { run: 'a.run', run_at: null, repeated: false },
      { run: 'a.run', run_at: null, repeated: false },
      { run: 'b.run', run_at: null, repeated: false },
      { run: 'a.run', run_at: null, repeated: false },
      { name: 'TriggerError', code: 'job.disabled', message: "trigger 'off': Job 'off' is disabled" },
      {
        name: 'TriggerError',
        code: 'input.invalid',
        message: 'trigger: payload: must have, with the other fields, at most 327680 bytes as JSON, got 330014',
      },
    ]);
  });

  it('handles a bounded number of requests at the same time, and all of them', async () => {
    let [open, most, handled] = [0, 0, 0];
    const trigger: Execution['trigger'] = async (job) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      handled += 1;
      return { run: `${job}.run`, run_at: null, repeated: false };
    };

    const outcome = await misbehave('triggersWithoutBound', { trigger });

    expect(outcome).toMatchObject({ status: 'ok', stdout: { tail: '60 started' } });
    expect(handled).toBe(60);
    // A part of a line that the worker has read contains no second request of this size.
    expect(most).toBeLessThanOrEqual(17);
  });

  it('refuses numbers of a trigger that JSON cannot contain', async () => {
    const outcome = await misbehave('triggersWithoutNumber');

    const tail = [
      'trigger: delay_s: must be a finite number, got NaN',
      'trigger: delay_s: must be a finite number, got Infinity',
    ].join('\n');
    expect(outcome).toMatchObject({ status: 'ok', stdout: { tail } });
  });

  it('lets the script handle a failure of the state store', async () => {
    const state = { ...memoryKeyValueStore(), get: () => Promise.reject(new Error('throttled')) };

    expect(await misbehave('usesState', { state })).toMatchObject({
      status: 'error',
      message: "Error: state 'n': throttled",
    });
  });

  it('keeps reports of a script that fails later', async () => {
    expect(await misbehave('reports')).toMatchObject({
      status: 'error',
      message: 'RangeError: report: itemsProcessed must be an integer of at least 0, got -1',
      itemsProcessed: 2,
      meta: { page: 1 },
    });
  });
});

describe('scripts side by side', () => {
  it('have processes, folders and variables of their own, and fail or end apart', async () => {
    const abort = new AbortController();
    const shown = ['a', 'b'].map((name) => {
      const target = scriptTarget('misbehave', ['showsItself'], { NAME: name });
      return runner.run(target, anExecution(target, { runId: name }));
    });
    const others = [
      misbehave('ignoresSigterm', { signal: abort.signal, timeoutMs: 60_000 }),
      run('fail', ['7']),
      misbehave('takesBuffers', { timeoutMs: 60_000 }),
    ];
    const [one, two] = (await Promise.all(shown)).map(({ stdout }) => JSON.parse(stdout.tail));
    abort.abort();

    const [canceled, failed, killed] = await Promise.all(others);

    expect([one.env.NAME, two.env.NAME]).toEqual(['a', 'b']);
    expect([one.run.runId, two.run.runId]).toEqual(['a', 'b']);
    expect(new Set([one.pid, two.pid, process.pid]).size).toBe(3);
    expect(one.cwd).not.toBe(two.cwd);
    expect(canceled?.status).toBe('aborted');
    expect(failed).toMatchObject({ status: 'error', exitCode: 7 });
    expect(killed).toMatchObject({ status: 'error', message: 'out of memory: over 160 MB' });
  });
});

describe('processes and folders', () => {
  function folders(): string[] {
    return readdirSync(tmpdir()).filter((name) => name.startsWith(`jobdeck-run-${process.pid}-`));
  }

  it('removes a folder without write permission', async () => {
    const { stdout } = await misbehave('locksItsFolder');

    expect(stdout.tail).toContain('jobdeck-run-');
    expect(existsSync(stdout.tail)).toBe(false);
  });

  it('keeps one spare process, uses it for the next run and ends it with the runner', async () => {
    const [childrenBefore, foldersBefore] = [children(), folders()];
    const own = new ScriptRunner({ directory: bundle.directory });
    const spares = () => children().filter((pid) => !childrenBefore.includes(pid));
    own.prestart();
    own.prestart();
    const [spare] = spares();
    expect(spares()).toEqual([spare]);
    expect(folders()).toEqual(foldersBefore);

    const target = scriptTarget('misbehave', ['showsItself']);
    const { stdout } = await own.run(target, anExecution(target));

    expect(JSON.parse(stdout.tail).pid).toBe(spare);
    expect(spares()).toHaveLength(1);
    expect(spares()).not.toEqual([spare]);
    await own.close();
    expect(spares()).toEqual([]);
    expect(folders()).toEqual(foldersBefore);
  });

  it('removes the folders of ended workers only', async () => {
    const exited = spawnSync('true').pid;
    const [abandoned, inUse] = [exited, process.pid].map((pid) => mkdtempSync(join(tmpdir(), `jobdeck-run-${pid}-`)));
    writeFileSync(join(abandoned ?? '', 'note'), 'left');

    await removeAbandonedFolders();

    expect([abandoned, inUse].map((folder) => existsSync(folder ?? ''))).toEqual([false, true]);
    await removeFolder(inUse ?? '');
  });

  it('leaves no process behind if the runner was closed during a run', async () => {
    const childrenBefore = children();
    const own = new ScriptRunner({ directory: bundle.directory });
    const target = scriptTarget('echo', ['last']);
    const running = own.run(target, anExecution(target));
    await own.close();

    expect(await running).toMatchObject({ status: 'ok' });
    expect(children()).toEqual(childrenBefore);
  });

  it('replaces a spare process that died', async () => {
    const childrenBefore = children();
    const own = new ScriptRunner({ directory: bundle.directory });
    own.prestart();
    const [spare = 0] = children().filter((pid) => !childrenBefore.includes(pid));
    process.kill(spare, 'SIGKILL');

    const target = scriptTarget('echo', ['still']);
    const outcome = await own.run(target, anExecution(target));

    expect(outcome).toMatchObject({ status: 'ok', stdout: { tail: 'still' } });
    await own.close();
  });
});
