import { toRunCounts } from '../../domain/run-counts.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { forEachTenant } from '../../platform/for-each-tenant.ts';
import type { MetricValues } from '../../platform/metrics.ts';
import type { Platform } from '../../platform/platform.ts';
import { getCounter, getPlatformCounter } from '../../store/counters.ts';
import { getOldestQueuedTime } from '../../store/run-lists.ts';

/**
 * Publishes the pending, processing and failed runs as gauges, per tenant and for the stage. Reads one counter per
 * tenant, and one index key more per tenant with pending runs.
 *
 * @throws AggregateError if a tenant cannot be read; the stage's gauges are then not published, because the sum would
 * be wrong
 */
export async function publishMetrics(platform: Platform): Promise<void> {
  const { db, metrics } = platform;
  const levels: Awaited<ReturnType<typeof readLevel>>[] = [];
  await forEachTenant(platform, 'publish', async (tenant) => {
    const level = await readLevel(platform, tenant);
    metrics.gauge('tenant.measured', level, tenant);
    levels.push(level);
  });
  const sum = (name: keyof MetricValues) => levels.reduce((total, level) => total + (level[name] ?? 0), 0);
  const { current } = await getPlatformCounter(db);
  metrics.gauge('stage.measured', {
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
    OldestPendingAge: oldest === undefined ? 0 : Math.max(0, now() - Date.parse(oldest)) / 1_000,
    FailedRegistrations: current.failedRegistrations ?? 0,
  };
}
