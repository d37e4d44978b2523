import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import echo from '../../../../functions/scripts/echo.ts';
import fail from '../../../../functions/scripts/fail.ts';
import { defineScript, type TriggerInput } from '../../../../functions/scripts/lib/define-script.ts';
import { runScript } from '../../../../lib/testing/index.ts';

const counter = defineScript({
  args: ([step = '1']) => ({ step: Number(step) }),
  async run({ args, state, report, log }) {
    const count = ((await state.get<number>('counter')) ?? 0) + args.step;
    await state.set('counter', count);
    report({ itemsProcessed: count });
    report({ meta: { step: args.step } });
    log.info('counted to %d', count, { step: args.step });
  },
});

describe('runScript', () => {
  it('returns the state, the logs and the reports of a run', async () => {
    const before = { counter: 4, other: ['kept'] };

    const result = await runScript(counter, { args: ['3'], state: before });

    expect(result).toEqual({
      status: 'ok',
      exitCode: 0,
      error: undefined,
      state: { counter: 7, other: ['kept'] },
      logs: [{ level: 'info', text: 'counted to 7 { step: 3 }' }],
      triggers: [],
      reports: [{ itemsProcessed: 7 }, { meta: { step: 3 } }],
      report: { itemsProcessed: 7, meta: { step: 3 } },
    });
    expect(before).toEqual({ counter: 4, other: ['kept'] });
  });

  it('passes strings to a script without a parser', async () => {
    const { logs } = await runScript(echo, { args: ['a', 'b'] });

    expect(logs.map(({ text }) => text).join('\n')).toContain('a');
  });

  it('rejects arguments that the parser of the script does not accept, at compile time', () => {
    const daily = defineScript({
      args: ([day]: readonly [day: string]) => ({ day }),
      run: () => {},
    });

    const invalid = () => [
      // @ts-expect-error The argument is missing.
      runScript(daily, { args: [] }),
      // @ts-expect-error The argument is not a string.
      runScript(daily, { args: [1] }),
    ];
    expect(invalid).toBeTypeOf('function');
  });

  it('fails a run whose arguments are invalid, and logs the error', async () => {
    const { status, exitCode, error, logs } = await runScript(fail, { args: ['many'] });

    expect({ status, exitCode }).toEqual({ status: 'error', exitCode: 1 });
    expect(error).toMatchObject({ message: "code: must be an integer from 1 to 255, got 'many'" });
    expect(logs).toMatchObject([{ level: 'error', text: expect.stringContaining('code: must be an integer') }]);
  });

  it('returns the exit code that the script sets, and restores that of the process', async () => {
    const before = process.exitCode;

    const { status, exitCode, error } = await runScript(fail, { args: ['3'] });

    expect({ status, exitCode, error }).toEqual({ status: 'error', exitCode: 3, error: undefined });
    expect(process.exitCode).toBe(before);
  });

  it.each([
    [0, 'ok'],
    [4, 'error'],
  ])('ends at process.exit(%i)', async (code, status) => {
    const before = Object.getOwnPropertyDescriptor(process, 'exit');
    let continued = false;
    const script = defineScript({
      async run() {
        await sleep(1);
        process.exit(code);
        continued = true;
      },
    });

    expect(await runScript(script)).toMatchObject({ status, exitCode: code, error: undefined });
    expect(continued).toBe(false);
    expect(Object.getOwnPropertyDescriptor(process, 'exit')).toEqual(before);
  });

  it('applies the rules of production to keys, values and reports', async () => {
    const inRun = (run: Parameters<typeof defineScript>[0]['run']) => runScript(defineScript({ run }));

    const results = [
      await inRun(({ state }) => state.set('', 1)),
      await inRun(({ state }) => state.get('x'.repeat(257))),
      await inRun(({ state }) => state.set('big', 'x'.repeat(100 * 1024))),
      await inRun(({ state }) => state.set('none', undefined)),
      await inRun(({ report }) => report({ itemsProcessed: -1 })),
      await inRun(({ report }) => report({ meta: { text: 'x'.repeat(8 * 1024) } })),
    ];

    expect(results.map(({ error }) => (error as Error).message)).toEqual([
      'state: a key must be 1–256 characters, got ""',
      expect.stringMatching(/^state: a key must be 1–256 characters, got "x+/),
      "state 'big': must be at most 102400 bytes as JSON, got 102402",
      "state 'none': must be a JSON value, got undefined",
      'report: itemsProcessed must be an integer of at least 0, got -1',
      'report: meta must be at most 8192 bytes as JSON',
    ]);
    await expect(runScript(echo, { state: { '': 1 } })).rejects.toThrow(TypeError);
  });

  it('copies values of the state as JSON', async () => {
    const script = defineScript({
      async run({ state }) {
        const value = { list: [1], at: new Date(0) };
        await state.set('copied', value);
        value.list.push(2);
        await state.delete('removed');
      },
    });

    const { state } = await runScript(script, { state: { removed: true } });

    expect(state).toEqual({ copied: { list: [1], at: '1970-01-01T00:00:00.000Z' } });
  });

  it('shows the variables of the job, the time and the run', async () => {
    const now = new Date('2026-03-02T01:03:00Z');
    let folder = '';
    const script = defineScript({
      run({ env, log, run }) {
        folder = env.TMPDIR ?? '';
        log.info(env.TOKEN, env.PATH, env.TZ, new Date().toISOString(), run.jobId, run.attempt, existsSync(folder));
      },
    });

    const { logs } = await runScript(script, { env: { TOKEN: 't' }, now, run: { jobId: 'daily', attempt: 2 } });

    expect(logs[0]?.text).toBe('t undefined UTC 2026-03-02T01:03:00.000Z daily 2 true');
    expect(existsSync(folder)).toBe(false);
    expect(Date.now()).toBeGreaterThan(now.getTime());
  });

  it('ends a script that does not read the signal at its timeout', async () => {
    const script = defineScript({ run: () => new Promise(() => {}) });

    expect(await runScript(script, { timeoutMs: 10 })).toMatchObject({ status: 'timeout', exitCode: null });
  });

  it('lets a script that reads the signal store its progress when it is canceled', async () => {
    const cancel = new AbortController();
    const script = defineScript({
      async run({ signal, state }) {
        const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
        cancel.abort();
        await aborted;
        await state.set('progress', 5);
      },
    });

    const { status, state } = await runScript(script, { signal: cancel.signal });

    expect({ status, state }).toEqual({ status: 'canceled', state: { progress: 5 } });
  });

  it('runs one script after the other', async () => {
    const order: string[] = [];
    const script = defineScript({
      async run({ args: [name = ''] }) {
        order.push(`${name} starts`);
        await sleep(1);
        order.push(`${name} ends`);
        process.exitCode = name === 'a' ? 2 : 0;
      },
    });

    const results = await Promise.all([runScript(script, { args: ['a'] }), runScript(script, { args: ['b'] })]);

    expect(order).toEqual(['a starts', 'a ends', 'b starts', 'b ends']);
    expect(results.map(({ exitCode }) => exitCode)).toEqual([2, 0]);
  });
});

describe('runs that a script starts', () => {
  const starter = defineScript({
    async run({ trigger, log }) {
      const first = await trigger('import', { payload: { at: new Date(0) }, priority: 1 });
      const later = await trigger('import', { delay_s: 60, key: 'later' });
      const again = await trigger('import', { delay_s: 60, key: 'later' });
      log.info(JSON.stringify([first, later, again]));
    },
  });

  it('are recorded with their input, each once', async () => {
    const { status, triggers, logs } = await runScript(starter, { now: new Date('2026-03-02T01:03:00Z') });

    const ids = triggers.map(({ run }) => run);
    expect(status).toBe('ok');
    expect(triggers).toEqual([
      { job: 'import', key: 1, input: { payload: { at: '1970-01-01T00:00:00.000Z' }, priority: 1 }, run: ids[0] },
      { job: 'import', key: 'later', input: { delay_s: 60 }, run: ids[1] },
    ]);
    expect(new Set(ids).size).toBe(2);
    const later = { run: ids[1], run_at: '2026-03-02T01:04:00.000Z' };
    expect(JSON.parse(logs[0]?.text ?? '')).toEqual([
      { run: ids[0], run_at: null, repeated: false },
      { ...later, repeated: false },
      { ...later, repeated: true },
    ]);
  });

  it('fail with the errors of production', async () => {
    const calls = [
      { priority: 7 },
      { colour: 'red' },
      { key: 'a' },
      { key: 'a', payload: 1 },
    ] as unknown as TriggerInput[];
    const script = defineScript({
      async run({ trigger, log }) {
        for (const input of calls) {
          await trigger('import', input).catch((error: Error & { code?: string }) =>
            log.info(`${error.code} ${error.message}`),
          );
        }
      },
    });

    const { logs, triggers } = await runScript(script);

    expect(logs.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^input\.invalid trigger 'import': priority: /),
      expect.stringMatching(/^input\.invalid trigger 'import': .*colour/),
      expect.stringMatching(/^trigger\.key_reused trigger 'import': key: 'a' was used/),
    ]);
    expect(triggers).toHaveLength(1);
  });

  it('can be refused by the test', async () => {
    const onTrigger = () => {
      throw Object.assign(new Error('off'), { code: 'job.disabled' });
    };

    const { status, error, triggers } = await runScript(starter, { onTrigger });

    expect(status).toBe('error');
    expect(error).toMatchObject({ code: 'job.disabled' });
    expect(triggers).toEqual([]);
  });
});
