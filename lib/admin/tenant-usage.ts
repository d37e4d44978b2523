import type { TenantId } from '../../functions/core/domain/tenant.ts';
import type { UsagePeriod } from '../../functions/core/domain/usage-report.ts';
import { readUsage, type UsageRange } from '../../functions/core/engine/counters/read-usage.ts';
import { forEachConcurrent } from '../../functions/core/platform/for-each-concurrent.ts';
import { listTenants } from '../../functions/core/store/tenants.ts';
import type { AdminContext } from './admin-context.ts';

/** Tenants that are read at the same time. */
const CONCURRENT_TENANTS = 8;

/** The usage of one tenant. */
export interface TenantUsage {
  readonly tenant: TenantId;
  readonly periods: readonly UsagePeriod[];
}

/** Reads the usage of all tenants that ever defined a job, sorted by tenant. */
export async function readAllUsage({ db, now }: AdminContext, range: UsageRange): Promise<readonly TenantUsage[]> {
  const found: TenantUsage[] = [];
  await forEachConcurrent(CONCURRENT_TENANTS, await listTenants(db), async (tenant) => {
    found.push({ tenant, periods: await readUsage({ db, now }, tenant, range) });
  });
  return found.sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
}
