import { createReadCounter, type ReadBudget } from '../http/read-budget.ts';
import { route } from '../http/route.ts';
import { jobParameter, requirePipelineJob } from './find-job.ts';
import { job, jobSummary, toJobView } from './job-view.ts';
import { jobsQuery, pipelineJobsQuery } from './jobs-query.ts';
import { readJobsPage, tooFewMatchesError } from './list-jobs.ts';
import { pageOf } from './page.ts';
import { pipelineParameter, requirePipeline } from './pipelines.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';

/** About 5 s at 50 ms for 2,000 keys and 10 ms for 100 rows. */
const READ_BUDGET: ReadBudget = { keys: 100_000, rows: 20_000, reservedMs: 8_000 };

interface ListDependencies extends Pick<PipelinesPlatform, 'db' | 'now'> {
  /** @defaultValue `READ_BUDGET` */
  readonly readBudget?: ReadBudget;
}

export const listJobs = route({
  method: 'GET',
  path: '/api/v1/jobs',
  operation: 'listJobs',
  action: 'read',
  polled: true,
  query: jobsQuery,
  openapi: () => ({ summary: 'List jobs', description: 'A job is a run of a pipeline.' }),
  responses: () => ({
    200: { description: 'A page of jobs, newest first by default.', body: pageOf(jobSummary()) },
  }),
  async handle(
    { caller: { tenant }, query, remainingMs },
    { readBudget = READ_BUDGET, ...platform }: ListDependencies,
  ) {
    const countReads = createReadCounter(readBudget, remainingMs, (count) => tooFewMatchesError(query, count));
    return { status: 200, body: await readJobsPage(platform, tenant, query, countReads) };
  },
});

export const listPipelineJobs = route({
  method: 'GET',
  path: '/api/v1/pipelines/{pipeline_id}/jobs',
  operation: 'listPipelineJobs',
  action: 'read',
  polled: true,
  query: pipelineJobsQuery,
  openapi: () => ({ summary: 'List the jobs of a pipeline', pathParameters: pipelineParameter(), errors: [404] }),
  responses: () => ({
    200: { description: 'A page of jobs, newest first by default.', body: pageOf(jobSummary()) },
  }),
  async handle(
    { caller: { tenant }, params: { pipeline_id }, query: parameters, remainingMs },
    { readBudget = READ_BUDGET, ...platform }: ListDependencies,
  ) {
    const { id: pipelineId } = await requirePipeline(platform.db, tenant, pipeline_id);
    const query = { ...parameters, filter: { ...parameters.filter, pipelineId } };
    const countReads = createReadCounter(readBudget, remainingMs, (count) => tooFewMatchesError(query, count));
    return { status: 200, body: await readJobsPage(platform, tenant, query, countReads) };
  },
});

export const getJob = route({
  method: 'GET',
  path: '/api/v1/jobs/{job_id}',
  operation: 'getJob',
  action: 'read',
  polled: true,
  openapi: () => ({ summary: 'Get a job', pathParameters: jobParameter(), errors: [404] }),
  responses: () => ({ 200: { description: 'The job.', body: job() } }),
  async handle(
    { caller: { tenant }, params: { job_id } },
    platform: Pick<PipelinesPlatform, 'db' | 'now' | 'objects'>,
  ) {
    return { status: 200, body: toJobView(await requirePipelineJob(platform, tenant, job_id), platform.now()) };
  },
});
