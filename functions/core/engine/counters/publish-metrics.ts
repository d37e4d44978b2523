import { toRunCounts } from '../../domain/run-counts.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { forEachTenant } from '../../platform/for-each-tenant.ts';
import type { MetricValues } from '../../platform/metrics.ts';
import type { Platform } from '../../platform/platform.ts';
import { getCounter, getPlatformCounter } from '../../store/counters.ts';
import { getOldestQueuedTime } from '../../store/run-lists.ts';

/**
 * Publishes how things stand: of each tenant with metrics of its own, and of all tenants together. Reads one counter a
 * tenant, and one key more where something is pending.
 *
 * @throws AggregateError when a tenant cannot be read; the sum of the others would be a wrong number, and is not
 *   published
 */
export async function publishMetrics(platform: Platform): Promise<void> {
  const { db, metrics } = platform;
  const levels: Awaited<ReturnType<typeof readLevel>>[] = [];
  await forEachTenant(platform, 'publish', async (tenant) => {
    const level = await readLevel(platform, tenant);
    metrics.gauge('tenant.level', level, tenant);
    levels.push(level);
  });
  const sum = (name: keyof MetricValues) => levels.reduce((total, level) => total + (level[name] ?? 0), 0);
  const { current } = await getPlatformCounter(db);
  metrics.gauge('stage.level', {
    PendingRuns: sum('PendingRuns'),
    ProcessingRuns: sum('ProcessingRuns'),
    FailedRuns: sum('FailedRuns'),
    OldestPendingAge: Math.max(0, ...levels.map(({ OldestPendingAge = 0 }) => OldestPendingAge)),
    FailedRegistrations: current.failedRegistrations ?? 0,
  });
}

async function readLevel({ db, now }: Platform, tenant: TenantId): Promise<MetricValues> {
  const { current } = await getCounter(db, tenant, { kind: 'tenant' });
  const { pending, processing, failed } = toRunCounts(current);
  const oldest = pending > 0 ? await getOldestQueuedTime(db, tenant) : undefined;
  return {
    PendingRuns: pending,
    ProcessingRuns: processing,
    FailedRuns: failed,
    OldestPendingAge: oldest === undefined ? 0 : (now() - Date.parse(oldest)) / 1_000,
    FailedRegistrations: current.failedRegistrations ?? 0,
  };
}
