import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { listTenants } from '../../store/tenants.ts';
import { advanceRebuild, beginRebuild } from './advance-rebuild.ts';
import { type HasTime, OutOfTimeError, type Pause } from './time-budget.ts';

/** A wait is cut in pieces of this length, for the clock may be set meanwhile. */
const WAIT_STEP_MS = 1_000;

/** How a request to rebuild a tenant's counters was left. */
export interface RebuildResult {
  readonly tenant: TenantId;
  /** `under way`: time was up; the hourly audits go on with it, and so does another request. */
  readonly rebuild: 'done' | 'under way';
}

/**
 * Rebuilds a tenant's counters, or goes on with that, waiting for the streams as long as there is time.
 *
 * @throws Error when there is no such tenant
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
