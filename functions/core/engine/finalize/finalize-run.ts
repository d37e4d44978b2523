import { isTerminal, type Run, type RunRef } from '../../domain/run.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { releaseLock } from '../../store/job-states.ts';
import { getLimits } from '../../store/limits.ts';
import { countActive, listOldestActive } from '../../store/run-lists.ts';
import { endWaiting, getRuns } from '../../store/runs.ts';
import { toLastRun } from '../start/overlap-lock.ts';

/** Queued runs that one finalized run inspects. The sweeper inspects more. */
const QUEUE_LOOKAHEAD = 25;

/**
 * Releases what an ended run held: transfers its job's lock to the waiting run, and admits runs that wait at the
 * tenant's limit. The sweeper repeats any step that a crash prevents.
 *
 * @param ticksThrough time up to which every tick has a row, ISO 8601, if known
 */
export async function finalizeRun(platform: Platform, run: Run, ticksThrough?: string): Promise<void> {
  await transferLock(platform, run, ticksThrough);
  await admitQueued(platform, run.tenant);
}

/**
 * Transfers the lock of an ended run to the waiting run, or frees it. A waiting run that has ended meanwhile transfers
 * the lock again.
 */
export async function transferLock(platform: Platform, run: Run, ticksThrough?: string): Promise<void> {
  const now = new Date(platform.now()).toISOString();
  const { transferredTo } = await releaseLock(platform.db, run, toLastRun(run), now, ticksThrough);
  if (transferredTo) await admitNext(platform, { ...run, ulid: transferredTo.ulid });
}

/**
 * Sends the message of the run that received the lock. A run without a row yet is sent by its starter, which reads the
 * lock again after it has written the row.
 */
export async function admitNext(platform: Platform, ref: RunRef): Promise<void> {
  const admitted = await endWaiting(platform.db, ref, 'overlap', new Date(platform.now()).toISOString());
  if (admitted.ok) await platform.queues.sendRun(ref);
  else if (/* guard: lock.transfer.canceled-run */ admitted.run && isTerminal(admitted.run.state))
    await transferLock(platform, admitted.run);
}

/** Admits runs that wait at the tenant's limit, as many as there are free slots, and at least one. */
export async function admitQueued(platform: Platform, tenant: TenantId, lookahead = QUEUE_LOOKAHEAD): Promise<void> {
  const { db } = platform;
  const queued = await listOldestActive(db, tenant, 'queued', lookahead);
  if (queued.length === 0) return;
  const waiting = (await getRuns(db, queued)).filter((run) => run?.state === 'queued' && run.waiting === 'limit');
  if (waiting.length === 0) return;
  const { concurrentRuns } = await getLimits(db, tenant, platform.defaultLimits);
  // The index may lag behind the run that has just ended, so one run is always admitted. It waits again if the limit
  // still holds.
  const capacity = Math.max(1, concurrentRuns - (await countRunning(platform, tenant)));
  for (const run of waiting.slice(0, capacity)) {
    const admitted = run && (await endWaiting(db, run, 'limit', new Date(platform.now()).toISOString()));
    if (admitted?.ok) await platform.queues.sendRun(admitted.run);
  }
}

/** Counts the tenant's runs that have a worker. */
export async function countRunning({ db }: Platform, tenant: TenantId): Promise<number> {
  const [running, stopping] = await Promise.all([
    countActive(db, tenant, 'running'),
    countActive(db, tenant, 'stopping'),
  ]);
  return running + stopping;
}
