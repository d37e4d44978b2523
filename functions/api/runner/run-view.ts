import * as z from 'zod';
import { toExecutionId } from '../../core/domain/external-execution.ts';
import { durationOf, type Run, type SkippedTick, TRIGGERS } from '../../core/domain/run.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import type { RunInput } from '../../core/domain/run-input.ts';
import { lazy, type ViewOf } from '../http/route.ts';
import { jsonObject, namedSchema, nonNegativeInteger, timestamp } from '../openapi/common-schemas.ts';
import { toOutputTails } from './output-tail.ts';
import { RUN_STATUSES, runStatus } from './run-status.ts';

export const runFields = lazy(() => ({
  id: nonNegativeInteger().describe('Number of the run within the job. Paths take `run_id`.'),
  job_id: z.string(),
  started_at: timestamp().nullable(),
  finished_at: timestamp().nullable(),
  status: z.enum(RUN_STATUSES),
  exit_code: z
    .int()
    .nullable()
    .describe('Exit code of the script or container; `null` for other job types and after a timeout.'),
  stdout: z.string(),
  stderr: z.string(),
  duration_ms: nonNegativeInteger()
    .nullable()
    .describe('`finished_at` − `started_at`, including waits between attempts.'),
  execution_ms: nonNegativeInteger()
    .nullable()
    .describe(
      'Milliseconds that the script or request of the last attempt took; `null` for flows, containers, state machines and lost runs.',
    ),
  run_id: z.string(),
  scheduled_at: timestamp().nullable(),
  run_at: timestamp()
    .nullable()
    .describe('When a delayed run starts, or started; `null` for a run that was not delayed.'),
  trigger: z.enum(TRIGGERS).describe('`after`: the end of upstream runs.'),
  attempt: nonNegativeInteger(),
  job_version: nonNegativeInteger()
    .nullable()
    .describe('Version of the job at the start of the last attempt; see `GET /jobs/{id}/versions/{version}`.'),
  reason: z
    .string()
    .nullable()
    .describe('Why the run was skipped, failed, was canceled or is waiting; `null` in any other case.'),
  created_at: timestamp(),
  items_processed: nonNegativeInteger(),
  meta: jsonObject().nullable(),
  output_truncated: z.boolean().describe('Whether more output is stored than this response shows.'),
  acknowledged_at: timestamp().nullable(),
  acknowledged_by: z.string().nullable(),
  acknowledged_note: z.string().nullable(),
  late_start_at: timestamp().nullable().describe('When the platform detected that the run did not start in time.'),
  late_finish_at: timestamp().nullable().describe('When the platform detected that the run did not finish in time.'),
  payload: z.unknown().describe('The payload of the trigger, any JSON value; `null` without one.'),
  args: z.array(z.string()).nullable().describe('The arguments of the trigger; `null` for those of the job.'),
  env: z
    .record(z.string(), z.string())
    .nullable()
    .describe('The variables that the trigger added to those of the job.'),
  input_omitted: z
    .boolean()
    .describe(
      'Whether `payload`, `args` and `env` are too large for a list; `GET /jobs/{id}/runs/{run}` returns them.',
    ),
  tags: z.array(z.string()).describe('The tags of the trigger.'),
  note: z.string().nullable().describe('The note of the trigger.'),
  priority: z
    .int()
    .min(1)
    .max(5)
    .nullable()
    .describe('1 is the most urgent; `null` for a skipped tick, which is not a run.'),
  expires_at: timestamp().nullable().describe('When the run is canceled if it has not started; `null` for never.'),
  redriven_from: z.string().nullable().describe('`run_id` of the failed run or missed tick that this run repeats.'),
  backfill_id: z.string().nullable().describe('Id of the backfill to which the run belongs.'),
  parent_run_id: z
    .string()
    .nullable()
    .describe(
      '`run_id` of the upstream run after which this run started, or of the run whose script started it; otherwise `null`.',
    ),
  execution: z
    .object({
      target: z.string(),
      reference: z
        .string()
        .nullable()
        .describe('Id of the task, or name of the execution; `null` until its start is confirmed.'),
      deadline_at: timestamp().describe('When the execution is stopped.'),
    })
    .nullable()
    .describe('The execution of the last attempt by ECS or Step Functions; `null` for other job types.'),
  error: z.string().nullable().describe('Failure message; `null` unless the run failed.'),
  stdout_tail: z.string().describe('The last 1,000 bytes of `stdout`.'),
  stderr_tail: z.string().describe('The last 1,000 bytes of `stderr`.'),
}));

export const run = lazy(() => namedSchema('RunnerRun', z.object(runFields())));
/** A run or a skipped tick. */
export type RunView = ViewOf<typeof run>;

/** @param stored the input of the run, if it is stored apart from its row and has been read */
export function toRunView(row: Run | SkippedTick, stored?: RunInput | null): RunView {
  const ran = row.state === 'skipped' ? undefined : row;
  const input = stored ?? ran?.input;
  return {
    id: row.number,
    job_id: row.jobId,
    started_at: ran?.startedAt ?? null,
    finished_at: ran?.finishedAt ?? null,
    status: runStatus(row),
    exit_code: ran?.exitCode ?? null,
    stdout: ran?.stdout ?? '',
    stderr: ran?.stderr ?? '',
    duration_ms: ran ? durationOf(ran) : null,
    execution_ms: ran?.flow === null ? ran.executionMs : null,
    run_id: publicRunId(row),
    // A skipped start after upstream runs is stored with the time of their end, and belongs to no tick.
    scheduled_at: row.trigger === 'after' ? null : row.scheduledAt,
    run_at: ran?.runAt ?? null,
    trigger: row.trigger,
    attempt: ran?.attempt ?? 0,
    job_version: ran?.jobVersion ?? null,
    reason: toReason(row),
    created_at: row.createdAt,
    items_processed: ran?.itemsProcessed ?? 0,
    meta: ran?.meta ?? null,
    output_truncated: ran !== undefined && ran.stdoutParts + ran.stderrParts > 0,
    acknowledged_at: ran?.acknowledged?.at ?? null,
    acknowledged_by: ran?.acknowledged?.by ?? null,
    acknowledged_note: ran?.acknowledged?.note ?? null,
    late_start_at: ran?.lateStartAt ?? null,
    late_finish_at: ran?.lateFinishAt ?? null,
    payload: input?.payload ?? null,
    args: input?.args ?? null,
    env: input?.env ?? null,
    input_omitted: ran !== undefined && ran.inputBytes > 0 && !input,
    tags: ran?.tags ?? [],
    note: ran?.note ?? null,
    priority: ran?.priority ?? null,
    expires_at: ran?.expiresAt ?? null,
    redriven_from: ran?.redrivenFrom ? publicRunId({ ...ran, ulid: ran.redrivenFrom }) : null,
    backfill_id: ran?.backfill ?? null,
    parent_run_id: row.chain?.parent ?? null,
    execution: ran?.external
      ? {
          target: ran.external.target,
          reference: ran.external.reference && toExecutionId(ran.external.reference),
          deadline_at: ran.external.deadlineAt,
        }
      : null,
    error: ran?.state === 'failed' ? (ran.failure?.message ?? null) : null,
    ...toOutputTails(ran?.stdout ?? '', ran?.stderr ?? ''),
  };
}

const WAITING_REASONS = {
  concurrency: 'waits for runs with the same concurrency key to end',
  delay: 'waits for the time at which it is to start',
  limit: "waits for one of the tenant's other runs to end",
  overlap: 'waits for the run before it to end',
} as const;

/** Reason of a run whose start the throttle of its job has reserved. */
const THROTTLED = 'waits for the next start that the throttle of its job allows';

function toReason(row: Run | SkippedTick): string | null {
  switch (row.state) {
    case 'skipped':
      return row.reason;
    case 'queued':
      if (row.waiting === 'delay' && row.throttledFrom !== null) return THROTTLED;
      if (row.waiting) return WAITING_REASONS[row.waiting];
      return row.failure && `to be retried after: ${row.failure.message}`;
    case 'failed':
      return row.failure?.message ?? null;
    case 'canceled':
    case 'stopping':
      return row.canceledBy && `canceled by ${row.canceledBy}`;
    case 'running':
    case 'completed':
      return null;
  }
}

/** Returns the URL path of a run. */
export function runLocation(run: Run): string {
  return `/jobs/${run.jobId}/runs/${publicRunId(run)}`;
}
