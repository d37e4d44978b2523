import type { Limits } from '../../domain/limits.ts';
import type { RunOptions } from '../../domain/run-input.ts';
import { DEFAULT_PRIORITY, type Priority } from '../../domain/run-priority.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { getLimits, markUsedFeatures } from '../../store/limits.ts';

/**
 * Records the first use of a priority, an expiry or backfills by the tenant, before the job or run that has it exists.
 *
 * @param limits those of the tenant, as read
 * @param used `backfills`: the sweep may create backfills of the job (catch-up). @defaultValue none
 */
export async function markFeatures(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  limits: Limits,
  {
    priority,
    expires,
    backfills = false,
  }: { readonly priority: Priority; readonly expires: boolean; readonly backfills?: boolean },
): Promise<void> {
  const isFirstPriority = priority !== DEFAULT_PRIORITY && limits.prioritiesSince === undefined;
  const isFirstExpiry = expires && !limits.usesExpiry;
  const isFirstBackfill = backfills && !limits.usesBackfills;
  if (!isFirstPriority && !isFirstExpiry && !isFirstBackfill) return;
  await markUsedFeatures(db, tenant, {
    ...(isFirstPriority && { prioritiesSince: new Date(now()).toISOString() }),
    ...(isFirstExpiry && { usesExpiry: true }),
    ...(isFirstBackfill && { usesBackfills: true }),
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
