import type { Run } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import { recordLastRun } from '../../store/job-states.ts';
import { requestAdvance } from '../backfill/request-advance.ts';
import { toLastRun } from '../start/overlap-lock.ts';
import { admitWaiting, type KnownLimits } from './admit-waiting.ts';
import { transferLock } from './transfer-lock.ts';

/**
 * Releases what an ended run held: transfers its job's lock to the waiting run, admits runs that wait at the tenant's
 * limit, and requests the next step of its backfill. The sweeper repeats any step that a crash prevents.
 *
 * @param known `ticksThrough`: time up to which every tick has a row, ISO 8601; `limits`: those of the tenant
 */
export async function finalizeRun(
  platform: Platform,
  run: Run,
  { ticksThrough, limits }: { readonly ticksThrough?: string | undefined; readonly limits?: KnownLimits } = {},
): Promise<void> {
  if (run.backfill === null) await transferLock(platform, run, ticksThrough);
  else if (run.startedAt !== null || run.state !== 'canceled') await recordLastRun(platform.db, run, toLastRun(run));
  await admitWaiting(platform, run, limits);
  if (run.backfill !== null) await requestAdvance(platform, run, run.backfill);
}
