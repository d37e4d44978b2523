import type { Counts } from '../../domain/drift.ts';
import type { Job, Registration } from '../../domain/job.ts';
import type { DeletedJob } from '../../store/deleted-jobs.ts';

/** Attributes of the tenant's counter that count definitions, not runs. */
export const DEFINITION_NAMES = ['jobs', 'failedRegistrations'] as const;

/** Counts jobs and failed registrations. `changedAt` is the time of their newest change in epoch milliseconds. */
export function countDefinitions(
  jobs: readonly Job[],
  deletedJobs: readonly DeletedJob[],
  registrations: readonly Registration[],
): { readonly counts: Counts; readonly changedAt: number } {
  const times = [
    ...jobs.map(({ updatedAt }) => updatedAt),
    ...deletedJobs.map(({ deletedAt }) => deletedAt),
    ...registrations.map(({ updatedAt }) => updatedAt),
  ];
  return {
    counts: {
      jobs: jobs.length,
      failedRegistrations: registrations.filter(({ status }) => status === 'failed').length,
    },
    changedAt: times.reduce((latest, time) => Math.max(latest, Date.parse(time)), 0),
  };
}
