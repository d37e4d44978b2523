import { listJobs, requestReconcile } from '../../store/jobs.ts';
import { listRegistrations } from '../../store/registrations.ts';
import { listTenants } from '../../store/tenants.ts';
import { type Registrar, unregister } from './reconcile-job.ts';

/**
 * Requests the reconciliation of every job whose registration has another version, and unregisters jobs that no longer
 * exist.
 *
 * Jobs are registered by the stream only, in its order. If two processes registered one job at the same time, the older
 * version could reach EventBridge Scheduler last, and nothing would detect it.
 */
export async function reconcileLagging(registrar: Registrar): Promise<void> {
  const { db, log, now } = registrar.platform;
  for (const tenant of await listTenants(db)) {
    const [jobs, registrations] = await Promise.all([listJobs(db, tenant), listRegistrations(db, tenant)]);
    const known = new Map(registrations.map((registration) => [registration.jobId, registration]));
    const lagging = jobs.filter(({ id, incarnation, version }) => {
      const registration = known.get(id);
      return registration?.incarnation !== incarnation || registration.version !== version;
    });
    for (const { id } of lagging) {
      log.info('registration.outdated', { tenant, job: id });
      await requestReconcile(db, tenant, id, new Date(now()).toISOString());
    }
    const ids = new Set(jobs.map(({ id }) => id));
    for (const registration of registrations.filter(({ jobId }) => !ids.has(jobId))) {
      log.info('registration.orphaned', { tenant, job: registration.jobId });
      await unregister(registrar, tenant, registration);
    }
  }
}
