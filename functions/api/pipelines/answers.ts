import * as z from 'zod';
import { LOG_LEVELS } from '../../core/domain/flow/log-line.ts';
import { definitionShown, flowShown, shortened } from '../definition/definition-answer.ts';
import { anyObject, called, epoch, share, whole } from '../openapi/described.ts';
import { JOB_STATES } from './job-states.ts';
import type { JobTotals } from './job-totals.ts';
import type { JobSummary } from './job-view.ts';
import type { Latency } from './measures.ts';
import type { OperatorSummary } from './metrics.ts';
import type { OperatorMetrics, SubtaskMetrics } from './operator-metrics.ts';
import type { pipelineView } from './pipeline-view.ts';

/** Shapes of what the pipelines surface answers. */

const text = z.string();

export const errorBody = called('PipelinesError', z.object({ error: z.object({ code: text, message: text }) }));

/** A list, and whether it goes on. */
export const listOf = <Item extends z.ZodType>(item: Item) => z.object({ data: z.array(item), has_more: z.boolean() });

const totals = {
  records_in: whole(),
  records_out: whole(),
  bytes_in: whole(),
  bytes_out: whole(),
  errors: whole(),
  warnings: whole(),
} satisfies Record<keyof JobTotals, z.ZodType> & Record<Exclude<keyof SubtaskMetrics, 'subtask_index'>, z.ZodType>;

const milliseconds = () => z.number().min(0).nullable();
const latency = {
  latency_p50: milliseconds(),
  latency_p95: milliseconds(),
  latency_p99: milliseconds(),
} satisfies Record<keyof Latency, z.ZodType>;

const jobFields = {
  id: text,
  pipeline_id: text,
  running_desired: z.boolean(),
  state: z.enum(JOB_STATES),
  run_id: whole(),
  start_time: epoch().nullable(),
  finish_time: epoch().nullable(),
  tasks: whole(),
  failure_message: text.nullable(),
  created_at: epoch(),
  restarted_from: text.nullable(),
  checkpoint_id: text.nullable(),
} satisfies Record<keyof JobSummary, z.ZodType>;

export const jobSummary = called('PipelinesJobSummary', z.object(jobFields));
export const job = called(
  'PipelinesJob',
  z.object({ ...jobFields, metrics: z.object(totals), parallelism: whole(), configuration: flowShown }),
);

const operatorSummary = {
  operator_id: text,
  operator_name: text,
  records_in: whole(),
  records_out: whole(),
  errors: whole(),
  warnings: whole(),
  backpressure: share().nullable(),
  ...latency,
} satisfies Record<keyof OperatorSummary, z.ZodType>;

export const jobMetrics = called(
  'PipelinesJobMetrics',
  z.object({
    ...totals,
    ...latency,
    throughput: z.number().min(0),
    backpressure: share().nullable(),
    operators: z.array(z.object(operatorSummary)),
  }),
);

export const operatorMetrics = called(
  'PipelinesOperatorMetrics',
  z.object({
    operator_id: text,
    operator_name: text,
    subtasks: whole(),
    metrics: z.object({
      ...totals,
      ...latency,
      backpressure: share().nullable(),
      idle_time_percent: z.number().min(0).max(100).nullable(),
    }),
    subtask_metrics: z.array(z.object({ subtask_index: whole(), ...totals })),
  } satisfies Record<keyof OperatorMetrics, z.ZodType>),
);

const group = { total_records: whole(), operators: z.array(text) };
const measured = z.object({ ...group, throughput: z.number().min(0) });
export const metricGroups = called(
  'PipelinesMetricGroups',
  z.object({ sources: measured, sinks: measured, transforms: z.object(group) }),
);

const checkpointFields = {
  id: text,
  job_id: text,
  epoch: whole(),
  start_time: epoch(),
  finish_time: epoch().nullable(),
  state: z.enum(['in_progress', 'completed', 'failed']),
  size_bytes: whole(),
  cause: z.enum(['timer', 'request', 'stop']),
  pinned: z.boolean(),
};
const operatorState = { operator_id: text, state_size: whole() };
export const checkpointSummary = called(
  'PipelinesCheckpointSummary',
  z.object({ ...checkpointFields, operator_states: z.array(z.object(operatorState)) }),
);
export const checkpoint = called(
  'PipelinesCheckpoint',
  z.object({
    ...checkpointFields,
    backend: z.literal('s3'),
    location: text,
    operator_states: z.array(
      z.object({
        ...operatorState,
        operator_name: text,
        subtask_states: z.array(z.object({ subtask_index: whole(), state_size: whole() })),
      }),
    ),
  }),
);

export const output = z.object({
  data: z.array(z.object({ timestamp: epoch(), record: z.unknown() })),
  operator_id: text.nullable(),
  total_records: whole(),
  has_more: z.boolean(),
});

export const jobError = called(
  'PipelinesJobError',
  z.object({
    id: text,
    timestamp: epoch(),
    level: z.enum(['error', 'warning', 'info']),
    operator_id: text.nullable(),
    task_index: whole().nullable(),
    message: text,
    details: text.nullable(),
    record: text.nullable(),
  }),
);

export const logLine = called(
  'PipelinesLogLine',
  z.object({
    id: text,
    timestamp: epoch(),
    level: z.enum(LOG_LEVELS),
    operator_id: text.nullable(),
    task_index: whole().nullable(),
    message: text,
    details: anyObject(),
  }),
);

export const stopping = z.object({ message: text, expected_finish_time: epoch() });
export const restarted = z.object({ message: text, new_job_id: text });

const pipelineFields = {
  ...definitionShown,
  next_run: epoch().nullable(),
  created_at: epoch(),
  updated_at: epoch(),
} satisfies Record<keyof ReturnType<typeof pipelineView>, z.ZodType>;

export const pipeline = called('Pipeline', z.object(pipelineFields));
export const listedPipeline = called('PipelinesListedPipeline', z.object({ ...pipelineFields, shortened }));

const fault = z.object({ field: text, message: text, position: whole().optional() });
export const validation = z.union([
  z.object({ valid: z.literal(true) }),
  z.object({ valid: z.literal(false), errors: z.array(fault).min(1) }),
]);
