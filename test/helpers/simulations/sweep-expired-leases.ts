import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import { getActiveRuns } from '../../../functions/core/engine/sweep/sweep-active-runs.ts';
import { sweepLeases } from '../../../functions/core/engine/sweep/sweep-leases.ts';
import type { Platform } from '../../../functions/core/platform/platform.ts';
import { listOldestActive } from '../../../functions/core/store/run-lists.ts';

/** Sweeps the leases of a tenant's runs, without the other parts of a sweep. */
export async function sweepExpiredLeases(platform: Platform, tenant: TenantId): Promise<void> {
  const admitted = await listOldestActive(platform.db, tenant, 'admitted', 1_000);
  await sweepLeases(platform, await getActiveRuns(platform.db, admitted));
}
