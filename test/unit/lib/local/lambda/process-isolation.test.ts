import { expect, test } from 'vitest';
import { FunctionError } from '../../../../../lib/local/lambda/errors.ts';
import { Clock } from '../../../../../lib/local/support/clock.ts';
import { startFunction } from '../../../../helpers/system/lambda-function.ts';
import { isRunning } from '../../../../helpers/system/processes.ts';
import { waitForAssertion } from '../../../../helpers/wait.ts';

const isolation = 'process';

const failureOf = async (promise: Promise<unknown>): Promise<FunctionError> =>
  promise.then(
    () => expect.unreachable('the invocation succeeded'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(FunctionError);
      return error as FunctionError;
    },
  );

test('runs a function in a process of its own, with exactly its environment', async () => {
  const { fn } = await startFunction(
    'export const handler = async (event) => ({ event, pid: process.pid, ...process.env });',
    {
      isolation,
      env: { JOBDECK_STAGE: 'local' },
    },
  );

  const result = await fn.invoke({ a: ['ü'] });

  expect(result).toMatchObject({ event: { a: ['ü'] }, JOBDECK_STAGE: 'local', AWS_LAMBDA_FUNCTION_NAME: 'under-test' });
  expect(result).not.toHaveProperty('PATH');
  expect(result).not.toHaveProperty('pid', process.pid);
  expect(fn.stats).toMatchObject({ invocations: 1, coldStarts: 1, environments: 1, idle: 1 });
});

test("rejects with the handler's error and keeps the process", async () => {
  const { fn } = await startFunction('export const handler = async () => { throw new TypeError("no such thing"); };', {
    isolation,
  });

  const errors = [await failureOf(fn.invoke({})), await failureOf(fn.invoke({}))];

  expect(errors).toMatchObject(Array(2).fill({ errorType: 'TypeError', message: 'no such thing' }));
  expect(fn.stats).toMatchObject({ errors: 2, coldStarts: 1, environments: 1 });
});

test('ends a process at the timeout of its function, also in a busy loop', async () => {
  const { fn } = await startFunction(
    'export const handler = async ({ spin }) => { while (spin); return process.pid; };',
    {
      isolation,
      timeoutMs: 2_000,
    },
  );
  const pid = (await fn.invoke({})) as number;

  const error = await failureOf(fn.invoke({ spin: true }));

  expect(error.errorType).toBe('Sandbox.Timedout');
  await waitForAssertion(() => expect(isRunning(pid)).toBe(false));
  expect(await fn.invoke({})).not.toBe(pid);
});

test.each([
  ['process.exit(3)', 'Runtime exited with status 3'],
  ['process.exit(0)', 'Runtime exited without providing a reason'],
  ['process.kill(process.pid, "SIGTERM")', 'Runtime exited with error: signal: SIGTERM'],
  ['setImmediate(() => { throw new Error("stray") })', 'Runtime exited: Error: stray'],
  [
    'const all = []; for (;;) all.push(new Array(1000).fill(Math.random()))',
    'Runtime exited with error: signal: SIGABRT',
  ],
])('replaces the process after %s', async (code, message) => {
  const { fn } = await startFunction(
    `export const handler = async ({ die }) => { if (!die) return 'alive'; ${code}; await new Promise(() => {}); };`,
    { isolation, memoryMb: 32 },
  );

  const error = await failureOf(fn.invoke({ die: true }));

  expect(error).toMatchObject({ errorType: 'Runtime.ExitError', message });
  expect(await fn.invoke({})).toBe('alive');
  expect(fn.stats).toMatchObject({ errors: 1, coldStarts: 2 });
});

test('reports why a bundle cannot be loaded', async () => {
  const { fn } = await startFunction('throw new RangeError("bad start")', { isolation });

  expect(await failureOf(fn.invoke({}))).toMatchObject({ errorType: 'RangeError', message: 'bad start' });
});

test('logs the output of a request before returning its result', async () => {
  const { fn, logged } = await startFunction(
    `export const handler = async () => {
       for (let line = 0; line < 5; line += 1) (line % 2 ? console.log : console.error)('line ' + line);
       process.stdout.write('without end');
     };`,
    { isolation },
  );
  const lines = [];

  for (let call = 0; call < 50; call += 1) {
    await fn.invoke({}, { requestId: `r-${call}` });
    lines.push(logged.filter(({ requestId }) => requestId === `r-${call}`).length);
  }

  expect(lines).toEqual(Array.from({ length: 50 }, () => 6));
  expect(logged.every(({ text }) => /^(line \d|without end)$/.test(text))).toBe(true);
});

test('follows the clock of the host', async () => {
  const clock = new Clock();
  clock.set(Date.UTC(2030, 5, 1));
  const { fn } = await startFunction('export const handler = async () => new Date().toISOString();', {
    isolation,
    clock,
  });

  const first = await fn.invoke({});
  clock.advance(3_600_000);
  const later = await fn.invoke({});

  expect(first).toMatch(/^2030-06-01T00:0/);
  expect(later).toMatch(/^2030-06-01T01:0/);
});

test('ends the processes of idle, killed and stopped functions', async () => {
  const source = 'export const handler = async () => process.pid;';
  const idle = await startFunction(source, { isolation, idleMs: 20 });
  const killed = await startFunction(source, { isolation });
  const stopped = await startFunction(source, { isolation });
  const pids = await Promise.all([idle, killed, stopped].map(({ fn }) => fn.invoke({}) as Promise<number>));

  killed.fn.kill('all');
  await stopped.fn.stop();

  await waitForAssertion(() => expect(pids.filter(isRunning)).toEqual([]));
});
