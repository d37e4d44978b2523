import { runCounts } from '../domain/run-counts.ts';
import type { TenantId } from '../domain/tenant.ts';
import { eachTenant } from '../platform/each-tenant.ts';
import type { Measured } from '../platform/metrics.ts';
import type { Platform } from '../platform/platform.ts';
import { getCounter, getPlatformCounter } from '../store/counters.ts';
import { oldestQueuedTime } from '../store/run-lists.ts';

/**
 * Publishes how things stand: of each tenant with metrics of its own, and of all tenants together. Reads one counter a
 * tenant, and one key more where something is pending.
 *
 * @throws AggregateError when a tenant cannot be read; the sum of the others would be a wrong number, and is not
 *   published
 */
export async function publish(platform: Platform): Promise<void> {
  const { db, metrics } = platform;
  const levels: Awaited<ReturnType<typeof levelOf>>[] = [];
  await eachTenant(platform, 'publish', async (tenant) => {
    const level = await levelOf(platform, tenant);
    metrics.level('tenant.level', level, tenant);
    levels.push(level);
  });
  const sum = (name: keyof Measured) => levels.reduce((total, level) => total + (level[name] ?? 0), 0);
  const { current } = await getPlatformCounter(db);
  metrics.level('stage.level', {
    PendingRuns: sum('PendingRuns'),
    ProcessingRuns: sum('ProcessingRuns'),
    FailedRuns: sum('FailedRuns'),
    OldestPendingAge: Math.max(0, ...levels.map(({ OldestPendingAge = 0 }) => OldestPendingAge)),
    FailedRegistrations: current.failedRegistrations ?? 0,
  });
}

async function levelOf({ db, now }: Platform, tenant: TenantId): Promise<Measured> {
  const { current } = await getCounter(db, tenant, { kind: 'tenant' });
  const { pending, processing, failed } = runCounts(current);
  const oldest = pending > 0 ? await oldestQueuedTime(db, tenant) : undefined;
  return {
    PendingRuns: pending,
    ProcessingRuns: processing,
    FailedRuns: failed,
    OldestPendingAge: oldest === undefined ? 0 : (now() - Date.parse(oldest)) / 1_000,
    FailedRegistrations: current.failedRegistrations ?? 0,
  };
}
