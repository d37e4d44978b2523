import { differences, driftOf } from '../../domain/drift.ts';
import { inParallel } from '../../platform/in-parallel.ts';
import type { Platform } from '../../platform/platform.ts';
import { getAuditedTenant, putAuditedTenant } from '../../store/audits.ts';
import { getPlatformCounter } from '../../store/counters.ts';
import { listTenants } from '../../store/tenants.ts';
import { type Audit, auditTenant, CONFIRM_AFTER_MS, type Drift } from './audit.ts';
import { advanceRebuild } from './rebuild.ts';
import { QUIET_MS, stampOf } from './recount.ts';
import { type HasTime, OutOfTime, type Pause } from './time.ts';

/** Tenants that are audited at the same time. */
const AT_ONCE = 8;

/**
 * Goes on with rebuilds that are under way, audits the tenants, and publishes by how much their counters drift. What it
 * has no time for, the next one begins with.
 *
 * @throws AggregateError when tenants could not be audited, after the others were
 */
export async function auditAll(platform: Platform, hasTime: HasTime, pause: Pause): Promise<void> {
  const { db, log, metrics } = platform;
  const tenants = (await listTenants(db)).sort();
  const last = await getAuditedTenant(db);
  const todo = tenants.filter((tenant) => last === undefined || tenant > last);
  const audits: Audit[] = [];
  const failed: unknown[] = [];
  let reached = last ?? null;
  let stopped = false;
  await inParallel(AT_ONCE, todo, async (tenant) => {
    stopped ||= !hasTime();
    if (stopped) return;
    reached = tenant;
    try {
      await advanceRebuild(platform, tenant, hasTime);
      const audit = await auditTenant(platform, tenant, hasTime, pause);
      metrics.level('tenant.audit', { CounterDrift: drift(audit.drifts) }, tenant);
      audits.push(audit);
    } catch (error) {
      if (error instanceof OutOfTime) return log.warn('audit.out_of_time', { tenant });
      log.error('audit.failed', { tenant, error: String(error) });
      failed.push(error);
    }
  });
  await putAuditedTenant(db, stopped ? reached : null);
  const drifts = audits.flatMap((audit) => audit.drifts);
  if (audits.length === tenants.length) drifts.push(...(await auditPlatform(platform, audits, pause)));
  const compared = audits.reduce((sum, audit) => sum + audit.compared, 0);
  log.info('audit.done', { tenants: audits.length, of: tenants.length, compared, drifting: drifts.length });
  metrics.level('stage.audit', { CounterDrift: drift(drifts) });
  if (failed.length > 0) throw new AggregateError(failed, `audit: ${failed.length} tenants failed`);
}

const drift = (drifts: readonly Drift[]) => driftOf(drifts.map(({ differences: found }) => found));

/** Compares what belongs to no tenant with the sum over all tenants, when all of it was quiet. */
async function auditPlatform(platform: Platform, audits: readonly Audit[], pause: Pause): Promise<Drift[]> {
  const { db, now, log } = platform;
  const since = now() - QUIET_MS;
  const counts = audits.map(({ failedRegistrations }) => failedRegistrations);
  const counter = await getPlatformCounter(db);
  if (counts.includes(null) || counter.changedAt > since) return [];
  const failedRegistrations = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const found = differences(counter.current, { failedRegistrations }, ['failedRegistrations']);
  if (Object.keys(found).length === 0) return [];
  try {
    await pause(CONFIRM_AFTER_MS);
  } catch (error) {
    if (error instanceof OutOfTime) return [];
    throw error;
  }
  if (stampOf(await getPlatformCounter(db)) !== stampOf(counter)) return [];
  log.error('audit.drift', { counter: 'PLATFORM', differences: found, drift: driftOf([found]) });
  return [{ name: 'PLATFORM', differences: found }];
}
