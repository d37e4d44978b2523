import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { getCounter } from '../../store/counters.ts';

/** Returns the bytes stored by the tenant's runs, as its counter shows them: some seconds old. */
export async function getStoredBytes(
  { db, now, storedBytesCache }: Pick<Platform, 'db' | 'now' | 'storedBytesCache'>,
  tenant: TenantId,
): Promise<number> {
  const known = storedBytesCache.get(tenant);
  if (known !== undefined) return known;
  const at = now();
  const { current } = await getCounter(db, tenant, { kind: 'tenant' });
  const bytes = current.storedBytes ?? 0;
  storedBytesCache.set(tenant, bytes, at);
  return bytes;
}
