import type { Run } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import { recordEndWithoutLock, recordLastRun } from '../../store/job-states.ts';
import { requestAdvance } from '../backfill/request-advance.ts';
import { toLastRun } from '../start/overlap-lock.ts';
import { transferLock } from './transfer-lock.ts';

/** Knowledge of the caller about the run that ends. */
export interface KnownRelease {
  readonly ticksThrough?: string | undefined;
  readonly isUnlocked?: boolean;
}

/**
 * Releases what an ended run held of its job: transfers the lock to the waiting run. A run of a backfill has no lock; its
 * end is recorded in the job's state, and the next step of the backfill is requested.
 *
 * @param known `ticksThrough`: time up to which every tick has a row, ISO 8601; `isUnlocked`: the policy of the job at the
 * claim of the run was `allow`, so that the run has a lock only if the policy has changed
 */
export async function releaseRun(
  platform: Platform,
  run: Run,
  { ticksThrough, isUnlocked }: KnownRelease = {},
): Promise<void> {
  if (run.backfill === null) {
    if (isUnlocked && (await recordEndWithoutLock(platform.db, run, toLastRun(run)))) return;
    return transferLock(platform, run, ticksThrough);
  }
  if (run.startedAt !== null || run.state !== 'canceled') await recordLastRun(platform.db, run, toLastRun(run));
  await requestAdvance(platform, run, run.backfill);
}
