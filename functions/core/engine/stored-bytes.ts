import type { TenantId } from '../domain/tenant.ts';
import type { Platform } from '../platform/platform.ts';
import { getCounter } from '../store/counters.ts';

/** How many bytes the runs of a tenant have left behind, as its counter has it: some seconds ago. */
export async function storedBytes(
  { db, now, knownBytes }: Pick<Platform, 'db' | 'now' | 'knownBytes'>,
  tenant: TenantId,
): Promise<number> {
  const known = knownBytes.get(tenant);
  if (known !== undefined) return known;
  const at = now();
  const { current } = await getCounter(db, tenant, { kind: 'tenant' });
  const bytes = current.storedBytes ?? 0;
  knownBytes.set(tenant, bytes, at);
  return bytes;
}
