import { ACTIVE_STATES } from '../../domain/run.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { getCounter } from '../../store/counters.ts';
import type { SweeperPlatform } from './purge.ts';
import { isScheduledMinute } from './scheduled-minute.ts';
import { sweepTenant } from './sweep-tenant.ts';

/**
 * How often a tenant's active runs are looked at whatever its counter says, in minutes. The counter is a second behind;
 * should it ever be further behind, or wrong, a repair takes up to this long instead of two minutes.
 */
export const FULL_SWEEP_INTERVAL_MINUTES = 10;

/** Sweeps a tenant, without its active runs when the counter says that there are none: most tenants, most of the time. */
export async function visitTenant(platform: SweeperPlatform, tenant: TenantId): Promise<void> {
  const whole =
    /* guard: sweep.visit.turn */ isScheduledMinute(tenant, platform.now(), FULL_SWEEP_INTERVAL_MINUTES) ||
    (await hasActiveRuns(platform, tenant));
  await sweepTenant(platform, tenant, whole);
}

/** One read of half a unit, in place of three queries. A count that is off, negative say, is no proof of rest. */
async function hasActiveRuns({ db }: Platform, tenant: TenantId): Promise<boolean> {
  const { current } = await getCounter(db, tenant, { kind: 'tenant' });
  return ACTIVE_STATES.some((state) => (current[state] ?? 0) !== 0);
}
