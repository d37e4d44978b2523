import type { DefinitionView } from '../../../functions/api/definition/definition-view.ts';
import { normalizeJobs } from '../../../lib/apply/normalize-job.ts';
import type { CurrentJob, WantedJob } from '../../../lib/apply/plan.ts';
import { START } from '../fakes/platform.ts';

/** Name of the project in tests of `apply`. */
export const PROJECT = 'my-jobs';
/** Tenant of the jobs. */
export const TENANT = 'acme';

/** Returns a job that a project declares. @throws Error if it is invalid */
export async function aWantedJob(job: { readonly id: string }, project = PROJECT, tenant = TENANT): Promise<WantedJob> {
  const declared = { file: `jobs/${job.id}.ts`, job: { name: 'A', script: 'echo', ...job } };
  const { jobs, errors } = await normalizeJobs([declared], { project, tenant }, START);
  if (!jobs[0]) throw new Error(errors.join('\n'));
  return jobs[0];
}

/** Returns a job of a tenant that a project has applied. */
export async function anAppliedJob(
  job: { readonly id: string },
  project = PROJECT,
  tenant = TENANT,
): Promise<CurrentJob> {
  return { definition: (await aWantedJob(job, project, tenant)).definition, etag: '"a-1"' };
}

/** Returns the job after a change by other means than `apply`. */
export const withManualChange = (job: CurrentJob, change: Partial<DefinitionView>): CurrentJob => ({
  ...job,
  definition: { ...job.definition, ...change },
});
