import type { StopMode } from '../../../functions/core/domain/flow/stop.ts';
import type { Job } from '../../../functions/core/domain/job.ts';
import type { Run, RunRef } from '../../../functions/core/domain/run.ts';
import { restartRun } from '../../../functions/core/engine/flow/restart/restart-run.ts';
import { stopFlow } from '../../../functions/core/engine/flow/stop/stop-flow.ts';
import { sweepTenant } from '../../../functions/core/engine/sweep/sweep-tenant.ts';
import { memoryDb } from '../fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../fakes/platform.ts';
import { queueSource } from '../fakes/queue-source.ts';
import { drainSlices, processRunMessages, startFlowRun } from '../simulations/process-messages.ts';
import { requireRun } from '../simulations/require-run.ts';
import { givenFlow } from './flows.ts';

/** Flows that read a queue, in one shared store. */

const db = memoryDb();

/** Milliseconds that exceed the visibility timeout of `queueSource`. */
export const VISIBILITY_TIMEOUT_MS = 121_000;

/**
 * Defines a flow that reads a queue of `count` messages.
 *
 * @param options `named`: ids of the sources that read the queue; `atOnce`: messages per receive; a page holds ten
 */
export async function aQueueFlow(
  count: number,
  { atOnce: batchSize = 10, bad = (_: number): boolean => false, parallelism = 1, named = ['orders'] } = {},
) {
  const platform = testPlatform(db);
  platform.sliceMs = 0;
  const source = queueSource(count, platform.now, { pageSize: batchSize, bad });
  const sink = idempotentSink();
  connectOperators(platform, { sources: [source], sinks: [sink] });
  const sources = named.map((id) => ({ id, name: id, type: 'sqs', queue: 'orders' }) as const);
  const job = await givenFlow(platform, { parallelism, sources }, { overlapPolicy: 'allow' });
  return { platform, source, sink, job };
}

export type QueueFlow = Awaited<ReturnType<typeof aQueueFlow>>;

export const stopRun = (platform: TestPlatform, ref: RunRef, mode: StopMode = 'force') =>
  stopFlow(platform, ref, 'ana@acme.test', {
    mode,
    requestedAt: new Date(platform.now()).toISOString(),
    timeoutMs: 30_000,
  });

export async function restartFlow(platform: TestPlatform, job: Job, ref: RunRef, parallelism = 1): Promise<Run> {
  const run = await restartRun(platform, job, await requireRun(platform, ref), { parallelism });
  await processRunMessages(platform);
  return run;
}

/** Drops the slice messages of a stopped run. */
export const dropSlices = (platform: TestPlatform) => platform.slices.splice(0);

/** Starts a run and stops it while a page is staged that no sink has received. */
export async function aRunStoppedWithStagedPage(queueFlow: QueueFlow, slices = 1): Promise<RunRef> {
  const { platform, job } = queueFlow;
  const ref = await startFlowRun(platform, job);
  await drainSlices(platform, platform, slices);
  await stopRun(platform, ref);
  dropSlices(platform);
  return ref;
}

/** Advances the clock by a minute with a sweep, and processes some slices. */
export async function sweepOneMinute({ platform, job }: QueueFlow): Promise<void> {
  platform.advance(61_000);
  await sweepTenant(platform, job.tenant);
  // The slices of an unbounded flow never end.
  await drainSlices(platform, platform, 8);
}
