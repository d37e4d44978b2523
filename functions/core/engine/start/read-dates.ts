import { calendarsOf, datesOf, type NamedCalendars } from '../../domain/calendar-dates.ts';
import type { Job } from '../../domain/job.ts';
import type { DateFilter } from '../../domain/schedule/index.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { getCalendars } from '../../store/calendars.ts';
import type { Db } from '../../store/db.ts';

/**
 * Returns the dates that the calendars of a job leave, read consistently. A job that names no calendar costs no read.
 *
 * @returns `undefined` for all dates
 */
export async function readDates(db: Db, job: NamedCalendars & Pick<Job, 'tenant'>): Promise<DateFilter | undefined> {
  return (await readDatesOf(db, job.tenant, [job]))(job);
}

/** Reads the calendars of several jobs of a tenant at once, and returns the dates of each job like {@link readDates}. */
export async function readDatesOf(
  db: Db,
  tenant: TenantId,
  jobs: readonly NamedCalendars[],
): Promise<(job: NamedCalendars) => DateFilter | undefined> {
  const calendars = await getCalendars(db, tenant, [...new Set(jobs.flatMap(calendarsOf))]);
  return (job) => datesOf(job, calendars);
}
