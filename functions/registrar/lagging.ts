import { listJobs } from '../store/jobs.ts';
import { listRegistrations } from '../store/registrations.ts';
import { listTenants } from '../store/tenants.ts';
import { type Registrar, reconcile } from './reconcile.ts';

/** Reconciles every job whose registration is not of its version, and every registration without its job. */
export async function reconcileLagging(registrar: Registrar): Promise<void> {
  const { db, log } = registrar.platform;
  for (const tenant of await listTenants(db)) {
    const [jobs, registrations] = await Promise.all([listJobs(db, tenant), listRegistrations(db, tenant)]);
    const known = new Map(registrations.map((registration) => [registration.jobId, registration]));
    const lagging = jobs.filter(({ id, incarnation, version }) => {
      const registration = known.get(id);
      return registration?.incarnation !== incarnation || registration.version !== version;
    });
    const ids = new Set(jobs.map(({ id }) => id));
    const orphans = registrations.filter(({ jobId }) => !ids.has(jobId));
    for (const jobId of [...lagging.map(({ id }) => id), ...orphans.map((orphan) => orphan.jobId)]) {
      log.info('registration.lagging', { tenant, job: jobId });
      await reconcile(registrar, tenant, jobId);
    }
  }
}
