import type { Limits } from '../../domain/limits.ts';
import type { RunOptions } from '../../domain/run-input.ts';
import { DEFAULT_PRIORITY, type Priority } from '../../domain/run-priority.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { getLimits, markUsedFeatures } from '../../store/limits.ts';

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

/**
 * Records the first use of a priority or an expiry that a request gives to its run, before the run exists. Those of the job
 * are recorded when the job is written.
 */
export async function markRunFeatures(
  platform: Pick<Platform, 'db' | 'now' | 'defaultLimits'>,
  tenant: TenantId,
  { priority = DEFAULT_PRIORITY, expiresInSeconds }: Pick<RunOptions, 'priority' | 'expiresInSeconds'> = {},
): Promise<void> {
  const expires = expiresInSeconds !== undefined;
  if (priority === DEFAULT_PRIORITY && !expires) return;
  const limits = await getLimits(platform.db, tenant, platform.defaultLimits);
  await markFeatures(platform, tenant, limits, { priority, expires });
}
