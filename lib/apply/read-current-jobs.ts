import type { JobView, ListedJobView } from '../../functions/api/runner/job-view.ts';
import { type ApiClient, ApiError, path } from '../cli/api.ts';
import { PROJECT_LABEL } from './managed-labels.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { pickDefinition } from './normalize-job.ts';
import { type CurrentJob, idOf, type PlanOptions, planChanges, type WantedJob } from './plan.ts';
import { retryThrottled } from './retry-throttled.ts';

/** Jobs of one tenant that are read at a time. */
const CONCURRENCY = 4;

/**
 * Reads the jobs of a tenant. The list of jobs suffices for those that stay unchanged. The others are read one by one,
 * for their entity tags and for the fields that a long list omits.
 */
export async function readCurrentJobs(
  api: ApiClient,
  wanted: readonly WantedJob[],
  options: PlanOptions,
): Promise<readonly CurrentJob[]> {
  const { jobs } = await retryThrottled(() => api.get<{ readonly jobs: readonly ListedJobView[] }>('/jobs'));
  const declared = new Set(wanted.map(({ definition }) => definition.id));
  const isRelevant = ({ id, labels }: ListedJobView) =>
    declared.has(id) || labels === null || labels[PROJECT_LABEL] === options.project;
  const complete = jobs
    .filter(({ shortened }) => !shortened)
    .map((job) => ({ definition: pickDefinition(job as JobView) }));
  const stale = planChanges(wanted, complete, options).actions.filter(({ kind }) => kind !== 'create');
  const toRead = new Set([
    ...stale.map(idOf),
    ...jobs.filter((job) => job.shortened && isRelevant(job)).map(({ id }) => id),
  ]);
  const read = await mapConcurrently([...toRead], CONCURRENCY, (id) => readJob(api, id));
  return [
    ...complete.filter(({ definition }) => !toRead.has(definition.id)),
    ...read.filter((job) => job !== undefined),
  ];
}

/** @returns `undefined` if the job was deleted after the list had been read */
async function readJob(api: ApiClient, id: string): Promise<CurrentJob | undefined> {
  try {
    const { body, etag } = await retryThrottled(() => api.request<{ readonly job: JobView }>('GET', path`/jobs/${id}`));
    return { definition: pickDefinition(body.job), etag };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
