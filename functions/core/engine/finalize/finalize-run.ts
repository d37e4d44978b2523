import { isTerminal, type Run, type RunRef } from '../../domain/run.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { releaseLock } from '../../store/job-states.ts';
import { getLimits } from '../../store/limits.ts';
import { countActive, listOldestActive } from '../../store/run-lists.ts';
import { endWaiting, getRuns } from '../../store/runs.ts';
import { toLastRun } from '../start/overlap-lock.ts';

/** How far into a tenant's line one end of a run looks for runs to wake. The sweeper looks further. */
const QUEUE_LOOKAHEAD = 25;

/**
 * What follows the end of a run: its job's lock goes to the run that waits for it, or is free, and the tenant's line
 * moves up. Whatever a crash leaves out here, the sweeper does.
 *
 * @param ticksThrough every tick up to here has a row, when that is known
 */
export async function finalizeRun(platform: Platform, run: Run, ticksThrough?: string): Promise<void> {
  await transferLock(platform, run, ticksThrough);
  await admitQueued(platform, run.tenant);
}

/** Frees the lock of a run that ended, or hands it on. A run that waited and ended meanwhile hands it on again. */
export async function transferLock(platform: Platform, run: Run, ticksThrough?: string): Promise<void> {
  const now = new Date(platform.now()).toISOString();
  const { handedTo: transferredTo } = await releaseLock(platform.db, run, toLastRun(run), now, ticksThrough);
  if (transferredTo) await admitNext(platform, { ...run, ulid: transferredTo.ulid });
}

/**
 * Wakes the run that was given the lock. Without a row yet, its starter is about to make it and looks again after.
 */
export async function admitNext(platform: Platform, ref: RunRef): Promise<void> {
  const admitted = await endWaiting(platform.db, ref, 'overlap', new Date(platform.now()).toISOString());
  if (admitted.ok) await platform.queues.sendRun(ref);
  else if (/* guard: lock.transfer.canceled-run */ admitted.run && isTerminal(admitted.run.state))
    await transferLock(platform, admitted.run);
}

/** Wakes as many of the runs that wait at the tenant's limit as there is room for: at least one. */
export async function admitQueued(platform: Platform, tenant: TenantId, lookahead = QUEUE_LOOKAHEAD): Promise<void> {
  const { db } = platform;
  const queued = await listOldestActive(db, tenant, 'queued', lookahead);
  if (queued.length === 0) return;
  const waiting = (await getRuns(db, queued)).filter((run) => run?.state === 'queued' && run.waiting === 'limit');
  if (waiting.length === 0) return;
  const { concurrentRuns } = await getLimits(db, tenant, platform.defaultLimits);
  // The index may lag behind the run that just ended: one is always woken, and waits again if it must.
  const capacity = Math.max(1, concurrentRuns - (await countRunning(platform, tenant)));
  for (const run of waiting.slice(0, capacity)) {
    const admitted = run && (await endWaiting(db, run, 'limit', new Date(platform.now()).toISOString()));
    if (admitted?.ok) await platform.queues.sendRun(admitted.run);
  }
}

/** Runs of the tenant that have a worker. */
export async function countRunning({ db }: Platform, tenant: TenantId): Promise<number> {
  const [running, stopping] = await Promise.all([
    countActive(db, tenant, 'running'),
    countActive(db, tenant, 'stopping'),
  ]);
  return running + stopping;
}
