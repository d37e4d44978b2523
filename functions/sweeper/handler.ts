import { createPlatform } from '../platform/platform.ts';
import { listTenants } from '../store/tenants.ts';
import { sweepTenant } from './sweep.ts';

const platform = createPlatform();

/** Tenants swept at the same time. */
const AT_ONCE = 8;

/** Every minute: visits every tenant. One that fails does not keep the others from their turn. */
export async function handler(): Promise<void> {
  const tenants = await listTenants(platform.db);
  const failed: unknown[] = [];
  const visitor = async (): Promise<void> => {
    for (let tenant = tenants.shift(); tenant; tenant = tenants.shift()) {
      try {
        await sweepTenant(platform, tenant);
      } catch (error) {
        platform.log.error('sweep.failed', { tenant, error: String(error) });
        failed.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, visitor));
  if (failed.length > 0) throw new AggregateError(failed, `${failed.length} tenants could not be swept`);
}
