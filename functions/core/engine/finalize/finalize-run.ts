import type { Run } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import { admitWaiting, type KnownLimits } from './admit-waiting.ts';
import { releaseKeySlot } from './key-slots.ts';
import { releaseRun } from './release-run.ts';

/**
 * Releases what an ended run held: transfers its job's lock to the waiting run or requests the next step of its backfill,
 * gives the slot of its concurrency key to the next run, and admits runs that wait at the tenant's limit. The sweeper repeats any step that a crash prevents.
 *
 * @param known `ticksThrough`: time up to which every tick has a row, ISO 8601; `limits`: those of the tenant
 */
export async function finalizeRun(
  platform: Platform,
  run: Run,
  { ticksThrough, limits }: { readonly ticksThrough?: string | undefined; readonly limits?: KnownLimits } = {},
): Promise<void> {
  await releaseRun(platform, run, ticksThrough);
  await releaseKeySlot(platform, run);
  await admitWaiting(platform, run, limits);
}
