import type { Job } from '../../core/domain/job.ts';
import { durationOf, type Run, type RunState } from '../../core/domain/run.ts';
import { type RunCounts, toRunCounts } from '../../core/domain/run-counts.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { nextRunTime } from '../../core/engine/start/job-schedule.ts';
import type { CounterValues } from '../../core/store/counters.ts';
import { formatPercent, formatSeconds } from './format.ts';

/** The statuses of the admin job stats contract by run state. */
const STATUS_BY_STATE: Readonly<Record<RunState, string>> = {
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
  now: number,
) {
  const queue = toRunCounts(current);
  const { completed = 0, failed = 0, timed = 0, ms = 0 } = total;
  const newest = executions.find(({ state }) => state === 'completed' || state === 'failed');
  const lastMs = newest ? durationOf(newest) : last?.durationMs;
  const starts = [last?.startedAt, ...executions.map(({ startedAt }) => startedAt)];
  return {
    jobName: job.id,
    status: jobStatus(job, queue),
    queue: {
      pending: queue.pending,
      processing: queue.processing,
      failed: queue.failed,
      completed: queue.completed,
    },
    performance: {
      averageExecutionTime: timed > 0 ? formatSeconds(ms / timed) : null,
      lastExecutionTime: lastMs == null ? null : formatSeconds(lastMs),
      successRate: formatPercent(completed, completed + failed),
    },
    schedule: {
      cron: job.schedule,
      nextRun: nextRunTime(job, now),
      lastRun: starts.filter((start) => start != null).reduce(laterOf, null),
    },
    recentExecutions: executions.map(toExecutionView),
  };
}

function jobStatus(job: Job, { processing, pending }: RunCounts) {
  if (!job.enabled) return 'disabled';
  if (processing > 0) return 'running';
  return pending > 0 ? 'pending' : 'idle';
}

const laterOf = (a: string | null, b: string) => (a === null || b > a ? b : a);

function toExecutionView(run: Run) {
  return {
    id: publicRunId(run),
    status: STATUS_BY_STATE[run.state],
    startedAt: run.startedAt,
    completedAt: run.finishedAt,
    itemsProcessed: run.itemsProcessed,
  };
}
