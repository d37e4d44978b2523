import { isTerminal, type Run, type RunRef } from '../domain/run.ts';
import type { TenantId } from '../domain/tenant.ts';
import type { Platform } from '../platform/platform.ts';
import { getLimits } from '../store/limits.ts';
import { countActive, oldestActive } from '../store/run-lists.ts';
import { endWaiting, getRuns } from '../store/runs.ts';
import { releaseLock } from '../store/states.ts';
import { lastRunOf } from './lock.ts';

/** How far into a tenant's line one end of a run looks for runs to wake. The sweeper looks further. */
const LINE_LOOKAHEAD = 25;

/**
 * What follows the end of a run: its job's lock goes to the run that waits for it, or is free, and the tenant's line
 * moves up. Whatever a crash leaves out here, the sweeper does.
 *
 * @param ticksThrough every tick up to here has a row, when that is known
 */
export async function settle(platform: Platform, run: Run, ticksThrough?: string): Promise<void> {
  await passLock(platform, run, ticksThrough);
  await moveLine(platform, run.tenant);
}

/** Frees the lock of a run that ended, or hands it on. A run that waited and ended meanwhile hands it on again. */
export async function passLock(platform: Platform, run: Run, ticksThrough?: string): Promise<void> {
  const now = new Date(platform.now()).toISOString();
  const { handedTo } = await releaseLock(platform.db, run, lastRunOf(run), now, ticksThrough);
  if (handedTo) await wakeNext(platform, { ...run, ulid: handedTo.ulid });
}

/**
 * Wakes the run that was given the lock. Without a row yet, its starter is about to make it and looks again after.
 */
export async function wakeNext(platform: Platform, ref: RunRef): Promise<void> {
  const woken = await endWaiting(platform.db, ref, 'overlap', new Date(platform.now()).toISOString());
  if (woken.ok) await platform.queues.sendRun(ref);
  else if (/* guard: lock.transfer.canceled-run */ woken.run && isTerminal(woken.run.state))
    await passLock(platform, woken.run);
}

/** Wakes as many of the runs that wait at the tenant's limit as there is room for: at least one. */
export async function moveLine(platform: Platform, tenant: TenantId, lookahead = LINE_LOOKAHEAD): Promise<void> {
  const { db } = platform;
  const queued = await oldestActive(db, tenant, 'queued', lookahead);
  if (queued.length === 0) return;
  const waiting = (await getRuns(db, queued)).filter((run) => run?.state === 'queued' && run.waiting === 'limit');
  if (waiting.length === 0) return;
  const { concurrentRuns } = await getLimits(db, tenant, platform.defaultLimits);
  // The index may lag behind the run that just ended: one is always woken, and waits again if it must.
  const room = Math.max(1, concurrentRuns - (await runningCount(platform, tenant)));
  for (const run of waiting.slice(0, room)) {
    const woken = run && (await endWaiting(db, run, 'limit', new Date(platform.now()).toISOString()));
    if (woken?.ok) await platform.queues.sendRun(woken.run);
  }
}

/** Runs of the tenant that have a worker. */
export async function runningCount({ db }: Platform, tenant: TenantId): Promise<number> {
  const [running, stopping] = await Promise.all([
    countActive(db, tenant, 'running'),
    countActive(db, tenant, 'stopping'),
  ]);
  return running + stopping;
}
