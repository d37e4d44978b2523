import type { StopMode } from '../../functions/core/domain/flow/stop.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Run, RunRef } from '../../functions/core/domain/run.ts';
import { restartRun } from '../../functions/core/engine/flow/restart.ts';
import { stopFlow } from '../../functions/core/engine/flow/stop.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep.ts';
import type { Db } from '../../functions/core/store/db.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { behind, careful, drain, givenFlow, started, workOff } from './flow-world.ts';
import { memoryDb } from './memory-db.ts';
import { type TestPlatform, testPlatform } from './platform.ts';
import { queueSource } from './queue-source.ts';

/** Flows of one store that read a queue, and what becomes of their runs. */

const db = memoryDb();

/** Longer than a message that was given stays away. */
export const HIDDEN_MS = 121_000;

/**
 * A flow that reads a queue of so many messages, by sources that are `named` so; `atOnce` of them are taken in hand, and
 * ten are a page.
 */
export async function aFlowOf(
  count: number,
  { atOnce = 10, bad = (_: number): boolean => false, parallelism = 1, named = ['orders'] } = {},
) {
  const platform = testPlatform(db);
  platform.sliceMs = 0;
  const source = queueSource(count, platform.now, { pageSize: atOnce, bad });
  const sink = careful();
  behind(platform, { sources: [source], sinks: [sink] });
  const sources = named.map((id) => ({ id, name: id, type: 'sqs', queue: 'orders' }) as const);
  const job = await givenFlow(platform, { parallelism, sources }, { overlapPolicy: 'allow' });
  return { platform, source, sink, job };
}

export type World = Awaited<ReturnType<typeof aFlowOf>>;

export const stop = (platform: TestPlatform, ref: RunRef, mode: StopMode = 'force') =>
  stopFlow(platform, ref, 'ana@acme.test', {
    mode,
    requestedAt: new Date(platform.now()).toISOString(),
    timeoutMs: 30_000,
  });

export async function runOf({ db }: TestPlatform, ref: RunRef): Promise<Run> {
  const run = await getRun(db, ref);
  if (!run) throw new Error('the run is gone');
  return run;
}

export async function restarted(platform: TestPlatform, job: Job, ref: RunRef, parallelism = 1): Promise<Run> {
  const run = await restartRun(platform, job, await runOf(platform, ref), { parallelism });
  await workOff(platform);
  return run;
}

/** Drops what a run that was ended had sent, as its slices would be dropped. */
export const forget = (platform: TestPlatform) => platform.slices.splice(0);

/** A run that has a page in hand, and nothing of it at the sink, when it is stopped. */
export async function aRunThatLeft(world: World, slices = 1): Promise<RunRef> {
  const { platform, job } = world;
  const ref = await started(platform, job);
  await drain(platform, platform, slices);
  await stop(platform, ref);
  forget(platform);
  return ref;
}

/** A minute of a platform that is well again. */
export async function aMinute({ platform, job }: World): Promise<void> {
  platform.advance(61_000);
  await sweepTenant(platform, job.tenant);
  // An endless flow is never through with its slices.
  await drain(platform, platform, 8);
}

/** The same database, whose answer to one transaction does not come; it was made, and whoever asked lives. */
export function silentOnce(db: Db, nth = 1): Db {
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
export const inside = (platform: TestPlatform, db: Db): TestPlatform =>
  Object.defineProperty({ ...platform, db }, 'open', { get: () => platform.open });
