import { createHash } from 'node:crypto';
import { isFlowRun, type Run, type SkippedTick } from './run.ts';
import type { TenantId } from './tenant.ts';
import { DAY_MS, HOUR_MS } from './timing.ts';

/**
 * Returns the time from which DynamoDB may remove the row of a run or skipped tick, epoch milliseconds: the first time at
 * the tenant's hour of the day after its retention. The rows of a tenant are removed together, once a day, because the
 * counts of older runs can be compared with the rows only while they do not change. The hours of tenants differ, so that
 * the stream receives the removals over the day.
 */
export function removalTime(tenant: TenantId, purgeAt: string): number {
  const hour = createHash('sha256').update(tenant).digest().readUInt16BE(2) % 24;
  const days = (Date.parse(purgeAt) - hour * HOUR_MS) / DAY_MS;
  return /* guard: row.removal.daily */ Math.ceil(days) * DAY_MS + hour * HOUR_MS;
}

/**
 * Maximum time from the end of a retention to the removal of the row: a day until its hour, and two for DynamoDB. The
 * sweeper removes rows that are left after it.
 */
export const REMOVAL_MS = 3 * DAY_MS;

/**
 * Returns the time from which a run or skipped tick is not shown, epoch milliseconds. An expired row is shown and counted
 * until DynamoDB removes it, so that lists and counters agree. The rows and objects of a flow run are removed by the
 * sweeper, and therefore on time.
 */
export function hiddenFrom(row: Run | SkippedTick): number {
  const isFlow = row.state !== 'skipped' && isFlowRun(row);
  return Date.parse(row.purgeAt) + (isFlow ? /* guard: row.hidden.flow */ 0 : /* guard: row.shown.stored */ REMOVAL_MS);
}
