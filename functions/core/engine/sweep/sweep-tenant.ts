import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { recountJobs } from '../../store/job-counts.ts';
import { listJobStates } from '../../store/job-states.ts';
import { listJobs, requestReconcile } from '../../store/jobs.ts';
import { listRegistrations } from '../../store/registrations.ts';
import { isPurgeMinute, purgeTenant, type SweeperPlatform, sweepDeletedJobs } from './purge.ts';
import { sweepChildren, sweepFlows } from './sweep-flows.ts';
import { sweepLateness } from './sweep-lateness.ts';
import { sweepLeases } from './sweep-leases.ts';
import { sweepLocks } from './sweep-locks.ts';
import { sweepMissedTicks } from './sweep-missed-ticks.ts';
import { sweepNotifications } from './sweep-notifications.ts';
import { sweepQueued } from './sweep-queued.ts';

/** A registration that is this much behind its job has lost its stream record. */
const REGISTRATION_GRACE_MS = 60_000;

/**
 * Repairs what crashes and lost messages left of one tenant's runs (DESIGN 2 and 4).
 *
 * @param active whether to look at its active runs; without them it looks at jobs, ticks and what is due to go
 */
export async function sweepTenant(platform: SweeperPlatform, tenant: TenantId, active = true): Promise<void> {
  const { db } = platform;
  const [jobList, states] = await Promise.all([listJobs(db, tenant), listJobStates(db, tenant)]);
  const jobs = new Map(jobList.map((job) => [job.id, job]));
  if (active) {
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
  if (active) await sweepQueued(platform, tenant, jobs, states);
  for (const job of jobList) {
    const state = states.get(job.id);
    /* guard: sweep.missed-ticks */ if (state?.incarnation === job.incarnation)
      await sweepMissedTicks(platform, job, state);
  }
  // guard: sweep.notifications
  await sweepNotifications(platform, tenant);
  // guard: sweep.registrations
  await sweepRegistrations(platform, tenant, jobList);
  // guard: sweep.deleted-jobs
  await sweepDeletedJobs(platform, tenant);
  if (isPurgeMinute(tenant, platform.now())) {
    await purgeTenant(platform, jobList, platform.now());
    // Jobs that were restored from a backup, say, went past their count.
    await recountJobs(db, tenant);
  }
}

/** Wakes the registrar again for jobs it has not registered as they are. */
async function sweepRegistrations(
  platform: Platform,
  tenant: TenantId,
  jobs: Awaited<ReturnType<typeof listJobs>>,
): Promise<void> {
  const registrations = await listRegistrations(platform.db, tenant);
  const known = new Map(registrations.map((registration) => [registration.jobId, registration]));
  const now = platform.now();
  for (const job of jobs) {
    const registration = known.get(job.id);
    const current = registration?.incarnation === job.incarnation && registration.version === job.version;
    if (current || now - Date.parse(job.updatedAt) <= REGISTRATION_GRACE_MS) continue;
    platform.log.warn('registration.lagging', { tenant, job: job.id });
    await requestReconcile(platform.db, tenant, job.id, new Date(now).toISOString());
  }
}
