import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AccountConcurrency } from '../../../../../lib/local/lambda/account-concurrency.ts';
import type { InvocationRecord } from '../../../../../lib/local/lambda/async-invoke.ts';
import { FunctionError, InvocationRefused } from '../../../../../lib/local/lambda/errors.ts';
import { Clock } from '../../../../../lib/local/support/clock.ts';
import { startFunction } from '../../../../helpers/system/lambda-function.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';
import { waitForAssertion } from '../../../../helpers/wait.ts';

const ECHO = 'export const handler = async (event) => ({ event });';

/** Runs until the file named in the event exists. */
const WAIT = `
  import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
  import { setTimeout } from 'node:timers/promises';
  export const handler = async ({ file }) => { while (!existsSync(file)) await setTimeout(5); return 'done'; };`;

async function failureOf(promise: Promise<unknown>): Promise<FunctionError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FunctionError);
  return error as FunctionError;
}

test("returns the handler's result, or null for none", async () => {
  const { fn } = await startFunction('export const handler = async (event) => event.answer;');

  expect(await fn.invoke({ answer: { a: [1, 'ü'] } })).toEqual({ a: [1, 'ü'] });
  expect(await fn.invoke({})).toBeNull();
  expect(fn.stats).toMatchObject({ invocations: 2, coldStarts: 1, errors: 0, environments: 1, idle: 1, active: 0 });
});

test('limits the heap by NODE_OPTIONS, else by the memory size', async () => {
  const limit = `
    import { resourceLimits } from 'node:worker_threads';
    export const handler = async () => resourceLimits.maxOldGenerationSizeMb;`;
  const NODE_OPTIONS = '--enable-source-maps --max-old-space-size=100 --max-semi-space-size=4';
  const { fn: held } = await startFunction(limit, { env: { NODE_OPTIONS }, memoryMb: 512 });
  const { fn: free } = await startFunction(limit, { memoryMb: 512 });

  expect(await held.invoke({})).toBe(100);
  expect(await free.invoke({})).toBe(512);
});

test("provides the function's and Lambda's environment variables, and none of the host", async () => {
  process.env.JOBDECK_HOST_SECRET = 'secret';
  const { fn } = await startFunction('export const handler = async () => process.env;', {
    name: 'env-reader',
    env: { JOBDECK_RUNS_TABLE: 'Runs', AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1' },
    memoryMb: 256,
    region: 'eu-west-1',
  });

  const env = (await fn.invoke({})) as Record<string, string>;

  delete process.env.JOBDECK_HOST_SECRET;
  expect(env).toMatchObject({
    JOBDECK_RUNS_TABLE: 'Runs',
    AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1',
    AWS_REGION: 'eu-west-1',
    AWS_LAMBDA_FUNCTION_NAME: 'env-reader',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    LAMBDA_TASK_ROOT: expect.stringContaining('jobdeck-test-') as string,
    _X_AMZN_TRACE_ID: expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};.*Lineage=1:[0-9a-f]{8}:0$/) as string,
  });
  expect(env).not.toHaveProperty('JOBDECK_HOST_SECRET');
  expect(env).not.toHaveProperty('PATH');
});

test('provides a context', async () => {
  const { fn } = await startFunction(
    'export const handler = async (_, c) => ({ ...c, left: c.getRemainingTimeInMillis() });',
    { timeoutMs: 7000 },
  );

  expect(await fn.invoke({}, { requestId: 'r-1' })).toMatchObject({
    awsRequestId: 'r-1',
    functionName: 'under-test',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:under-test',
    memoryLimitInMB: '128',
    left: expect.closeTo(7000, -4) as number,
  });
});

test("rejects with the handler's error and keeps the environment", async () => {
  const { fn, logged } = await startFunction(
    'export const handler = async ({ what }) => { if (what) throw new TypeError(what); throw "plain"; };',
  );

  const error = await failureOf(fn.invoke({ what: 'no such thing' }));
  const plain = await failureOf(fn.invoke({}));

  expect(error).toMatchObject({ errorType: 'TypeError', message: 'no such thing' });
  expect(error.trace[0]).toBe('TypeError: no such thing');
  expect(plain).toMatchObject({ errorType: 'string', message: 'plain' });
  expect(fn.stats).toMatchObject({ errors: 2, coldStarts: 1, environments: 1 });
  expect(logged[0]).toMatchObject({ level: 'error', text: expect.stringContaining('no such thing') as string });
});

test('ends a function at its timeout and starts a new environment', async () => {
  const { fn } = await startFunction(
    'export const handler = async ({ hang, spin }) => { while (spin); if (hang) await new Promise(() => {}); };',
    { timeoutMs: 1_000 },
  );

  const hung = await failureOf(fn.invoke({ hang: true }, { requestId: 'r-1' }));
  const spun = await failureOf(fn.invoke({ spin: true }));

  expect(hung.errorType).toBe('Sandbox.Timedout');
  expect(hung.message).toBe('RequestId: r-1 Error: Task timed out after 1.00 seconds');
  expect(spun.errorType).toBe('Sandbox.Timedout');
  expect(await fn.invoke({})).toBeNull();
  expect(fn.stats).toMatchObject({ timeouts: 2, coldStarts: 3, environments: 1 });
});

test.each([
  ['process.exit(3)', 'Runtime exited with status 3'],
  ['process.exit(0)', 'Runtime exited without providing a reason'],
  ['setImmediate(() => { throw new Error("stray") })', 'Runtime exited: Error: stray'],
  ['Promise.reject(new Error("forgotten"))', 'Runtime exited: Error: forgotten'],
  ['const all = []; for (;;) all.push(new Array(1000).fill(Math.random()))', /^Runtime exited: Error.*memory limit/],
])('replaces only the affected environment after %s', async (code, message) => {
  const { fn } = await startFunction(
    `export const handler = async ({ die }) => { if (!die) return 'alive'; ${code}; await new Promise(() => {}); };`,
    { memoryMb: 32 },
  );

  const error = await failureOf(fn.invoke({ die: true }));

  expect(error.errorType).toBe('Runtime.ExitError');
  expect(error.message).toMatch(message);
  expect(await fn.invoke({})).toBe('alive');
  expect(fn.stats).toMatchObject({ errors: 1, coldStarts: 2 });
});

test.each([
  ['syntax error here', 'SyntaxError', /./],
  ['throw new RangeError("bad start")', 'RangeError', /bad start/],
  ['export const other = 1;', 'Runtime.HandlerNotFound', /exports no function named "handler"/],
  ['export const handler = (e, c, done) => done();', 'Runtime.CallbackHandlerDeprecated', /must be async/],
])('reports why a bundle cannot be loaded: %s', async (source, errorType, message) => {
  const { fn } = await startFunction(source);

  const error = await failureOf(fn.invoke({}));

  expect(error.errorType).toBe(errorType);
  expect(error.message).toMatch(message);
  await waitForAssertion(() => expect(fn.stats.environments).toBe(0));
});

test('rejects events over 6 MB and fails on larger results', async () => {
  const { fn } = await startFunction('export const handler = async ({ size }) => "x".repeat(size);');

  await expect(fn.invoke({ data: 'x'.repeat(6_291_456) })).rejects.toMatchObject({ code: 'RequestTooLargeException' });
  expect((await failureOf(fn.invoke({ size: 6_291_560 }))).errorType).toBe('Function.ResponseSizeTooLarge');
  expect(await fn.invoke({ size: 6_000_000 })).toHaveLength(6_000_000);
});

test('fails if the result is not JSON', async () => {
  const { fn } = await startFunction('export const handler = async () => ({ n: 1n });');

  expect((await failureOf(fn.invoke({}))).errorType).toBe('Runtime.MarshalError');
});

test('processes one event at a time per environment and queues the rest', async () => {
  const { fn } = await startFunction(
    `let busy = 0;
     export const handler = async () => {
       const most = ++busy; await new Promise((r) => setTimeout(r, 5)); busy--; return most;
     };`,
    { maximumEnvironments: 2 },
  );

  const most = await Promise.all(Array.from({ length: 12 }, () => fn.invoke({})));

  expect(most).toEqual(Array(12).fill(1));
  expect(fn.stats).toMatchObject({ invocations: 12, coldStarts: 2, active: 0, idle: 2 });
});

test('starts another environment only if the busy ones stay busy for the delay', async () => {
  const file = join(temporaryFolder(), 'go');
  const { fn: brief } = await startFunction(ECHO, { coldStartDelayMs: 60_000 });
  const { fn: long } = await startFunction(WAIT, { coldStartDelayMs: 1 });

  await Promise.all(Array.from({ length: 12 }, () => brief.invoke({})));
  const waiting = Array.from({ length: 3 }, () => long.invoke({ file }));
  await waitForAssertion(() => expect(long.stats.invocations).toBe(3));

  expect(brief.stats).toMatchObject({ invocations: 12, coldStarts: 1 });
  expect(long.stats).toMatchObject({ coldStarts: 3 });
  await touch(file);
  await Promise.all(waiting);
});

test('throttles invocations over the reserved concurrency', async () => {
  const file = join(temporaryFolder(), 'go');
  const { fn } = await startFunction(WAIT, { reservedConcurrency: 1 });
  const first = fn.invoke({ file });

  await expect(fn.invoke({ file })).rejects.toMatchObject({ code: 'TooManyRequestsException' });

  await touch(file);
  expect(await first).toBe('done');
  expect(fn.stats.throttles).toBe(1);
});

test('rejects an invocation with an aborted signal', async () => {
  const { fn } = await startFunction(ECHO);

  const refused = fn.invoke({}, { signal: AbortSignal.abort() });

  await expect(refused).rejects.toMatchObject({ code: 'InvocationWithdrawn' });
  expect(fn.stats).toMatchObject({ invocations: 0, environments: 0, active: 0 });
});

test('waitForCapacity() resolves when an environment is free', async () => {
  const file = join(temporaryFolder(), 'go');
  const { fn } = await startFunction(WAIT, { maximumEnvironments: 1 });
  const running = fn.invoke({ file });
  let free = false;
  const capacity = fn.waitForCapacity(AbortSignal.timeout(20_000)).then(() => {
    free = true;
  });
  await waitForAssertion(() => expect(fn.stats.invocations).toBe(1));
  expect(free).toBe(false);

  await touch(file);
  await running;

  await capacity;
  expect(free).toBe(true);
});

test("waitForCapacity() respects the account's limit", async () => {
  const file = join(temporaryFolder(), 'go');
  const account = new AccountConcurrency({ maximumEnvironments: 1 });
  const { fn: slow } = await startFunction(WAIT, { name: 'slow', account });
  const { fn } = await startFunction(ECHO, { name: 'next', account });
  const running = slow.invoke({ file });
  await waitForAssertion(() => expect(slow.stats.invocations).toBe(1));
  let free = false;
  const capacity = fn.waitForCapacity(AbortSignal.timeout(20_000)).then(() => {
    free = true;
  });
  await Promise.resolve();
  expect(free).toBe(false);

  await touch(file);
  await running;

  await capacity;
  expect(account.hasCapacity).toBe(true);
});

test('waitForCapacity() rejects on abort and waits forever without concurrency', async () => {
  const { fn } = await startFunction(ECHO, { reservedConcurrency: 0 });
  const abort = new AbortController();
  const capacity = fn.waitForCapacity(abort.signal);

  abort.abort(new Error('enough'));

  await expect(capacity).rejects.toThrow('enough');
});

test('ends idle environments', async () => {
  const { fn } = await startFunction(ECHO, { idleMs: 20 });

  await fn.invoke({});

  await waitForAssertion(() => expect(fn.stats).toMatchObject({ environments: 0, idle: 0 }));
  expect(await fn.invoke('again')).toEqual({ event: 'again' });
});

test("frees the longest idle environment of all functions at the account's limit", async () => {
  const account = new AccountConcurrency({ maximumEnvironments: 2 });
  const functions = await Promise.all(['a', 'b', 'c'].map((name) => startFunction(ECHO, { name, account })));
  const [a, b, c] = functions.map(({ fn }) => fn);
  await a?.invoke(1);
  await b?.invoke(1);

  await c?.invoke(1);

  expect([a?.stats.environments, b?.stats.environments, c?.stats.environments]).toEqual([0, 1, 1]);
});

test("queues an invocation at the account's limit until another function is done", async () => {
  const file = join(temporaryFolder(), 'go');
  const account = new AccountConcurrency({ maximumEnvironments: 1 });
  const { fn: slow } = await startFunction(WAIT, { name: 'slow', account });
  const { fn: next } = await startFunction(ECHO, { name: 'next', account });
  const running = slow.invoke({ file });
  await waitForAssertion(() => expect(slow.stats.invocations).toBe(1));
  const waiting = next.invoke('turn');
  expect(next.stats).toMatchObject({ environments: 0, active: 1 });

  await touch(file);

  expect(await Promise.all([running, waiting])).toEqual(['done', { event: 'turn' }]);
  expect(slow.stats.environments).toBe(0);
});

test('kill() fails running invocations with Runtime.ExitError and replaces the environment', async () => {
  const { fn } = await startFunction('export const handler = async (e) => (e.hang ? new Promise(() => {}) : "ok");');
  const running = fn.invoke({ hang: true });
  await waitForAssertion(() => expect(fn.stats.invocations).toBe(1));

  expect(fn.kill('one')).toBe(1);

  expect(await failureOf(running)).toMatchObject({
    errorType: 'Runtime.ExitError',
    message: 'Runtime exited with error: signal: killed',
  });
  expect(await fn.invoke({})).toBe('ok');
  expect(fn.kill('all')).toBe(1);
  expect(fn.stats.environments).toBe(0);
});

test('stop() fails running invocations and rejects new ones', async () => {
  const { fn } = await startFunction('export const handler = async () => new Promise(() => {});', {
    maximumEnvironments: 1,
  });
  const running = fn.invoke({});
  const waiting = fn.invoke({});
  await waitForAssertion(() => expect(fn.stats.invocations).toBe(1));
  const failures = Promise.allSettled([running, waiting]);

  await fn.stop();

  const [ran, waited] = await failures;
  expect(ran).toMatchObject({ status: 'rejected', reason: { errorType: 'Runtime.ExitError' } });
  expect(waited).toMatchObject({ status: 'rejected', reason: { code: 'ServiceException' } });
  await expect(fn.invoke({})).rejects.toBeInstanceOf(InvocationRefused);
});

test('shifts only the current time of Date, also in a warm function', async () => {
  const clock = new Clock();
  const { fn } = await startFunction(
    `export const handler = async () => ({
       now: Date.now(), date: new Date().getTime(), text: Date.parse(Date()), fixed: new Date(2020, 0, 5).getFullYear(),
       parsed: new Date('2020-01-01T00:00:00Z').toISOString(), utc: Date.UTC(2020, 0), copy: +new Date(new Date(5)),
       is: new Date() instanceof Date, own: new Date().constructor === Date,
       sub: new (class extends Date {})().getTime(),
     });`,
    { clock },
  );
  clock.set(Date.UTC(2030, 5, 1));

  const then = (await fn.invoke({})) as Record<string, number>;
  clock.advance(3_600_000);
  const later = (await fn.invoke({})) as Record<string, number>;

  const june = Date.UTC(2030, 5, 1);
  for (const key of ['now', 'date', 'text', 'sub']) {
    expect(new Date(then[key] ?? 0).toISOString()).toMatch(/^2030-06-01T00:0/);
    expect(new Date(later[key] ?? 0).toISOString()).toMatch(/^2030-06-01T01:0/);
  }
  expect(then).toMatchObject({ fixed: 2020, parsed: '2020-01-01T00:00:00.000Z', utc: Date.UTC(2020, 0), copy: 5 });
  expect(then).toMatchObject({ is: true, own: true });
  expect(clock.now()).toBeGreaterThanOrEqual(june + 3_600_000);
});

test("logs the function's output with its name, level and request id", async () => {
  const { fn, logged } = await startFunction(
    `export const handler = async () => {
       console.log(JSON.stringify({ level: 'WARN', message: 'json' })); console.error('plain');
       process.stdout.write('two\\nlines\\n');
     };`,
    { name: 'talker' },
  );

  await fn.invoke({}, { requestId: 'r-7' });

  expect(logged).toHaveLength(4);
  expect(logged).toContainEqual({
    functionName: 'talker',
    level: 'warn',
    text: '{"level":"WARN","message":"json"}',
    requestId: 'r-7',
  });
  expect(logged.map(({ level, text }) => `${level} ${text}`)).toEqual(
    expect.arrayContaining(['error plain', 'info two', 'info lines']),
  );
});

test('logs the output of a request before returning its result', async () => {
  const { fn, logged } = await startFunction(
    `export const handler = async ({ lines }) => {
       for (let line = 0; line < lines; line += 1) (line % 2 ? console.log : console.error)('line ' + line);
     };`,
  );
  const missing = [];

  for (let call = 0; call < 100; call += 1) {
    await fn.invoke({ lines: 5 }, { requestId: `r-${call}` });
    missing.push(5 - logged.filter(({ requestId }) => requestId === `r-${call}`).length);
  }

  expect(missing).toEqual(Array.from({ length: 100 }, () => 0));
});

test('closes the pipes of child processes when an environment ends', async () => {
  const folder = temporaryFolder();
  const [eof, disconnected] = [join(folder, 'eof'), join(folder, 'disconnected')];
  const onEnd = (file: string) => `() => { require('fs').writeFileSync('${file}', ''); process.exit(); }`;
  const reader = `process.stdin.on('end', ${onEnd(eof)}).resume(); process.stdout.write('up');`;
  const peer = `process.on('disconnect', ${onEnd(disconnected)}); process.on('message', () => {}); process.send(0);`;
  const { fn } = await startFunction(
    `import { spawn } from 'node:child_process'; import { once } from 'node:events';
     const start = (code, stdio) => spawn(process.execPath, ['-e', code], { stdio });
     export const handler = async () => {
       const pipe = start(${JSON.stringify(reader)}, ['pipe', 'pipe', 'inherit']);
       const ipc = start(${JSON.stringify(peer)}, ['ignore', 'ignore', 'inherit', 'ipc']);
       await Promise.all([once(pipe.stdout, 'data'), once(ipc, 'message')]);
     };`,
  );
  await fn.invoke({});

  fn.kill('all');

  await waitForAssertion(() => expect([existsSync(eof), existsSync(disconnected)]).toEqual([true, true]));
});

test('retries an asynchronous event twice, then sends it to the destination', async () => {
  const { fn } = await startFunction('export const handler = async () => { throw new Error("always"); };', {
    asyncRetryDelaysMs: [1, 1],
  });
  const records: InvocationRecord[] = [];

  const { requestId, done } = fn.invokeAsync({ n: 1 }, { onFailure: (record) => void records.push(record) });

  expect(await done).toBe('failed');
  expect(fn.stats.invocations).toBe(3);
  expect(records).toEqual([
    {
      version: '1.0',
      timestamp: expect.any(String) as string,
      requestContext: {
        requestId,
        functionArn: `${fn.arn}:$LATEST`,
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload: { n: 1 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType: 'Error', errorMessage: 'always', trace: expect.any(Array) as string[] },
    },
  ]);
});

test('lets an asynchronous event succeed on a retry and limits its attempts', async () => {
  const { fn } = await startFunction(
    'let n = 0; export const handler = async (e) => { if (e.always || n++ === 0) throw new Error("once"); };',
    { asyncRetryDelaysMs: [1, 1] },
  );
  const records: InvocationRecord[] = [];
  const onFailure = (record: InvocationRecord) => void records.push(record);

  expect(await fn.invokeAsync({}, { onFailure }).done).toBe('succeeded');
  expect(await fn.invokeAsync({ always: true }, { onFailure, maximumRetryAttempts: 0 }).done).toBe('failed');

  expect(fn.stats.invocations).toBe(3);
  expect(records.map((record) => record.requestContext.approximateInvokeCount)).toEqual([1]);
});

test('discards an asynchronous event that would be too old at its next attempt', async () => {
  const { fn } = await startFunction('export const handler = async () => { throw new Error("always"); };');
  const records: InvocationRecord[] = [];

  const { done } = fn.invokeAsync({}, { maximumEventAgeMs: 30_000, onFailure: (record) => void records.push(record) });

  expect(await done).toBe('failed');
  expect(records[0]?.requestContext).toMatchObject({ condition: 'EventAgeExceeded', approximateInvokeCount: 1 });
});

async function touch(file: string): Promise<void> {
  await writeFile(file, '');
}

test('gives free environments to the lanes in turn, so that one caller does not delay another', async () => {
  const order: string[] = [];
  const { fn } = await startFunction(ECHO, { maximumEnvironments: 1 });
  const invoke = (lane: string, name: string) => fn.invoke({}, { lane }).then(() => order.push(name));

  await Promise.all([...Array.from({ length: 20 }, (_, i) => invoke('flood', `flood-${i}`)), invoke('other', 'other')]);

  expect(order.indexOf('other')).toBeLessThanOrEqual(2);
});
