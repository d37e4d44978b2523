import { differences, totalDrift } from '../../domain/drift.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { forEachConcurrent } from '../../platform/for-each-concurrent.ts';
import type { Platform } from '../../platform/platform.ts';
import { type HasTime, OutOfTimeError, type Pause } from '../../platform/time-budget.ts';
import { getPlatformCounter } from '../../store/counters.ts';
import { getReconciledTenant, putReconciledTenant } from '../../store/reconciliation-progress.ts';
import { listTenants } from '../../store/tenants.ts';
import { advanceRebuild } from './advance-rebuild.ts';
import { changeStamp } from './quiet-parts.ts';
import { CONFIRM_AFTER_MS, type Drift, reconcileTenant, type TenantReconciliation } from './reconcile-tenant.ts';
import { QUIET_MS } from './recount.ts';

/** Tenants reconciled at the same time. */
const CONCURRENCY = 8;

/** Milliseconds after which counters that were not quiet are visited again: purges of a tenant take less than a minute. */
const REVISIT_AFTER_MS = QUIET_MS + 60_000;

/**
 * Advances running rebuilds, reconciles all tenants, and publishes the drift of their counters. Tenants with busy
 * counters that could not be compared are visited once more. The next invocation starts with the tenants for which the
 * time ran out.
 *
 * @throws AggregateError if tenants could not be reconciled, after all others were
 */
export async function reconcileCounters(platform: Platform, hasTime: HasTime, pause: Pause): Promise<void> {
  const { db, log, metrics } = platform;
  const tenants = (await listTenants(db)).sort();
  const last = await getReconciledTenant(db);
  const remaining = tenants.filter((tenant) => last === undefined || tenant > last);
  const results = new Map<TenantId, TenantReconciliation>();
  const failed: unknown[] = [];
  let lastReached = last ?? null;
  let stopped = false;
  const reconcile = async (tenant: TenantId) => {
    const result = await reconcileTenant(platform, tenant, hasTime, pause);
    metrics.gauge('tenant.reconciled', { CounterDrift: drift(result.drifts) }, tenant);
    results.set(tenant, result);
  };
  await forEachConcurrent(CONCURRENCY, remaining, async (tenant) => {
    stopped ||= !hasTime();
    if (stopped) return;
    lastReached = tenant;
    try {
      await advanceRebuild(platform, tenant, hasTime);
      await reconcile(tenant);
    } catch (error) {
      if (error instanceof OutOfTimeError) return log.warn('reconciliation.interrupted', { tenant });
      log.error('reconciliation.failed', { tenant, error: String(error) });
      failed.push(error);
    }
  });
  await putReconciledTenant(db, stopped ? lastReached : null);
  await revisit(platform, results, reconcile, pause);
  const all = [...results.values()];
  const drifts = all.flatMap((result) => result.drifts);
  if (all.length === tenants.length) drifts.push(...(await reconcilePlatformCounter(platform, all, pause)));
  log.info('reconciliation.completed', {
    tenants: all.length,
    of: tenants.length,
    compared: all.reduce((sum, result) => sum + result.compared, 0),
    postponed: all.reduce((sum, result) => sum + result.postponed, 0),
    drifting: drifts.length,
  });
  metrics.gauge('stage.reconciled', { CounterDrift: drift(drifts) });
  if (failed.length > 0) throw new AggregateError(failed, `reconciliation: ${failed.length} tenants failed`);
}

/** Reconciles the tenants with postponed counters again. One that fails keeps its first result. */
async function revisit(
  { log }: Platform,
  results: ReadonlyMap<TenantId, TenantReconciliation>,
  reconcile: (tenant: TenantId) => Promise<void>,
  pause: Pause,
): Promise<void> {
  const postponed = [...results].flatMap(([tenant, result]) => (result.postponed > 0 ? [tenant] : []));
  if (postponed.length === 0) return;
  try {
    await pause(REVISIT_AFTER_MS);
    await forEachConcurrent(CONCURRENCY, postponed, reconcile);
  } catch (error) {
    log.warn('reconciliation.postponed', { tenants: postponed.length, error: String(error) });
  }
}

const drift = (drifts: readonly Drift[]) => totalDrift(drifts.map(({ differences: found }) => found));

/** Compares the platform's counter with the sum over all tenants, if all of them were quiet. */
async function reconcilePlatformCounter(
  platform: Platform,
  results: readonly TenantReconciliation[],
  pause: Pause,
): Promise<Drift[]> {
  const { db, now, log } = platform;
  const since = now() - QUIET_MS;
  const counts = results.map(({ failedRegistrations }) => failedRegistrations);
  const counter = await getPlatformCounter(db);
  if (counts.includes(null) || counter.changedAt > since) return [];
  const failedRegistrations = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const found = differences(counter.current, { failedRegistrations }, ['failedRegistrations']);
  if (Object.keys(found).length === 0) return [];
  try {
    await pause(CONFIRM_AFTER_MS);
  } catch (error) {
    if (error instanceof OutOfTimeError) return [];
    throw error;
  }
  if (changeStamp(await getPlatformCounter(db)) !== changeStamp(counter)) return [];
  log.error('counter.drifted', { counter: 'PLATFORM', differences: found, drift: totalDrift([found]) });
  return [{ name: 'PLATFORM', differences: found }];
}
