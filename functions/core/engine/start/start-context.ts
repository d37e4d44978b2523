import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { getCounter } from '../../store/counters.ts';
import { getStartContext, type StartContext as StoredContext } from '../../store/run-context.ts';

/** The rows that the start of a run depends on. Each may be outdated. */
export interface StartContext extends StoredContext {
  /** Bytes stored by the tenant's runs, as its counter showed them at most 5 minutes ago. */
  readonly storedBytes: number;
}

type Dependencies = Pick<Platform, 'db' | 'now' | 'defaultLimits' | 'storedBytesCache'>;

/** Reads the context of a start in one call. */
export async function readStartContext(platform: Dependencies, tenant: TenantId, jobId: string): Promise<StartContext> {
  const { db, now, defaultLimits, storedBytesCache } = platform;
  const at = now();
  const known = storedBytesCache.get(tenant);
  const { storedBytes, ...context } = await getStartContext(db, tenant, jobId, {
    defaultLimits,
    includesStoredBytes: known === undefined,
  });
  const maxBytes = context.limits.storedBytes;
  if (storedBytes !== undefined) storedBytesCache.set(tenant, storedBytes, maxBytes, at);
  const bytes = storedBytes ?? known?.bytes;
  // The size was cached for another limit.
  const isOutdated = bytes === undefined || (known !== undefined && known.limit !== maxBytes);
  return { ...context, storedBytes: isOutdated ? await getStoredBytes(platform, tenant, maxBytes) : bytes };
}

/**
 * Returns the bytes stored by the tenant's runs, as its counter shows them: some seconds old.
 *
 * @param maxBytes the tenant's limit
 */
export async function getStoredBytes(
  { db, now, storedBytesCache }: Pick<Dependencies, 'db' | 'now' | 'storedBytesCache'>,
  tenant: TenantId,
  maxBytes: number,
): Promise<number> {
  const known = storedBytesCache.get(tenant);
  if (known?.limit === maxBytes) return known.bytes;
  const at = now();
  const { current } = await getCounter(db, tenant, { kind: 'tenant' });
  const bytes = current.storedBytes ?? 0;
  storedBytesCache.set(tenant, bytes, maxBytes, at);
  return bytes;
}
