import * as z from 'zod';
import { JobdeckError } from '../../core/domain/errors.ts';
import { NO_COUNTS } from '../../core/domain/flow/counts.ts';
import { operatorsOf } from '../../core/domain/flow/flow.ts';
import type { Plan } from '../../core/domain/flow/plan.ts';
import type { Task } from '../../core/domain/flow/task.ts';
import { totalCounts } from '../../core/domain/flow/totals.ts';
import { getLatencies, type Latencies } from '../../core/store/latencies.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { fraction, namedSchema, nonNegativeInteger, pathParameter } from '../openapi/common-schemas.ts';
import { jobParameter, type PipelineJob, requirePipelineJob } from './find-job.ts';
import { operatorIndexes } from './job-totals.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { latencyFields, measureTimeShares, roundTo, toLatency } from './task-metrics.ts';

const countFields = () => ({
  records_in: nonNegativeInteger(),
  records_out: nonNegativeInteger(),
  bytes_in: nonNegativeInteger(),
  bytes_out: nonNegativeInteger(),
  errors: nonNegativeInteger(),
  warnings: nonNegativeInteger(),
});

const operatorMetrics = lazy(() =>
  namedSchema(
    'PipelinesOperatorMetrics',
    z.object({
      operator_id: z.string(),
      operator_name: z.string(),
      subtasks: nonNegativeInteger().describe('Tasks that run the operator; for a source, the tasks that read it.'),
      metrics: z.object({
        ...countFields(),
        ...latencyFields(),
        backpressure: fraction()
          .nullable()
          .describe('Fraction of its tasks’ time spent waiting for downstream operators; 0 for sinks.'),
        idle_time_percent: z
          .number()
          .min(0)
          .max(100)
          .nullable()
          .describe('Percentage of its tasks’ time spent waiting for sources.'),
      }),
      subtask_metrics: z.array(
        z.object({
          subtask_index: nonNegativeInteger().describe('Index of the task within the job.'),
          ...countFields(),
        }),
      ),
    }),
  ),
);
/** Metrics of an operator and of each of its tasks. */
export type OperatorMetricsView = ViewOf<typeof operatorMetrics>;

export const getOperatorMetrics = route({
  method: 'GET',
  path: '/api/v1/jobs/{job_id}/operators/{operator_id}/metrics',
  operation: 'getOperatorMetrics',
  action: 'read',
  openapi: () => ({
    summary: 'Get the metrics of an operator',
    pathParameters: {
      ...jobParameter(),
      ...pathParameter('operator_id', 'The id of a source, transform or sink of the job.', 'source_1'),
    },
    errors: [404],
  }),
  responses: () => ({
    200: { description: 'Metrics of the operator and of each of its subtasks.', body: operatorMetrics() },
  }),
  async handle({ caller: { tenant }, params }, platform: Pick<PipelinesPlatform, 'db' | 'now' | 'objects'>) {
    const job = await requirePipelineJob(platform, tenant, params.job_id);
    const operator = requireOperator(job, params.operator_id);
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

export function toOperatorMetrics(job: PipelineJob, operator: number, latencies: Latencies): OperatorMetricsView {
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

/** Returns the fraction of its tasks' time that an operator waited for downstream operators; `null` before the first measurement. */
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

const toFigures = (counts: typeof NO_COUNTS) => ({
  records_in: counts.in,
  records_out: counts.out,
  bytes_in: counts.bytesIn,
  bytes_out: counts.bytesOut,
  errors: counts.errors,
  warnings: counts.warnings,
});
