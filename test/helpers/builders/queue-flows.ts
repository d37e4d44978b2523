import type { StopMode } from '../../../functions/core/domain/flow/stop.ts';
import type { Job } from '../../../functions/core/domain/job.ts';
import type { Run, RunRef } from '../../../functions/core/domain/run.ts';
import { restartRun } from '../../../functions/core/engine/flow/restart/restart-run.ts';
import { stopFlow } from '../../../functions/core/engine/flow/stop/stop-flow.ts';
import { sweepTenant } from '../../../functions/core/engine/sweep/sweep-tenant.ts';
import type { Db } from '../../../functions/core/store/db.ts';
import { getRun } from '../../../functions/core/store/runs.ts';
import { memoryDb } from '../fakes/memory-db.ts';
import { type TestPlatform, testPlatform } from '../fakes/platform.ts';
import { queueSource } from '../fakes/queue-source.ts';
import { connectOperators, drainSlices, givenFlow, idempotentSink, processRunMessages, startFlowRun } from './flows.ts';

/** Flows of one store that read a queue, and what becomes of their runs. */

const db = memoryDb();

/** Longer than a message that was given stays away. */
export const VISIBILITY_TIMEOUT_MS = 121_000;

/**
 * A flow that reads a queue of so many messages, by sources that are `named` so; `atOnce` of them are taken in hand, and
 * ten are a page.
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

export async function requireRun({ db }: TestPlatform, ref: RunRef): Promise<Run> {
  const run = await getRun(db, ref);
  if (!run) throw new Error('the run is gone');
  return run;
}

export async function restartFlow(platform: TestPlatform, job: Job, ref: RunRef, parallelism = 1): Promise<Run> {
  const run = await restartRun(platform, job, await requireRun(platform, ref), { parallelism });
  await processRunMessages(platform);
  return run;
}

/** Drops what a run that was ended had sent, as its slices would be dropped. */
export const dropSlices = (platform: TestPlatform) => platform.slices.splice(0);

/** A run that has a page in hand, and nothing of it at the sink, when it is stopped. */
export async function aRunStoppedWithStagedPage(world: QueueFlow, slices = 1): Promise<RunRef> {
  const { platform, job } = world;
  const ref = await startFlowRun(platform, job);
  await drainSlices(platform, platform, slices);
  await stopRun(platform, ref);
  dropSlices(platform);
  return ref;
}

/** A minute of a platform that is well again. */
export async function sweepOneMinute({ platform, job }: QueueFlow): Promise<void> {
  platform.advance(61_000);
  await sweepTenant(platform, job.tenant);
  // An endless flow is never through with its slices.
  await drainSlices(platform, platform, 8);
}

/** The same database, whose answer to one transaction does not come; it was made, and whoever asked lives. */
export function loseTransactionAnswer(db: Db, nth = 1): Db {
  let transactions = 0;
  const client = new Proxy(db.client, {
    get(target, property) {
      if (property !== 'send') return Reflect.get(target, property, target) as unknown;
      return async (command: Parameters<typeof target.send>[0]) => {
        const answer: unknown = await target.send(command);
        if (command.constructor.name !== 'TransactWriteItemsCommand' || ++transactions !== nth) return answer;
        throw new Error('socket hang up');
      };
    },
  });
  return { ...db, client };
}

/** A platform that works on this database. */
export const withDb = (platform: TestPlatform, db: Db): TestPlatform =>
  Object.defineProperty({ ...platform, db }, 'open', { get: () => platform.open });
