import { isTerminal, type Run, type RunRef } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import { releaseLock } from '../../store/job-states.ts';
import { endWaiting } from '../../store/runs.ts';
import { toLastRun } from '../start/overlap-lock.ts';
import { admitWaiting } from './admit-waiting.ts';

/**
 * Releases what an ended run held: transfers its job's lock to the waiting run, and admits runs that wait at the
 * tenant's limit. The sweeper repeats any step that a crash prevents.
 *
 * @param ticksThrough time up to which every tick has a row, ISO 8601, if known
 */
export async function finalizeRun(platform: Platform, run: Run, ticksThrough?: string): Promise<void> {
  await transferLock(platform, run, ticksThrough);
  await admitWaiting(platform, run);
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
