import type { TenantId } from '../../domain/tenant.ts';
import { recountJobs } from '../../store/job-counts.ts';
import { listJobStates } from '../../store/job-states.ts';
import { listJobs } from '../../store/jobs.ts';
import { requestOutdated } from '../registration/request-reconcile.ts';
import { isPurgeMinute, purgeTenant, type SweeperPlatform, sweepDeletedJobs } from './purge.ts';
import { sweepChildren, sweepFlows } from './sweep-flows.ts';
import { sweepLateness } from './sweep-lateness.ts';
import { sweepLeases } from './sweep-leases.ts';
import { sweepLocks } from './sweep-locks.ts';
import { sweepMissedTicks } from './sweep-missed-ticks.ts';
import { sweepNotifications } from './sweep-notifications.ts';
import { sweepQueued } from './sweep-queued.ts';

/** Age in milliseconds at which a missing registration means that its stream record was lost. */
const REGISTRATION_GRACE_MS = 60_000;

/**
 * Repairs one tenant after crashes and lost messages.
 *
 * @param includeActiveRuns `false` skips the active runs; jobs, ticks and due rows are always processed
 */
export async function sweepTenant(
  platform: SweeperPlatform,
  tenant: TenantId,
  includeActiveRuns = true,
): Promise<void> {
  const { db } = platform;
  const [jobList, states] = await Promise.all([listJobs(db, tenant), listJobStates(db, tenant)]);
  const jobs = new Map(jobList.map((job) => [job.id, job]));
  if (includeActiveRuns) {
    // guard: sweep.leases
    await sweepLeases(platform, tenant);
    // guard: sweep.flows
    await sweepFlows(platform, tenant, jobs);
    // guard: sweep.children
    await sweepChildren(platform, tenant);
    await sweepLateness(platform, tenant, jobs);
  }
  // guard: sweep.locks
  await sweepLocks(platform, jobs, states);
  // guard: sweep.queued
  if (includeActiveRuns) await sweepQueued(platform, tenant, jobs, states);
  for (const job of jobList) {
    const state = states.get(job.id);
    /* guard: sweep.missed-ticks */ if (state?.incarnation === job.incarnation)
      await sweepMissedTicks(platform, job, state);
  }
  // guard: sweep.notifications
  await sweepNotifications(platform, tenant);
  // guard: sweep.registrations
  await requestOutdated(platform, tenant, jobList, REGISTRATION_GRACE_MS);
  // guard: sweep.deleted-jobs
  await sweepDeletedJobs(platform, tenant);
  if (isPurgeMinute(tenant, platform.now())) {
    await purgeTenant(platform, jobList, platform.now());
    // Jobs restored from a backup were not counted.
    await recountJobs(db, tenant);
  }
}
