import { forEachTenant } from '../../platform/for-each-tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { listJobs } from '../../store/jobs.ts';
import { requestOutdated } from './request-reconcile.ts';

/** Requests the reconciliation of every outdated job of every tenant, after stream records were discarded. */
export async function requestAllOutdated(platform: Pick<Platform, 'db' | 'log' | 'now' | 'random'>): Promise<void> {
  await forEachTenant(platform, 'registration', async (tenant) => {
    await requestOutdated(platform, tenant, await listJobs(platform.db, tenant), 0);
  });
}
