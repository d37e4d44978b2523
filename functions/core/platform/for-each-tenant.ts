import type { TenantId } from '../domain/tenant.ts';
import { listTenants } from '../store/tenants.ts';
import { forEachConcurrent } from './for-each-concurrent.ts';
import type { Platform } from './platform.ts';

/** Number of tenants visited concurrently. */
const CONCURRENCY = 8;

/**
 * Visits every tenant. A failure does not prevent the visits to other tenants.
 *
 * @param taskName prefix of the log event: `sweep` for `sweep.failed`
 * @throws AggregateError after all visits, if some failed
 */
export async function forEachTenant(
  { db, log }: Pick<Platform, 'db' | 'log'>,
  taskName: string,
  visit: (tenant: TenantId) => Promise<void>,
): Promise<void> {
  const failed: unknown[] = [];
  await forEachConcurrent(CONCURRENCY, await listTenants(db), async (tenant) => {
    try {
      await visit(tenant);
    } catch (error) {
      log.error(`${taskName}.failed`, { tenant, error: String(error) });
      // guard: sweep.tenant-failed
      failed.push(error);
    }
  });
  if (failed.length > 0) throw new AggregateError(failed, `${taskName}: ${failed.length} tenants failed`);
}
