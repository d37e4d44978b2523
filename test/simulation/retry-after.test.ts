import { describe, expect, it } from 'vitest';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import type { SinkPage, SinkWriter } from '../../functions/core/executors/flow/sink-writer.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { getTask } from '../../functions/core/store/tasks.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { START, type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { nonReplayableSource, replayableSource } from '../helpers/fakes/sources.ts';
import { drainSlices, startFlowRun } from '../helpers/simulations/process-messages.ts';

/** Waits that a sink or receiver requests with `Retry-After`. */

const db = memoryDb();
const SINK = { id: 'sink_1', name: 'ERP', type: 'preview' } as const;

/** A sink that accepts half of a page and then requests these waits before it accepts the rest. */
function sinkWithWaits(
  waits: readonly number[],
): SinkWriter & { readonly received: unknown[]; readonly writes: SinkPage[] } {
  const left = [...waits];
  const received: unknown[] = [];
  const writes: SinkPage[] = [];
  return {
    received,
    writes,
    async write(page) {
      writes.push(page);
      const { records, resumeFrom: from = 0 } = page;
      const waitMs = left.shift();
      const through = waitMs === undefined ? records.length : Math.max(from, records.length / 2);
      const taken = records.slice(from, through).map(({ value }) => value);
      received.push(...taken);
      return { refused: [], bytes: taken.length, processed: through, ...(waitMs !== undefined && { waitMs }) };
    },
  };
}

const taskOf = async (ref: RunRef) => (await getTask(db, ref, 0)) ?? expect.fail('the task does not exist');

describe('a sink that requests a wait', () => {
  it.each([
    ['from a replayable source', () => replayableSource(1, 30)],
    ['from a source that cannot be replayed', () => nonReplayableSource(3, 10)],
  ])('receives the rest of the page in a later slice and no record twice: %s', async (_, source) => {
    const platform = testPlatform(db);
    const sink = sinkWithWaits([90_000, 600_000]);
    const other = idempotentSink();
    connectOperators(platform, { sources: [source()], sinks: [sink, other] });
    const ref = await startFlowRun(platform, await givenFlow(platform, { sinks: [SINK, { ...SINK, id: 'sink_2' }] }));

    await drainSlices(platform, platform, 1);
    const task = await taskOf(ref);
    await drainSlices(platform);

    expect(task).toMatchObject({ state: 'active', lease: null, failures: 0 });
    expect(sink.received).toHaveLength(30);
    expect(other.deliveries).toBe(3);
    expect(await getRun(db, ref)).toMatchObject({ state: 'completed' });
    expect((await taskOf(ref)).records).toMatchObject({ exported: 30, success: 30, error: 0 });
    expect(platform.now()).toBeGreaterThanOrEqual(START + 690_000);
  });

  it('receives no record during the wait', async () => {
    const platform = testPlatform(db);
    connectOperators(platform, { sources: [replayableSource(1, 10)], sinks: [sinkWithWaits([90_000])] });
    const ref = await startFlowRun(platform, await givenFlow(platform));

    await drainSlices(platform, platform, 1);

    expect(await taskOf(ref)).toMatchObject({ dueAt: new Date(START + 90_000).toISOString() });
    expect(platform.slices).toMatchObject([{ slice: 1, delayMs: 90_000 }]);
  });

  it('receives the rest through the sweeper if the wait exceeds the maximum delay of SQS', async () => {
    const platform = testPlatform(db);
    const sink = sinkWithWaits([3_600_000]);
    connectOperators(platform, { sources: [replayableSource(1, 10)], sinks: [sink] });
    const job = await givenFlow(platform);
    const ref = await startFlowRun(platform, job);

    await drainSlices(platform);
    platform.advance(1_800_000);
    await sweepTenant(platform, job.tenant);
    const halfway = { slices: platform.slices.length, received: sink.received.length };
    platform.advance(1_900_000);
    await sweepTenant(platform, job.tenant);
    await drainSlices(platform);

    expect(halfway).toEqual({ slices: 0, received: 5 });
    expect(sink.received).toHaveLength(10);
    expect(await getRun(db, ref)).toMatchObject({ state: 'completed' });
  });

  it('allows its run to be canceled during the wait', async () => {
    const platform = testPlatform(db);
    connectOperators(platform, { sources: [replayableSource(1, 10)], sinks: [sinkWithWaits([600_000])] });
    const ref = await startFlowRun(platform, await givenFlow(platform));
    await drainSlices(platform, platform, 1);

    await cancelRun(platform, ref, 'ana@acme.test');

    expect(await getRun(db, ref)).toMatchObject({ state: 'canceled' });
  });
});

describe('a receiver of an http job that requests a wait', () => {
  const retry = { attempts: 3, backoff: 'fixed', delaySeconds: 10, maxDelaySeconds: 10 } as const;

  async function runOneAttempt(retryAfterMs: number, attempts = 3) {
    const platform: TestPlatform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null, retry: { ...retry, attempts } });
    const ref = await triggerJob(platform, job);
    const [message] = platform.sent.splice(0);
    if (!message) throw new Error('no message was sent');
    const failed = anOutcome({ status: 'error', message: 'HTTP 429 from https://erp.example', retryAfterMs });
    await processRunMessage(platform, async () => failed, message);
    return { platform, run: (await getRun(db, ref)) ?? expect.fail('the run does not exist') };
  }

  it('receives no further attempt during the wait', async () => {
    const { platform, run } = await runOneAttempt(90_000);

    expect(run).toMatchObject({ state: 'queued', lease: null, dueAt: new Date(START + 90_000).toISOString() });
    expect(platform.sent).toMatchObject([{ ulid: run.ulid, delayMs: 90_000 }]);
  });

  it("receives the next attempt after the job's retry delay if the delay is longer", async () => {
    const { platform, run } = await runOneAttempt(1_000);

    expect(platform.sent).toMatchObject([{ ulid: run.ulid, delayMs: 7_500 }]);
  });

  it('leaves the run to the sweeper if the wait exceeds the maximum delay of SQS', async () => {
    const { platform, run } = await runOneAttempt(3_600_000);

    expect(run).toMatchObject({ state: 'queued', dueAt: new Date(START + 3_600_000).toISOString() });
    expect(platform.sent).toEqual([]);
  });

  it('receives no more attempts than the job allows', async () => {
    const { platform, run } = await runOneAttempt(90_000, 1);

    expect(run).toMatchObject({ state: 'failed' });
    expect(platform.sent).toEqual([]);
  });
});
