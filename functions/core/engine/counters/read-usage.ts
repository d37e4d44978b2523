import { toDay } from '../../domain/compute.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { toUsage } from '../../domain/usage.ts';
import { reportUsage, type UsageGroup, type UsagePeriod } from '../../domain/usage-report.ts';
import type { Platform } from '../../platform/platform.ts';
import { getCounter, listDays } from '../../store/counters.ts';

export interface UsageRange {
  /** First day, `YYYY-MM-DD` in UTC. */
  readonly from: string;
  /** Last day. Days after today are omitted; a range of such days is empty. */
  readonly to: string;
  readonly group: UsageGroup;
}

/** Returns the usage of a tenant by day or month, oldest first. */
export async function readUsage(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  { from, to, group }: UsageRange,
): Promise<readonly UsagePeriod[]> {
  const time = now();
  const today = toDay(time);
  if (from > today) return [];
  const [counter, counted] = await Promise.all([
    getCounter(db, tenant, { kind: 'tenant' }),
    // Including later days than the range: they tell the stored bytes at its end.
    listDays(db, tenant, from, today),
  ]);
  return reportUsage(counted, toUsage(counter, time).storedBytes, { from, through: to < today ? to : today, group });
}
