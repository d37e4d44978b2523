import { type Counts, totalDrift } from '../../domain/drift.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { recount } from './recount.ts';
import type { HasTime, Pause } from './time-budget.ts';

/**
 * Milliseconds between the first recount and the second, which must agree. Some changes leave no time on their row (a
 * cancel request, a purge); their counters change within this time.
 */
export const CONFIRM_AFTER_MS = 60_000;

/** A wrong counter. */
export interface Drift {
  readonly name: string;
  readonly differences: Counts;
}

export interface TenantReconciliation {
  readonly drifts: readonly Drift[];
  /** Number of quiet counters that were compared. */
  readonly compared: number;
  /** The tenant's failed registrations; `null` if some changed within the quiet period. */
  readonly failedRegistrations: number | null;
}

/**
 * Compares a tenant's counters with the rows that they count. A counter drifts if two recounts find the same
 * differences and the counter did not change between them or in the minutes before. Other differences are left to the
 * next reconciliation.
 *
 * @throws OutOfTimeError
 */
export async function reconcileTenant(
  platform: Platform,
  tenant: TenantId,
  hasTime: HasTime,
  pause: Pause,
): Promise<TenantReconciliation> {
  const first = await recount(platform, tenant, hasTime);
  if (first.found.length === 0) return { ...first, drifts: [] };
  await pause(CONFIRM_AFTER_MS);
  const again = new Set((await recount(platform, tenant, hasTime)).found.map((found) => JSON.stringify(found)));
  const drifts = first.found.filter(/* guard: reconciliation.confirm */ (found) => again.has(JSON.stringify(found)));
  for (const { name, differences } of drifts) {
    platform.log.error('counter.drifted', { tenant, counter: name, differences, drift: totalDrift([differences]) });
  }
  return { ...first, drifts };
}
