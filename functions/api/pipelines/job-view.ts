import type { Flow } from '../../core/domain/flow/flow.ts';
import type { RunWithFlow } from '../../core/domain/run.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { publicCheckpointId } from './checkpoint-id.ts';
import type { PipelineJob } from './find-job.ts';
import type { JobState } from './job-state.ts';
import { isRunningDesired, toJobState } from './job-state.ts';
import { type JobTotals, toJobTotals } from './job-totals.ts';

/** A job in a list. Times are epoch milliseconds. */
export interface JobSummary {
  readonly id: string;
  readonly pipeline_id: string;
  readonly running_desired: boolean;
  readonly state: JobState;
  /** Number within the pipeline, starting at 1. Skipped ticks of its schedule have numbers too. */
  readonly run_id: number;
  readonly start_time: number | null;
  readonly finish_time: number | null;
  /** 0 before planning. */
  readonly tasks: number;
  /** Failure message; `null` unless the job failed. */
  readonly failure_message: string | null;
  readonly created_at: number;
  /** Id of the job that this job continues. */
  readonly restarted_from: string | null;
  /** Checkpoint of that job from which this one continues; `null` for the beginning. */
  readonly checkpoint_id: string | null;
}

/** A job in a response about it alone. */
export interface JobView extends JobSummary {
  readonly metrics: JobTotals;
  readonly parallelism: number;
  /** The flow at the time of planning. */
  readonly configuration: Flow;
}

export function toJobSummary(run: RunWithFlow, state: JobState): JobSummary {
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
