import * as z from 'zod';
import { LOG_LEVELS } from '../../core/domain/flow/log-line.ts';
import { definitionFields, flowResponse, shortenedField } from '../definition/job-response.ts';
import { epochMilliseconds, fraction, jsonObject, namedSchema, nonNegativeInteger } from '../openapi/operation-doc.ts';
import type { OperatorSummary } from './job-metrics.ts';
import { JOB_STATES } from './job-state.ts';
import type { JobTotals } from './job-totals.ts';
import type { JobSummary } from './job-view.ts';
import type { OperatorMetrics, SubtaskMetrics } from './operator-metrics.ts';
import type { toPipelineView } from './pipeline-view.ts';
import type { Latency } from './task-metrics.ts';

/** Response schemas of the pipelines surface. */

const text = z.string();

export const errorBody = namedSchema('PipelinesError', z.object({ error: z.object({ code: text, message: text }) }));

/** A page of a list; `has_more` tells whether another page follows. */
export const pageOf = <Item extends z.ZodType>(item: Item) => z.object({ data: z.array(item), has_more: z.boolean() });

const totalsFields = {
  records_in: nonNegativeInteger(),
  records_out: nonNegativeInteger(),
  bytes_in: nonNegativeInteger(),
  bytes_out: nonNegativeInteger(),
  errors: nonNegativeInteger(),
  warnings: nonNegativeInteger(),
} satisfies Record<keyof JobTotals, z.ZodType> & Record<Exclude<keyof SubtaskMetrics, 'subtask_index'>, z.ZodType>;

const nullableMilliseconds = () => z.number().min(0).nullable();
const latencyFields = {
  latency_p50: nullableMilliseconds(),
  latency_p95: nullableMilliseconds(),
  latency_p99: nullableMilliseconds(),
} satisfies Record<keyof Latency, z.ZodType>;

const jobFields = {
  id: text,
  pipeline_id: text,
  running_desired: z.boolean(),
  state: z.enum(JOB_STATES),
  run_id: nonNegativeInteger(),
  start_time: epochMilliseconds().nullable(),
  finish_time: epochMilliseconds().nullable(),
  tasks: nonNegativeInteger(),
  failure_message: text.nullable(),
  created_at: epochMilliseconds(),
  restarted_from: text.nullable(),
  checkpoint_id: text.nullable(),
} satisfies Record<keyof JobSummary, z.ZodType>;

export const jobSummary = namedSchema('PipelinesJobSummary', z.object(jobFields));
export const job = namedSchema(
  'PipelinesJob',
  z.object({
    ...jobFields,
    metrics: z.object(totalsFields),
    parallelism: nonNegativeInteger(),
    configuration: flowResponse(),
  }),
);

const operatorSummaryFields = {
  operator_id: text,
  operator_name: text,
  records_in: nonNegativeInteger(),
  records_out: nonNegativeInteger(),
  errors: nonNegativeInteger(),
  warnings: nonNegativeInteger(),
  backpressure: fraction().nullable(),
  ...latencyFields,
} satisfies Record<keyof OperatorSummary, z.ZodType>;

export const jobMetrics = namedSchema(
  'PipelinesJobMetrics',
  z.object({
    ...totalsFields,
    ...latencyFields,
    throughput: z.number().min(0),
    backpressure: fraction().nullable(),
    operators: z.array(z.object(operatorSummaryFields)),
  }),
);

export const operatorMetrics = namedSchema(
  'PipelinesOperatorMetrics',
  z.object({
    operator_id: text,
    operator_name: text,
    subtasks: nonNegativeInteger(),
    metrics: z.object({
      ...totalsFields,
      ...latencyFields,
      backpressure: fraction().nullable(),
      idle_time_percent: z.number().min(0).max(100).nullable(),
    }),
    subtask_metrics: z.array(z.object({ subtask_index: nonNegativeInteger(), ...totalsFields })),
  } satisfies Record<keyof OperatorMetrics, z.ZodType>),
);

const metricGroupFields = { total_records: nonNegativeInteger(), operators: z.array(text) };
const metricGroupWithThroughput = z.object({ ...metricGroupFields, throughput: z.number().min(0) });
export const metricGroups = namedSchema(
  'PipelinesMetricGroups',
  z.object({
    sources: metricGroupWithThroughput,
    sinks: metricGroupWithThroughput,
    transforms: z.object(metricGroupFields),
  }),
);

const checkpointFields = {
  id: text,
  job_id: text,
  epoch: nonNegativeInteger(),
  start_time: epochMilliseconds(),
  finish_time: epochMilliseconds().nullable(),
  state: z.enum(['in_progress', 'completed', 'failed']),
  size_bytes: nonNegativeInteger(),
  cause: z.enum(['timer', 'request', 'stop']),
  pinned: z.boolean(),
};
const operatorStateFields = { operator_id: text, state_size: nonNegativeInteger() };
export const checkpointSummary = namedSchema(
  'PipelinesCheckpointSummary',
  z.object({ ...checkpointFields, operator_states: z.array(z.object(operatorStateFields)) }),
);
export const checkpoint = namedSchema(
  'PipelinesCheckpoint',
  z.object({
    ...checkpointFields,
    backend: z.literal('s3'),
    location: text,
    operator_states: z.array(
      z.object({
        ...operatorStateFields,
        operator_name: text,
        subtask_states: z.array(z.object({ subtask_index: nonNegativeInteger(), state_size: nonNegativeInteger() })),
      }),
    ),
  }),
);

export const output = z.object({
  data: z.array(z.object({ timestamp: epochMilliseconds(), record: z.unknown() })),
  operator_id: text.nullable(),
  total_records: nonNegativeInteger(),
  has_more: z.boolean(),
});

export const jobError = namedSchema(
  'PipelinesJobError',
  z.object({
    id: text,
    timestamp: epochMilliseconds(),
    level: z.enum(['error', 'warning', 'info']),
    operator_id: text.nullable(),
    task_index: nonNegativeInteger().nullable(),
    message: text,
    details: text.nullable(),
    record: text.nullable(),
  }),
);

export const logLine = namedSchema(
  'PipelinesLogLine',
  z.object({
    id: text,
    timestamp: epochMilliseconds(),
    level: z.enum(LOG_LEVELS),
    operator_id: text.nullable(),
    task_index: nonNegativeInteger().nullable(),
    message: text,
    details: jsonObject(),
  }),
);

export const stopResult = z.object({ message: text, expected_finish_time: epochMilliseconds() });
export const restartResult = z.object({ message: text, new_job_id: text });

const pipelineFields = {
  ...definitionFields(),
  next_run: epochMilliseconds().nullable(),
  created_at: epochMilliseconds(),
  updated_at: epochMilliseconds(),
} satisfies Record<keyof ReturnType<typeof toPipelineView>, z.ZodType>;

export const pipeline = namedSchema('Pipeline', z.object(pipelineFields));
export const listedPipeline = namedSchema(
  'PipelinesListedPipeline',
  z.object({ ...pipelineFields, shortened: shortenedField() }),
);

const validationError = z.object({ field: text, message: text, position: nonNegativeInteger().optional() });
export const validation = z.union([
  z.object({ valid: z.literal(true) }),
  z.object({ valid: z.literal(false), errors: z.array(validationError).min(1) }),
]);
