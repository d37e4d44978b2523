import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { listOldestActive } from '../../store/run-lists.ts';
import { getRuns } from '../../store/runs.ts';
import { failExpiredRun } from '../execute/fail-expired-run.ts';
import { SWEEP_LIMIT } from './sweep-limits.ts';

/**
 * Ends the attempts of runs whose lease has expired.
 *
 * @returns the number of expired leases
 */
export async function sweepLeases(platform: Platform, tenant: TenantId): Promise<number> {
  let expired = 0;
  const runs = await getRuns(platform.db, await listOldestActive(platform.db, tenant, 'admitted', SWEEP_LIMIT));
  for (const run of runs) {
    if (!run?.lease || Date.parse(run.lease.until) > platform.now()) continue;
    expired++;
    await failExpiredRun(platform, run, run.lease);
  }
  return expired;
}
