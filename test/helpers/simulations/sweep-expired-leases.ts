import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import { getActiveRuns, listActiveRuns } from '../../../functions/core/engine/sweep/active-runs.ts';
import { sweepLeases } from '../../../functions/core/engine/sweep/sweep-leases.ts';
import type { Platform } from '../../../functions/core/platform/platform.ts';

/** Sweeps the leases of a tenant's runs, without the other parts of a sweep. */
export async function sweepExpiredLeases(platform: Platform, tenant: TenantId): Promise<void> {
  const { admitted } = await listActiveRuns(platform.db, tenant);
  await sweepLeases(platform, await getActiveRuns(platform.db, admitted));
}
