import type { Job } from '../domain/job.ts';
import type { NotificationDefaults, NotificationDestinations } from '../domain/notification/delivery.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, getMany } from './db.ts';
import { toJob } from './job-item.ts';
import { type JobRef, jobKey, notificationDefaultsKey } from './keys.ts';
import { toNotificationDefaults } from './notification-defaults.ts';

/** The notification destinations of a job and the defaults of its tenant. */
export interface NotificationSettings {
  readonly job: NotificationDestinations & Pick<Job, 'id' | 'name' | 'tags'>;
  readonly defaults: NotificationDefaults;
}

/** Returns the notification settings of the jobs in order, read consistently; `undefined` for a deleted job. */
export async function getNotificationSettings(
  db: Db,
  jobs: readonly JobRef[],
): Promise<(NotificationSettings | undefined)[]> {
  const tenants = [...new Set(jobs.map(({ tenant }) => tenant))];
  const items = await getMany(db, [
    ...jobs.map(({ tenant, jobId }) => ({ table: db.tables.jobs, key: jobKey(tenant, jobId) })),
    ...tenants.map((tenant) => ({ table: db.tables.access, key: notificationDefaultsKey(tenant) })),
  ]);
  const defaultsOf = (tenant: TenantId) => toNotificationDefaults(items[jobs.length + tenants.indexOf(tenant)]);
  return jobs.map(({ tenant, incarnation }, i) => {
    const item = items[i];
    if (!item || item.incarnation !== incarnation) return undefined;
    const { id, name, tags, onFailure, onSuccess, onLate } = toJob(item);
    return { job: { id, name, tags, onFailure, onSuccess, onLate }, defaults: defaultsOf(tenant) };
  });
}
