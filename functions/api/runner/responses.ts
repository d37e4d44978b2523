import * as z from 'zod';
import { definitionFields, shortenedField } from '../definition/job-response.ts';
import { jsonObject, namedSchema, nonNegativeInteger, timestamp } from '../openapi/operation-doc.ts';
import type { SlotView } from './activity.ts';
import type { AttemptView } from './attempts-view.ts';
import type { CauseView, FailureGroup, MessageView } from './failure-groups.ts';
import type { JobVersionView } from './job-versions.ts';
import type { LastRunView, toJobView } from './job-view.ts';
import { RUN_STATUSES } from './run-status.ts';
import type { RunView, toResultView } from './run-view.ts';

/** Response schemas of the runner surface. */

const text = z.string();

export const errorBody = namedSchema('RunnerError', z.object({ error: text }));

const registration = z.object({ status: z.enum(['registered', 'none', 'failed']), error: text.nullable() });

const jobFields = {
  ...definitionFields(),
  next_run: timestamp().nullable(),
  created_at: timestamp(),
  updated_at: timestamp(),
  registration: registration.nullable(),
} satisfies Record<keyof ReturnType<typeof toJobView>, z.ZodType>;

const lastRun = {
  last_status: z.enum(RUN_STATUSES).nullable(),
  last_run: timestamp().nullable(),
} satisfies Record<keyof LastRunView, z.ZodType>;

export const job = namedSchema('RunnerJob', z.object(jobFields));
export const listedJob = namedSchema(
  'RunnerListedJob',
  z.object({ ...jobFields, ...lastRun, shortened: shortenedField() }),
);

const runFields = {
  id: nonNegativeInteger(),
  job_id: text,
  started_at: timestamp().nullable(),
  finished_at: timestamp().nullable(),
  status: z.enum(RUN_STATUSES),
  exit_code: z.int().nullable(),
  stdout: text,
  stderr: text,
  duration_ms: nonNegativeInteger().nullable(),
  execution_ms: nonNegativeInteger().nullable(),
  run_id: text,
  scheduled_at: timestamp().nullable(),
  trigger: z.enum(['schedule', 'manual', 'restart']),
  attempt: nonNegativeInteger(),
  job_version: nonNegativeInteger().nullable(),
  reason: text.nullable(),
  created_at: timestamp(),
  items_processed: nonNegativeInteger(),
  meta: jsonObject().nullable(),
  output_truncated: z.boolean().describe('Whether this answer holds less of the output than is stored for the run.'),
  acknowledged_at: timestamp().nullable(),
  acknowledged_by: text.nullable(),
  acknowledged_note: text.nullable(),
  late_start_at: timestamp().nullable(),
  late_finish_at: timestamp().nullable(),
  redriven_from: text.nullable(),
  error: text.nullable(),
  stdout_tail: text,
  stderr_tail: text,
} satisfies Record<keyof RunView, z.ZodType>;

export const run = namedSchema('RunnerRun', z.object(runFields));
const attemptFields = {
  attempt: z.int().min(1),
  status: z.enum(['ok', 'error', 'timeout', 'canceled', 'running']),
  started_at: timestamp().nullable(),
  finished_at: timestamp().nullable(),
  duration_ms: nonNegativeInteger().nullable(),
  execution_ms: nonNegativeInteger().nullable(),
  exit_code: z.int().nullable(),
  reason: text.nullable(),
  job_version: nonNegativeInteger().nullable(),
  stdout: text,
  stderr: text,
  output_truncated: z.boolean(),
} satisfies Record<keyof AttemptView, z.ZodType>;

export const attempt = namedSchema('RunnerAttempt', z.object(attemptFields));

/** A run as `GET /jobs/{id}/runs/{run}` returns it. Skipped ticks have no output. */
export const runWithOutput = namedSchema(
  'RunnerRunWithOutput',
  z.object({
    ...runFields,
    attempts: z.array(attempt),
    output_after: text.nullable().optional(),
    output_next: text.optional(),
  }),
);

const { status, exit_code, duration_ms, stdout, stderr, run_id, reason, error, output_truncated } = runFields;
const resultFields = {
  status,
  exit_code,
  duration_ms,
  stdout,
  stderr,
  run_id,
  reason,
  error,
  output_truncated,
} satisfies Record<keyof ReturnType<typeof toResultView>, z.ZodType>;

export const result = namedSchema('RunnerResult', z.object(resultFields));

const slotFields = {
  start: timestamp(),
  pending: nonNegativeInteger(),
  running: nonNegativeInteger(),
  ok: nonNegativeInteger(),
  failed: nonNegativeInteger(),
  canceled: nonNegativeInteger(),
} satisfies Record<keyof SlotView, z.ZodType>;

export const slot = namedSchema('RunnerSlot', z.object(slotFields));

const jobVersionFields = {
  version: z.int().min(1),
  current: z.boolean(),
  definition: z.object(definitionFields()),
  updated_at: timestamp(),
} satisfies Record<keyof JobVersionView, z.ZodType>;

export const jobVersion = namedSchema('RunnerJobVersion', z.object(jobVersionFields));

const failureGroupFields = {
  kind: z.enum(['error', 'timeout', 'lost']),
  message: text,
  count: nonNegativeInteger(),
  newest: timestamp().nullable(),
  oldest: timestamp().nullable(),
  run_ids: z.array(text),
} satisfies Record<keyof FailureGroup, z.ZodType>;

export const cause = namedSchema(
  'RunnerCause',
  z.object({ cause: text, job_id: text, ...failureGroupFields } satisfies Record<keyof CauseView, z.ZodType>),
);

export const failureMessage = namedSchema(
  'RunnerFailureMessage',
  z.object({
    message_id: text,
    ...failureGroupFields,
    job_count: nonNegativeInteger(),
    jobs: z.array(z.object({ job_id: text, cause: text, count: nonNegativeInteger() })),
  } satisfies Record<keyof MessageView, z.ZodType>),
);

/** Fields of a page of groups, besides the groups. */
export const groupPageFields = {
  runs: nonNegativeInteger(),
  left: nonNegativeInteger(),
  total: nonNegativeInteger(),
  next: z.string().nullable(),
};

export const ok = z.object({ ok: z.literal(true) });
const skipped = { run_id: text, reason: text };
export const acknowledgeResult = z.object({
  acknowledged: nonNegativeInteger(),
  left: nonNegativeInteger(),
  skipped: z.array(z.object(skipped)),
});
export const redriveResult = z.object({
  matched: nonNegativeInteger(),
  started: z.array(z.object({ run_id: text, new_run_id: text.nullable() })),
  skipped: z.array(z.object({ ...skipped, new_run_id: text.nullable() })),
  left: nonNegativeInteger(),
  dry_run: z.boolean(),
});
export const stats = z.object({
  totalJobs: nonNegativeInteger(),
  running: nonNegativeInteger(),
  failedRegistrations: nonNegativeInteger(),
  okLastHour: nonNegativeInteger(),
  errorsLastHour: nonNegativeInteger(),
});
export const health = z.object({
  ok: z.literal(true),
  uptime: z.number().min(0),
  failedRegistrations: nonNegativeInteger(),
});
