import { ACTIVE_STATES } from '../../domain/run.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { getCounter } from '../../store/counters.ts';
import type { SweeperPlatform } from './purge.ts';
import { isScheduledMinute } from './scheduled-minute.ts';
import { sweepTenant } from './sweep-tenant.ts';

/**
 * Minutes between two full sweeps of a tenant, independent of its counter. The counter lags by about a second; a repair
 * takes up to this long, instead of two minutes, if the counter is wrong or lags further.
 */
export const FULL_SWEEP_INTERVAL_MINUTES = 10;

/** Sweeps a tenant, without its active runs if the counter shows none. Most tenants have none most of the time. */
export async function visitTenant(platform: SweeperPlatform, tenant: TenantId): Promise<void> {
  const includeActiveRuns =
    /* guard: sweep.visit.turn */ isScheduledMinute(tenant, platform.now(), FULL_SWEEP_INTERVAL_MINUTES) ||
    (await hasActiveRuns(platform, tenant));
  await sweepTenant(platform, tenant, includeActiveRuns);
}

/**
 * Costs one read of half a unit, instead of three queries. Any count other than 0 means active runs, including a wrong
 * negative one.
 */
async function hasActiveRuns({ db }: Platform, tenant: TenantId): Promise<boolean> {
  const { current } = await getCounter(db, tenant, { kind: 'tenant' });
  return ACTIVE_STATES.some((state) => (current[state] ?? 0) !== 0);
}
