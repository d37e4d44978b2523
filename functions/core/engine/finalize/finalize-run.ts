import type { Run } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import { admitWaiting, type KnownLimits } from './admit-waiting.ts';
import { releaseKeySlot } from './key-slots.ts';
import { type KnownRelease, releaseRun } from './release-run.ts';

/**
 * Releases what an ended run held: transfers its job's lock to the waiting run or requests the next step of its backfill,
 * gives the slot of its concurrency key to the next run, and admits runs that wait at the tenant's limit. The sweeper repeats any step that a crash prevents.
 *
 * @param known as for `releaseRun`; `limits`: those of the tenant
 */
export async function finalizeRun(
  platform: Platform,
  run: Run,
  { limits, ...known }: KnownRelease & { readonly limits?: KnownLimits } = {},
): Promise<void> {
  await releaseRun(platform, run, known);
  await releaseKeySlot(platform, run);
  await admitWaiting(platform, run, limits);
}
