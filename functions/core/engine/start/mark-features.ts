import type { Limits } from '../../domain/limits.ts';
import { DEFAULT_PRIORITY, type Priority } from '../../domain/run-priority.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { markUsedFeatures } from '../../store/limits.ts';

/**
 * Records the first use of a priority or an expiry by the tenant, before the job or run that has it exists.
 *
 * @param limits those of the tenant, as read
 */
export async function markFeatures(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  limits: Limits,
  { priority, expires }: { readonly priority: Priority; readonly expires: boolean },
): Promise<void> {
  const isFirstPriority = priority !== DEFAULT_PRIORITY && limits.prioritiesSince === undefined;
  const isFirstExpiry = expires && !limits.usesExpiry;
  if (!isFirstPriority && !isFirstExpiry) return;
  await markUsedFeatures(db, tenant, {
    ...(isFirstPriority && { prioritiesSince: new Date(now()).toISOString() }),
    ...(isFirstExpiry && { usesExpiry: true }),
  });
}
