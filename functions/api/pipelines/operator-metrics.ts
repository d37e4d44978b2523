import { JobdeckError } from '../../core/domain/errors.ts';
import { NO_COUNTS } from '../../core/domain/flow/counts.ts';
import { operatorsOf } from '../../core/domain/flow/flow.ts';
import type { Plan } from '../../core/domain/flow/plan.ts';
import type { Task } from '../../core/domain/flow/task.ts';
import { totalCounts } from '../../core/domain/flow/totals.ts';
import { getLatencies, type Latencies } from '../../core/store/latencies.ts';
import { operation } from '../http/operation.ts';
import { type PipelineJob, requirePipelineJob } from './find-job.ts';
import { operatorIndexes } from './job-totals.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { type Latency, measureTimeShares, roundTo, toLatency } from './task-metrics.ts';

export interface OperatorMetrics {
  readonly operator_id: string;
  readonly operator_name: string;
  /** Tasks that run the operator; for a source, the tasks that read it. */
  readonly subtasks: number;
  readonly metrics: Latency & {
    readonly records_in: number;
    readonly records_out: number;
    readonly bytes_in: number;
    readonly bytes_out: number;
    readonly errors: number;
    readonly warnings: number;
    /** Fraction of its tasks' time spent waiting for downstream operators, 0–1; 0 for sinks. */
    readonly backpressure: number | null;
    /** Percentage of its tasks' time spent waiting for sources. */
    readonly idle_time_percent: number | null;
  };
  readonly subtask_metrics: readonly SubtaskMetrics[];
}

export interface SubtaskMetrics {
  /** Index of the task within the job. */
  readonly subtask_index: number;
  readonly records_in: number;
  readonly records_out: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly errors: number;
  readonly warnings: number;
}

export const getOperatorMetrics = (platform: Pick<PipelinesPlatform, 'db' | 'now' | 'objects'>) =>
  operation({
    async handle({ caller: { tenant }, params: { job_id: id = '', operator_id: operatorId = '' } }) {
      const job = await requirePipelineJob(platform, tenant, id);
      const operator = requireOperator(job, operatorId);
      return { status: 200, body: toOperatorMetrics(job, operator, await getLatencies(platform.db, job.run)) };
    },
  });

/**
 * Returns the index of an operator in its flow.
 *
 * @throws JobdeckError `operator.not_found`; the message lists the operators of the job
 */
export function requireOperator({ flow }: Pick<PipelineJob, 'flow'>, id: string): number {
  const operators = operatorsOf(flow);
  const operator = operators.findIndex((one) => one.id === id);
  if (operator >= 0) return operator;
  const known = operators.map((one) => one.id).join(', ');
  throw new JobdeckError('not_found', 'operator.not_found', `The job has no such operator; it has ${known}`);
}

export function toOperatorMetrics(job: PipelineJob, operator: number, latencies: Latencies): OperatorMetrics {
  const { flow } = job;
  const { id = '', name = '' } = operatorsOf(flow)[operator] ?? {};
  const tasks = findOperatorTasks(job, operator);
  const { idle } = measureTimeShares(tasks);
  return {
    operator_id: id,
    operator_name: name,
    subtasks: tasks.length,
    metrics: {
      ...toFigures(totalCounts(tasks, operator)),
      backpressure: measureBackpressure(job, operator),
      idle_time_percent: idle === null ? null : roundTo(idle * 100, 1),
      ...toLatency(latencies.get(operator) ?? {}),
    },
    subtask_metrics: tasks.map(({ index, operators }) => ({
      subtask_index: index,
      ...toFigures(operators[operator] ?? NO_COUNTS),
    })),
  };
}

/**
 * Returns the fraction of its tasks' time that an operator waited for downstream operators; `null` before the first
 * measurement.
 */
export function measureBackpressure(job: PipelineJob, operator: number): number | null {
  const { blocked } = measureTimeShares(findOperatorTasks(job, operator));
  return blocked !== null && operatorIndexes(job.flow).sinks.includes(operator) ? 0 : blocked;
}

/** Returns the tasks that run an operator. */
function findOperatorTasks({ flow, plan, tasks }: PipelineJob, operator: number): readonly Task[] {
  if (!plan || !operatorIndexes(flow).sources.includes(operator)) return tasks;
  return tasks.filter((task) => readsSource(plan, task, operator));
}

const readsSource = ({ splits }: Plan, task: Task, source: number): boolean =>
  task.splits.some((split) => splits[split]?.source === source);

function toFigures(counts: typeof NO_COUNTS): Omit<SubtaskMetrics, 'subtask_index'> {
  return {
    records_in: counts.in,
    records_out: counts.out,
    bytes_in: counts.bytesIn,
    bytes_out: counts.bytesOut,
    errors: counts.errors,
    warnings: counts.warnings,
  };
}
