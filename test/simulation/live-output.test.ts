import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { formatOutputPosition } from '../../functions/api/runner/output-position.ts';
import { readRunOutput } from '../../functions/api/runner/run-output.ts';
import type { Run, RunRef } from '../../functions/core/domain/run.ts';
import { REMOVAL_MS } from '../../functions/core/domain/run-removal.ts';
import {
  CANCEL_POLL_INTERVAL_MS,
  DAY_MS,
  LEASE_MS,
  LIVE_OUTPUT_DELAY_MS,
  MINUTE_MS,
} from '../../functions/core/domain/timing.ts';
import { createLiveOutput } from '../../functions/core/engine/execute/live-output.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { dispatchTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { purgeJob } from '../../functions/core/engine/sweep/purge.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import type { Execution } from '../../functions/core/executors/execution.ts';
import { OutputCapture } from '../../functions/core/executors/output/output.ts';
import { Redaction } from '../../functions/core/executors/output/redaction.ts';
import { query } from '../../functions/core/store/db.ts';
import { equals } from '../../functions/core/store/expression.ts';
import { recordsPartition } from '../../functions/core/store/keys.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { START, type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { startTestStore, type TestStore } from '../helpers/system/test-store.ts';
import { TIMEOUT_MS } from '../helpers/wait.ts';

/** The output of a run is readable while the run is active, and is replaced, kept or removed at its end. */

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
});
afterAll(() => store.stop());
// A worker polls its run in intervals. The test advances the timer.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

const RETRY = { attempts: 2, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 1 } as const;

async function started(platform: TestPlatform, job: Parameters<typeof givenJob>[1] = {}): Promise<RunRef> {
  const { tenant, id: jobId, incarnation } = await givenJob(platform, job);
  await dispatchTick(platform, { v: 1, tenant, jobId, incarnation, scheduledAt: new Date(START).toISOString() });
  return taken(platform);
}

function taken(platform: TestPlatform): RunRef {
  const [message] = platform.sent.splice(0);
  if (!message) throw new Error('no message was sent');
  return message;
}

/** Advances the clock by `ms` and runs the worker's next poll. */
async function pollOnce(platform: TestPlatform, ms: number): Promise<void> {
  platform.advance(ms);
  await vi.advanceTimersByTimeAsync(CANCEL_POLL_INTERVAL_MS);
}

const rowOf = async (ref: RunRef) => (await getRun(store.db, ref)) as Run;
const readOutput = async (ref: RunRef, after = null as Parameters<typeof readRunOutput>[2]) =>
  readRunOutput({ db: store.db }, await rowOf(ref), after);
const records = (ref: RunRef) => query(store.db, store.db.tables.records, equals('pk', recordsPartition(ref)));

/** Creates output streams for the execution, as an executor does. */
function streamsOf({ onOutput: onStreams }: Execution) {
  const [stdout, stderr] = [new OutputCapture(), new OutputCapture()];
  onStreams?.({ stdout, stderr });
  return { stdout, stderr, ended: () => ({ stdout: stdout.finish(), stderr: stderr.finish() }) };
}

test('stores output in pieces during the run and the whole output at its end', async () => {
  const platform = testPlatform(store.db);
  const message = await started(platform);

  await processRunMessage(
    platform,
    async (execution) => {
      const { stdout, stderr, ended } = streamsOf(execution);
      stdout.write(Buffer.from('one\n'));
      await pollOnce(platform, LIVE_OUTPUT_DELAY_MS);
      const first = await vi.waitFor(
        async () => {
          const output = await readOutput(message);
          expect(output).toMatchObject({ stdout: 'one\n', stderr: '', after: null });
          return output;
        },
        { timeout: TIMEOUT_MS },
      );
      expect(formatOutputPosition(first.next)).toBe('1.4.0');
      stdout.write(Buffer.from('two\n'));
      stderr.write(Buffer.from('oh'));
      await pollOnce(platform, CANCEL_POLL_INTERVAL_MS);
      await vi.waitFor(
        async () => {
          const fresh = await readOutput(message, first.next);
          expect(fresh).toMatchObject({ stdout: 'two\n', stderr: 'oh', after: first.next });
          expect(formatOutputPosition(fresh.next)).toBe('1.8.2');
        },
        { timeout: TIMEOUT_MS },
      );
      expect(await readOutput(message)).toMatchObject({ stdout: 'one\ntwo\n', stderr: 'oh' });
      return anOutcome({ ...ended(), durationMs: 8_000 });
    },
    message,
  );

  expect(await rowOf(message)).toMatchObject({ state: 'completed', stdout: 'one\ntwo', stderr: 'oh', stdoutParts: 0 });
  expect(await readOutput(message)).toMatchObject({ stdout: 'one\ntwo', stderr: 'oh' });
  // A reader of the pieces receives every byte exactly once.
  expect(await readOutput(message, { attempt: 1, stdout: 8, stderr: 0 })).toMatchObject({ stdout: '', stderr: 'oh' });
});

test('writes nothing for a run that ends soon or has no output', async () => {
  const platform = testPlatform(store.db);
  const message = await started(platform);

  await processRunMessage(
    platform,
    async (execution) => {
      const { stdout, ended } = streamsOf(execution);
      await pollOnce(platform, LIVE_OUTPUT_DELAY_MS);
      stdout.write(Buffer.from('late'));
      const soon = streamsOf(execution);
      soon.stdout.write(Buffer.from('soon'));
      await pollOnce(platform, LIVE_OUTPUT_DELAY_MS - 1);
      return anOutcome(ended());
    },
    message,
  );

  expect(await records(message)).toEqual([]);
});

test('writes the same piece again after a failed write, even if more output exists', async () => {
  const platform = testPlatform(store.db);
  const run = await rowOf(await started(platform));
  const { client } = store.db;
  let fails = 2;
  const send = async (command: Parameters<typeof client.send>[0]) => {
    fails -= 1;
    // The first failure happens before the write, the second after it.
    if (fails === 1) throw new Error('throttled');
    const answer: unknown = await client.send(command);
    if (fails === 0) throw new Error('lost');
    return answer;
  };
  const db = { ...store.db, client: { send } as unknown as typeof client };
  const { attach: watch, flush: show } = createLiveOutput({ ...platform, db }, run);
  const stdout = new OutputCapture();
  watch({ stdout });
  platform.advance(LIVE_OUTPUT_DELAY_MS);

  for (const text of ['one ', 'two ', 'three ']) {
    stdout.write(Buffer.from(text));
    await show();
  }
  await show();

  const kept = (await records(run)).map(({ sk, text }) => [sk, text]);
  expect(kept).toEqual([
    ['LIVE#OUT#00#0000000', 'one '],
    ['LIVE#OUT#00#0000004', 'two three '],
  ]);
  expect(platform.logged.map(({ message }) => message)).toEqual(Array(2).fill('live_output.write_failed'));
});

test('redacts a secret that spans two pieces', async () => {
  const platform = testPlatform(store.db);
  const run = await rowOf(await started(platform));
  const { attach: watch, flush: show } = createLiveOutput(platform, run);
  const stdout = new OutputCapture(new Redaction(new Map([['token', 'hunter2']])));
  watch({ stdout });
  platform.advance(LIVE_OUTPUT_DELAY_MS);

  const seen: string[] = [];
  for (const text of ['the token is hun', 'ter', '2\n', 'and hunting is no token']) {
    stdout.write(Buffer.from(text));
    await show();
    seen.push((await records(run)).map((item) => item.text).join(''));
  }

  expect(seen).toEqual([
    'the token is ',
    'the token is ',
    'the token is {{secret:token}}\n',
    'the token is {{secret:token}}\nand hunting is no token',
  ]);
});

test('keeps the stored output of a lost run', async () => {
  const platform = testPlatform(store.db);
  const message = await started(platform);
  const lines = Array.from({ length: 300 }, (_, i) => `line ${i}\n`).join('');

  await processRunMessage(
    platform,
    async (execution) => {
      const { stdout, stderr } = streamsOf(execution);
      stdout.write(Buffer.from(lines));
      stderr.write(Buffer.from('on my way\n'));
      await pollOnce(platform, LIVE_OUTPUT_DELAY_MS);
      await vi.waitFor(async () => expect(await readOutput(message)).toMatchObject({ stdout: lines }), {
        timeout: TIMEOUT_MS,
      });
      platform.advance(LEASE_MS);
      await sweepTenant(platform, message.tenant);
      return anOutcome();
    },
    message,
  );

  const row = await rowOf(message);
  expect(row).toMatchObject({ state: 'failed', failure: { kind: 'lost' }, stderr: 'on my way', stdoutParts: 1 });
  expect(row.stdout.split('\n')).toHaveLength(100);
  expect((await readOutput(message)).stdout).toBe(lines);
});

test('starts each attempt with empty output and ignores late pieces of the previous attempt', async () => {
  const platform = testPlatform(store.db);
  const message = await started(platform, { retry: RETRY });
  let late: () => Promise<void> = async () => {};

  await processRunMessage(
    platform,
    async (execution) => {
      const { stdout } = streamsOf(execution);
      stdout.write(Buffer.from('first'));
      const zombie = createLiveOutput(platform, await rowOf(message));
      zombie.attach({ stdout });
      late = zombie.flush;
      await pollOnce(platform, LIVE_OUTPUT_DELAY_MS);
      await vi.waitFor(async () => expect(await readOutput(message)).toMatchObject({ stdout: 'first' }), {
        timeout: TIMEOUT_MS,
      });
      return anOutcome({ status: 'error', exitCode: 1, message: 'exit code 1' });
    },
    message,
  );
  const between = await readOutput(message);
  platform.advance(1_000);
  await processRunMessage(
    platform,
    async (execution) => {
      const { stdout, ended } = streamsOf(execution);
      stdout.write(Buffer.from('2nd'));
      await pollOnce(platform, LIVE_OUTPUT_DELAY_MS);
      await late();
      // A reader with a position in the previous attempt receives all output of this attempt.
      await vi.waitFor(
        async () =>
          expect(await readOutput(message, { attempt: 1, stdout: 5, stderr: 0 })).toMatchObject({
            stdout: '2nd',
            after: null,
            next: { attempt: 2, stdout: 3 },
          }),
        { timeout: TIMEOUT_MS },
      );
      return anOutcome(ended());
    },
    taken(platform),
  );

  expect(between).toMatchObject({ stdout: '', next: { attempt: 1 } });
  expect(await readOutput(message)).toMatchObject({ stdout: '2nd' });
});

test('removes left pieces after a day, and with the run at the latest', async () => {
  const platform = testPlatform(store.db);
  const message = await started(platform);

  await processRunMessage(
    platform,
    async (execution) => {
      const { stdout, ended } = streamsOf(execution);
      stdout.write(Buffer.from('one'));
      await pollOnce(platform, LIVE_OUTPUT_DELAY_MS);
      await vi.waitFor(async () => expect(await records(message)).toHaveLength(1), { timeout: TIMEOUT_MS });
      return anOutcome({ ...ended(), durationMs: LIVE_OUTPUT_DELAY_MS });
    },
    message,
  );
  const [{ ttl } = {}] = await records(message);
  expect(ttl).toBe((START + LIVE_OUTPUT_DELAY_MS + DAY_MS) / 1_000);
  const purged = await purgeJob(platform, message, platform.now() + 30 * DAY_MS + REMOVAL_MS + MINUTE_MS);

  expect(purged).toMatchObject({ purged: 1, isDone: true });
  expect(await records(message)).toEqual([]);
});
