import * as z from 'zod';
import type { RunWithFlow } from '../../core/domain/run.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { flowResponse } from '../definition/definition-view.ts';
import { lazy, type ViewOf } from '../http/route.ts';
import { epochMilliseconds, namedSchema, nonNegativeInteger } from '../openapi/common-schemas.ts';
import { publicCheckpointId } from './checkpoint-id.ts';
import type { PipelineJob } from './find-job.ts';
import { isRunningDesired, JOB_STATES, type JobState, toJobState } from './job-state.ts';
import { jobTotals, toJobTotals } from './job-totals.ts';

const jobFields = () => ({
  id: z.string(),
  pipeline_id: z.string(),
  running_desired: z.boolean().describe('Whether the job was started and neither ended nor was asked to stop.'),
  state: z.enum(JOB_STATES),
  run_id: nonNegativeInteger().describe(
    'Number within the pipeline, starting at 1. Skipped ticks of its schedule have numbers too.',
  ),
  start_time: epochMilliseconds().nullable(),
  finish_time: epochMilliseconds().nullable(),
  tasks: nonNegativeInteger().describe('Number of tasks; 0 before planning.'),
  failure_message: z.string().nullable(),
  created_at: epochMilliseconds(),
  restarted_from: z.string().nullable().describe('Id of the job that this job continues.'),
  checkpoint_id: z
    .string()
    .nullable()
    .describe('Checkpoint of that job from which this job continues; `null` for the beginning.'),
});

export const jobSummary = lazy(() => namedSchema('PipelinesJobSummary', z.object(jobFields())));
/** A job in a list. */
export type JobSummaryView = ViewOf<typeof jobSummary>;

export const job = lazy(() =>
  namedSchema(
    'PipelinesJob',
    z.object({
      ...jobFields(),
      metrics: jobTotals(),
      parallelism: nonNegativeInteger(),
      configuration: flowResponse().describe('The flow at the time of planning.'),
    }),
  ),
);
/** A job with its totals and its flow. */
export type JobView = ViewOf<typeof job>;

export function toJobSummary(run: RunWithFlow, state: JobState): JobSummaryView {
  const { restart, plan } = run.flow;
  const previousRun = restart && { ...run, ulid: restart.from };
  return {
    id: publicRunId(run),
    pipeline_id: run.jobId,
    running_desired: isRunningDesired(run.state),
    state,
    run_id: run.number,
    start_time: toEpochMs(run.startedAt),
    finish_time: toEpochMs(run.finishedAt),
    tasks: plan?.tasks ?? 0,
    failure_message: run.state === 'failed' ? (run.failure?.message ?? null) : null,
    created_at: Date.parse(run.createdAt),
    restarted_from: previousRun ? publicRunId(previousRun) : null,
    checkpoint_id: previousRun && restart.epoch !== null ? publicCheckpointId(previousRun, restart.epoch) : null,
  };
}

export function toJobView({ run, flow, tasks }: PipelineJob, now: number): JobView {
  return {
    ...toJobSummary(run, toJobState(run, tasks, now)),
    metrics: toJobTotals(flow, tasks),
    parallelism: flow.parallelism,
    configuration: flow,
  };
}

const toEpochMs = (time: string | null): number | null => (time === null ? null : Date.parse(time));
