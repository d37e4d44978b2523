import type { Run } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import { recordLastRun } from '../../store/job-states.ts';
import { requestAdvance } from '../backfill/request-advance.ts';
import { toLastRun } from '../start/overlap-lock.ts';
import { transferLock } from './transfer-lock.ts';

/**
 * Releases what an ended run held of its job: transfers the lock to the waiting run. A run of a backfill has no lock; its
 * end is recorded in the job's state, and the next step of the backfill is requested.
 *
 * @param ticksThrough time up to which every tick has a row, ISO 8601
 */
export async function releaseRun(platform: Platform, run: Run, ticksThrough?: string): Promise<void> {
  if (run.backfill === null) return transferLock(platform, run, ticksThrough);
  if (run.startedAt !== null || run.state !== 'canceled') await recordLastRun(platform.db, run, toLastRun(run));
  await requestAdvance(platform, run, run.backfill);
}
