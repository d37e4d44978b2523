import { listJobs, requestReconcile } from '../../store/jobs.ts';
import { listRegistrations } from '../../store/registrations.ts';
import { listTenants } from '../../store/tenants.ts';
import { type Registrar, unregister } from './reconcile-job.ts';

/**
 * Makes the stream tell of every job again whose registration is not of its version, and forgets every registration
 * without its job. Jobs are registered in the order of the stream alone: of two who register one at the same time, the
 * scheduler could hear last of the one who knows less, and nothing would ever show it.
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
      log.info('registration.lagging', { tenant, job: id });
      await requestReconcile(db, tenant, id, new Date(now()).toISOString());
    }
    const ids = new Set(jobs.map(({ id }) => id));
    for (const registration of registrations.filter(({ jobId }) => !ids.has(jobId))) {
      log.info('registration.orphaned', { tenant, job: registration.jobId });
      await unregister(registrar, tenant, registration);
    }
  }
}
