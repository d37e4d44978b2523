import * as z from 'zod';
import { definitionShown, shortened } from '../definition/definition-answer.ts';
import { anyObject, called, moment, whole } from '../openapi/described.ts';
import type { SlotView } from './activity.ts';
import type { AttemptView } from './attempt-view.ts';
import type { CauseView, FailureGroup, MessageView } from './causes.ts';
import type { JobVersionView } from './job-version.ts';
import type { jobView, LastRunView } from './job-view.ts';
import { RUN_STATUSES } from './run-status.ts';
import type { RunView, resultView } from './run-view.ts';

/** Shapes of what the runner surface answers. */

const text = z.string();

export const errorBody = called('RunnerError', z.object({ error: text }));

const registration = z.object({ status: z.enum(['registered', 'none', 'failed']), error: text.nullable() });

const jobFields = {
  ...definitionShown,
  next_run: moment().nullable(),
  created_at: moment(),
  updated_at: moment(),
  registration: registration.nullable(),
} satisfies Record<keyof ReturnType<typeof jobView>, z.ZodType>;

const lastRun = {
  last_status: z.enum(RUN_STATUSES).nullable(),
  last_run: moment().nullable(),
} satisfies Record<keyof LastRunView, z.ZodType>;

export const job = called('RunnerJob', z.object(jobFields));
export const listedJob = called('RunnerListedJob', z.object({ ...jobFields, ...lastRun, shortened }));

const runFields = {
  id: whole(),
  job_id: text,
  started_at: moment().nullable(),
  finished_at: moment().nullable(),
  status: z.enum(RUN_STATUSES),
  exit_code: z.int().nullable(),
  stdout: text,
  stderr: text,
  duration_ms: whole().nullable(),
  execution_ms: whole().nullable(),
  run_id: text,
  scheduled_at: moment().nullable(),
  trigger: z.enum(['schedule', 'manual', 'restart']),
  attempt: whole(),
  job_version: whole().nullable(),
  reason: text.nullable(),
  created_at: moment(),
  items_processed: whole(),
  meta: anyObject().nullable(),
  output_truncated: z.boolean().describe('Whether this answer holds less of the output than is stored for the run.'),
  acknowledged_at: moment().nullable(),
  acknowledged_by: text.nullable(),
  acknowledged_note: text.nullable(),
  late_start_at: moment().nullable(),
  late_finish_at: moment().nullable(),
  redriven_from: text.nullable(),
  error: text.nullable(),
  stdout_tail: text,
  stderr_tail: text,
} satisfies Record<keyof RunView, z.ZodType>;

export const run = called('RunnerRun', z.object(runFields));
const attemptFields = {
  attempt: z.int().min(1),
  status: z.enum(['ok', 'error', 'timeout', 'canceled', 'running']),
  started_at: moment().nullable(),
  finished_at: moment().nullable(),
  duration_ms: whole().nullable(),
  execution_ms: whole().nullable(),
  exit_code: z.int().nullable(),
  reason: text.nullable(),
  job_version: whole().nullable(),
  stdout: text,
  stderr: text,
  output_truncated: z.boolean(),
} satisfies Record<keyof AttemptView, z.ZodType>;

export const attempt = called('RunnerAttempt', z.object(attemptFields));

/** A run that is shown alone; a skipped tick has no output. */
export const runWithOutput = called(
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
} satisfies Record<keyof ReturnType<typeof resultView>, z.ZodType>;

export const result = called('RunnerResult', z.object(resultFields));

const slotFields = {
  start: moment(),
  pending: whole(),
  running: whole(),
  ok: whole(),
  failed: whole(),
  canceled: whole(),
} satisfies Record<keyof SlotView, z.ZodType>;

export const slot = called('RunnerSlot', z.object(slotFields));

const jobVersionFields = {
  version: z.int().min(1),
  current: z.boolean(),
  definition: z.object(definitionShown),
  updated_at: moment(),
} satisfies Record<keyof JobVersionView, z.ZodType>;

export const jobVersion = called('RunnerJobVersion', z.object(jobVersionFields));

const groupFields = {
  kind: z.enum(['error', 'timeout', 'lost']),
  message: text,
  count: whole(),
  newest: moment().nullable(),
  oldest: moment().nullable(),
  run_ids: z.array(text),
} satisfies Record<keyof FailureGroup, z.ZodType>;

export const cause = called(
  'RunnerCause',
  z.object({ cause: text, job_id: text, ...groupFields } satisfies Record<keyof CauseView, z.ZodType>),
);

export const failureMessage = called(
  'RunnerFailureMessage',
  z.object({
    message_id: text,
    ...groupFields,
    job_count: whole(),
    jobs: z.array(z.object({ job_id: text, cause: text, count: whole() })),
  } satisfies Record<keyof MessageView, z.ZodType>),
);

/** Fields of a page of groups, beside the groups. */
export const groupsFields = { runs: whole(), left: whole(), total: whole(), next: z.string().nullable() };

export const ok = z.object({ ok: z.literal(true) });
const skipped = { run_id: text, reason: text };
export const acknowledgedMany = z.object({
  acknowledged: whole(),
  left: whole(),
  skipped: z.array(z.object(skipped)),
});
export const redriven = z.object({
  matched: whole(),
  started: z.array(z.object({ run_id: text, new_run_id: text.nullable() })),
  skipped: z.array(z.object({ ...skipped, new_run_id: text.nullable() })),
  left: whole(),
  dry_run: z.boolean(),
});
export const stats = z.object({
  totalJobs: whole(),
  running: whole(),
  failedRegistrations: whole(),
  okLastHour: whole(),
  errorsLastHour: whole(),
});
export const health = z.object({ ok: z.literal(true), uptime: z.number().min(0), failedRegistrations: whole() });
export const secret = z.object({ secret: text });
export const rotated = z.object({ secret: text, previous_valid_until: moment() });
