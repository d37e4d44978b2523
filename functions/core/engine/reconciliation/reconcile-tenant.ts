import { type Counts, totalDrift } from '../../domain/drift.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { recount } from './recount.ts';
import type { HasTime, Pause } from './time-budget.ts';

/**
 * How long after a first recount the second one is that has to agree. Some changes leave no time on their row (a stop
 * that was asked for, a purge); their counters change within this time.
 */
export const CONFIRM_AFTER_MS = 60_000;

/** A counter that is wrong. */
export interface Drift {
  readonly name: string;
  readonly differences: Counts;
}

export interface TenantReconciliation {
  readonly drifts: readonly Drift[];
  /** Counters that were quiet, and compared. */
  readonly compared: number;
  /** The tenant's registrations that were refused; null when some changed a moment ago. */
  readonly failedRegistrations: number | null;
}

/**
 * Compares a tenant's counters with the rows they count. A counter drifts when two recounts find the same differences
 * and it was not changed between them, nor in the minutes before; else it is the next audit's.
 *
 * @throws OutOfTime
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
    platform.log.error('audit.drift', { tenant, counter: name, differences, drift: totalDrift([differences]) });
  }
  return { ...first, drifts };
}
