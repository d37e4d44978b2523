import * as z from 'zod';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import { isJobId, JOB_ID, JOB_ID_RULE } from '../../core/domain/job-id.ts';
import { durationOf, type Run, type RunState } from '../../core/domain/run.ts';
import { type RunCounts, toRunCounts } from '../../core/domain/run-counts.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { truncate } from '../../core/domain/text.ts';
import { readNextRun } from '../../core/engine/start/read-next-runs.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { type CounterValues, getCounter } from '../../core/store/counters.ts';
import { getJob } from '../../core/store/jobs.ts';
import { jobRefOf } from '../../core/store/keys.ts';
import { listExecuted } from '../../core/store/run-lists.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger, pathParameter, timestamp } from '../openapi/common-schemas.ts';
import { formatPercent, formatSeconds } from './format.ts';

/** Number of executions in the recent history, from the admin job stats contract. */
const RECENT_EXECUTIONS = 10;

const executionSchema = lazy(() =>
  z.object({
    id: z.string(),
    status: z.enum(['pending', 'processing', 'completed', 'failed', 'canceled']),
    startedAt: timestamp().nullable(),
    completedAt: timestamp().nullable(),
    itemsProcessed: nonNegativeInteger(),
  }),
);
type ExecutionView = ViewOf<typeof executionSchema>;

const statsSchema = lazy(() => {
  const text = z.string();
  return z.object({
    jobName: text,
    status: z.enum(['disabled', 'running', 'pending', 'idle']),
    queue: z.object({
      pending: nonNegativeInteger(),
      processing: nonNegativeInteger(),
      failed: nonNegativeInteger(),
      completed: nonNegativeInteger(),
    }),
    performance: z.object({
      averageExecutionTime: text.nullable(),
      lastExecutionTime: text.nullable(),
      successRate: text.nullable(),
    }),
    schedule: z.object({ cron: text.nullable(), nextRun: timestamp().nullable(), lastRun: timestamp().nullable() }),
    recentExecutions: z.array(executionSchema()).max(RECENT_EXECUTIONS),
  });
});
export type JobStatsView = ViewOf<typeof statsSchema>;

const responseSchema = lazy(() =>
  namedSchema(
    'AdminJobStats',
    z.object({
      success: z.literal(true),
      message: z.string(),
      data: statsSchema().extend({ generatedAt: timestamp() }),
      timestamp: timestamp(),
    }),
  ),
);

/**
 * Returns the statistics of a job. Reads the job, its counter and one page of its newest runs, independent of the
 * number of runs.
 */
export const getJobStats = route({
  method: 'GET',
  path: '/api/v1/admin/jobs/{jobName}/stats',
  operation: 'getJobStats',
  action: 'adminStats',
  openapi: () => ({
    summary: 'Get the statistics of a job',
    description: '`queue` counts the runs that exist now; `performance` covers all runs that ended.',
    pathParameters: pathParameter('jobName', 'The id of the job.', 'nightly-sync', z.string().regex(JOB_ID)),
    errors: [404],
  }),
  responses: () => ({
    200: { description: 'The statistics with the ten newest executions.', body: responseSchema() },
  }),
  async handle({ caller: { tenant }, params: { jobName } }, { db, now }: Pick<Platform, 'db' | 'now'>) {
    if (!isJobId(jobName)) throw new InvalidInput('jobName', `must be ${JOB_ID_RULE}, got '${truncate(jobName, 80)}'`);
    const job = await getJob(db, tenant, jobName);
    if (!job) throw new JobdeckError('not_found', 'job.not_found', `There is no job '${jobName}'`);
    const ref = jobRefOf(job);
    const time = now();
    const [counter, executions, nextRun] = await Promise.all([
      getCounter(db, tenant, { kind: 'job', ...ref }),
      listExecuted(db, ref, RECENT_EXECUTIONS, time),
      readNextRun({ db, now }, job),
    ]);
    const generatedAt = new Date(time).toISOString();
    const data = { ...toJobStatsView(job, counter, executions, nextRun), generatedAt };
    const message = 'Job statistics retrieved successfully';
    return { status: 200, body: { success: true, message, data, timestamp: generatedAt } };
  },
});

/** The statuses of the admin job stats contract by run state. */
const STATUS_BY_STATE: Readonly<Record<RunState, ExecutionView['status']>> = {
  queued: 'pending',
  running: 'processing',
  stopping: 'processing',
  completed: 'completed',
  failed: 'failed',
  canceled: 'canceled',
};

/**
 * Converts the counters of a job to its statistics. `queue` counts the runs that exist now; `performance` covers all
 * completed and failed runs, including expired ones.
 *
 * @param executions the newest started runs, newest first
 */
export function toJobStatsView(
  job: Job,
  { current, total, last }: Pick<CounterValues, 'current' | 'total' | 'last'>,
  executions: readonly Run[],
  nextRun: string | null,
): JobStatsView {
  const queue = toRunCounts(current);
  const { completed = 0, failed = 0, timed = 0, ms = 0 } = total;
  const newest = executions.find(({ state }) => state === 'completed' || state === 'failed');
  const lastMs = newest ? durationOf(newest) : last?.durationMs;
  const starts = [last?.startedAt, ...executions.map(({ startedAt }) => startedAt)];
  return {
    jobName: job.id,
    status: jobStatus(job, queue),
    queue: { pending: queue.pending, processing: queue.processing, failed: queue.failed, completed: queue.completed },
    performance: {
      averageExecutionTime: timed > 0 ? formatSeconds(ms / timed) : null,
      lastExecutionTime: lastMs == null ? null : formatSeconds(lastMs),
      successRate: formatPercent(completed, completed + failed),
    },
    schedule: {
      cron: job.schedule,
      nextRun,
      lastRun: starts.filter((start) => start != null).reduce(laterOf, null),
    },
    recentExecutions: executions.map(toExecutionView),
  };
}

function jobStatus(job: Job, { processing, pending }: RunCounts): JobStatsView['status'] {
  if (!job.enabled) return 'disabled';
  if (processing > 0) return 'running';
  return pending > 0 ? 'pending' : 'idle';
}

const laterOf = (a: string | null, b: string) => (a === null || b > a ? b : a);

function toExecutionView(run: Run): ExecutionView {
  return {
    id: publicRunId(run),
    status: STATUS_BY_STATE[run.state],
    startedAt: run.startedAt,
    completedAt: run.finishedAt,
    itemsProcessed: run.itemsProcessed,
  };
}
