import { NextSweep } from '../../domain/next-sweep.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { HOUR_MS, MINUTE_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { listOpenBackfills } from '../../store/backfills.ts';
import { advanceBackfill } from '../backfill/advance-backfill.ts';
import { repairEach } from './part-runner.ts';

/**
 * Advances the backfills of a tenant that are not over: a message may have been lost, and a start may have been
 * interrupted.
 *
 * @returns the time of the next sweep; a paused backfill is swept when it is resumed, one of a disabled job also when the
 *   definition changes
 * @throws AggregateError after the other backfills, if some failed
 */
export async function sweepBackfills(platform: Platform, tenant: TenantId, hasTime: HasTime): Promise<NextSweep> {
  const next = new NextSweep();
  await repairEach(await listOpenBackfills(platform.db, tenant), hasTime, async (ref) => {
    const backfill = await advanceBackfill(platform, ref);
    if (!backfill || backfill.state === 'paused' || backfill.purgeAt !== null) return;
    // Without active runs it may start none: its job is disabled, or a limit is used up.
    const isHeld = /* guard: sweep.backfills.held */ backfill.state === 'running' && backfill.active.length === 0;
    next.include(platform.now() + (isHeld ? HOUR_MS : MINUTE_MS));
  });
  if (!hasTime()) next.include(platform.now());
  return next;
}
