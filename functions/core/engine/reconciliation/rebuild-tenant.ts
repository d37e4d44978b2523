import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { type HasTime, OutOfTimeError, type Pause } from '../../platform/time-budget.ts';
import { listTenants } from '../../store/tenants.ts';
import { advanceRebuild, beginRebuild } from './advance-rebuild.ts';

/** Longest single wait in milliseconds. A wait is split because the clock may be adjusted meanwhile. */
const WAIT_STEP_MS = 1_000;

/** The state in which a request left the rebuild of a tenant's counters. */
export interface RebuildResult {
  readonly tenant: TenantId;
  /** `under way`: the time ran out; the hourly reconciliation or another request continues the rebuild. */
  readonly rebuild: 'done' | 'under way';
}

/**
 * Rebuilds a tenant's counters, or continues a running rebuild, and waits for the streams while there is time.
 *
 * @throws Error if the tenant does not exist
 */
export async function rebuildTenant(
  platform: Platform,
  tenant: TenantId,
  hasTime: HasTime,
  pause: Pause,
): Promise<RebuildResult> {
  if (!(await listTenants(platform.db)).includes(tenant)) throw new Error(`rebuild: there is no tenant ${tenant}`);
  await beginRebuild(platform, tenant);
  for (;;) {
    const progress = await advanceRebuild(platform, tenant, hasTime);
    if (progress.kind === 'done') return { tenant, rebuild: 'done' };
    if (progress.kind === 'stopped') return { tenant, rebuild: 'under way' };
    try {
      await waitUntil(platform, progress.until, pause);
    } catch (error) {
      if (!(error instanceof OutOfTimeError)) throw error;
      return { tenant, rebuild: 'under way' };
    }
  }
}

async function waitUntil({ now }: Platform, until: number, pause: Pause): Promise<void> {
  for (let left = until - now(); left > 0; left = until - now()) await pause(Math.min(left, WAIT_STEP_MS));
}
