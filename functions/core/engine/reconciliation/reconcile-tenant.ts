import { type Counts, totalDrift } from '../../domain/drift.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { forEachConcurrent } from '../../platform/for-each-concurrent.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime, Pause } from '../../platform/time-budget.ts';
import { type NamedCounter, setCut } from '../../store/counters.ts';
import { recount } from './recount.ts';

/**
 * Milliseconds between the first recount and the second, which must agree. Some changes leave no time on their row (a
 * cancel request, a purge); their counters change within this time.
 */
export const CONFIRM_AFTER_MS = 60_000;

/**
 * Milliseconds from the division of a counter to its cut. No run may be created at or after the cut before the counter is
 * divided, so this is the maximum error of clocks that is tolerated.
 */
export const CUT_LEAD_MS = 2 * 60_000;

/** Counters divided at the same time. */
const CONCURRENCY = 8;

/** A wrong counter. */
export interface Drift {
  readonly name: string;
  readonly differences: Counts;
}

export interface TenantReconciliation {
  readonly drifts: readonly Drift[];
  /** Number of counters that were compared, whole or in part. */
  readonly compared: number;
  /** Number of counters that were due and could not be compared; they may be quiet some minutes later. */
  readonly postponed: number;
  /** The tenant's failed registrations; `null` if some changed within the quiet period. */
  readonly failedRegistrations: number | null;
}

/**
 * Compares a tenant's counters with the rows that they count. A counter drifts if two recounts find the same
 * differences and its compared part did not change between them or in the minutes before. Other differences are left to
 * the next reconciliation.
 *
 * A busy counter is compared in part. A cut in the near future is stored in it; from then on the aggregator counts the
 * runs created at or after the cut separately as well, under the same watermarks. The rest is the exact count of the
 * older runs, which change rarely, so that a later reconciliation can compare it with the rows of these runs.
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
  const drifts = first.found.length === 0 ? [] : await confirm(platform, tenant, first.found, hasTime, pause);
  await divide(platform, tenant, first.toDivide);
  return { ...first, drifts };
}

async function confirm(
  platform: Platform,
  tenant: TenantId,
  candidates: Awaited<ReturnType<typeof recount>>['found'],
  hasTime: HasTime,
  pause: Pause,
): Promise<readonly Drift[]> {
  await pause(CONFIRM_AFTER_MS);
  const again = new Set((await recount(platform, tenant, hasTime)).found.map((found) => JSON.stringify(found)));
  const drifts = candidates.filter(/* guard: reconciliation.confirm */ (found) => again.has(JSON.stringify(found)));
  for (const { name, differences } of drifts) {
    platform.log.error('counter.drifted', { tenant, counter: name, differences, drift: totalDrift([differences]) });
  }
  return drifts;
}

async function divide({ db, now }: Platform, tenant: TenantId, counters: readonly NamedCounter[]): Promise<void> {
  const cut = new Date(now() + CUT_LEAD_MS).toISOString();
  await forEachConcurrent(CONCURRENCY, counters, async ({ counter, values }) => {
    await setCut(db, tenant, counter, values.cut, cut, now());
  });
}
