import * as z from 'zod';
import { OVERLAP_POLICIES } from '../../domain/job.ts';
import { JOB_ID, JOB_ID_RULE } from '../../domain/job-id.ts';
import { FINISH_GRACE_SECONDS, FLOW_FINISH_GRACE_SECONDS, START_GRACE_SECONDS } from '../../domain/lateness.ts';
import { DAY_MS, LONGEST_TIMEOUT_MS } from '../../domain/timing.ts';
import {
  anyText,
  fields,
  integer,
  listOf,
  mapOf,
  matching,
  oneOf,
  orDefault,
  text,
  time,
  variants,
} from '../edge/shapes.ts';
import { flow } from './flow-shape.ts';
import { READ_ONLY_FIELDS } from './read-only-fields.ts';

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const MAX_DELAY_SECONDS = 86_400;
const MAX_ARGS = 100;
const MAX_TAGS = 20;
const DEFAULT_TIMEOUT_MS = 300_000;
const LONGEST_FLOW_MS = 30 * DAY_MS;
const LONGEST_START_GRACE = 86_400;

const http = fields({
  url: text(2_048),
  method: orDefault(oneOf(HTTP_METHODS), null),
  headers: orDefault(mapOf(anyText(4_096)), {}),
  body: orDefault(anyText(16_384), null),
});

const retry = fields({
  attempts: integer(1, 20),
  backoff: orDefault(oneOf(['exponential', 'fixed']), null),
  delay_seconds: orDefault(integer(0, MAX_DELAY_SECONDS), null),
  max_delay_seconds: orDefault(integer(0, MAX_DELAY_SECONDS), null),
});

const enabled = z
  .union([z.boolean(), z.literal(1), z.literal(0)], {
    error: ({ input }) => `must be 1, 0, true or false, got ${JSON.stringify(input)}`,
  })
  .transform(Boolean);

const tags = listOf(text(64), MAX_TAGS).refine((list) => new Set(list).size === list.length, {
  error: 'must not name a tag twice',
});

/** Of a script and a request. */
const timeout = orDefault(integer(1_000, LONGEST_TIMEOUT_MS), DEFAULT_TIMEOUT_MS);
/** A flow is done in slices, and may take as long as it takes. */
const flowTimeout = orDefault(integer(1_000, LONGEST_FLOW_MS), null);

const definitionFields = <Type extends z.ZodType, Timeout extends z.ZodType>(
  type: Type,
  timeout_ms: Timeout,
  finishGraceSeconds: number,
) => ({
  id: matching(JOB_ID, JOB_ID_RULE),
  name: text(200),
  schedule: orDefault(anyText(256), null),
  type,
  script: orDefault(text(1_024), null),
  http: orDefault(http, null),
  flow: orDefault(flow, null),
  args: orDefault(listOf(anyText(4_096), MAX_ARGS), null),
  env: orDefault(mapOf(anyText(4_096)), null),
  enabled: orDefault(enabled, true),
  timeout_ms,
  start_grace_s: orDefault(integer(0, LONGEST_START_GRACE), START_GRACE_SECONDS),
  finish_grace_s: orDefault(integer(0, LONGEST_FLOW_MS / 1_000), finishGraceSeconds),
  overlap_policy: orDefault(oneOf(OVERLAP_POLICIES), 'skip'),
  description: orDefault(anyText(2_000), null),
  timezone: orDefault(text(64), 'UTC'),
  start_at: orDefault(time(), null),
  end_at: orDefault(time(), null),
  jitter_seconds: orDefault(integer(0, 900), 0),
  integration_id: orDefault(matching(JOB_ID, JOB_ID_RULE), null),
  tags: orDefault(tags, []),
  retry: orDefault(retry, null),
  on_failure: orDefault(text(256), null),
  on_success: orDefault(text(256), null),
  on_late: orDefault(text(256), null),
});

const plainFields = definitionFields(oneOf(['script', 'http']), timeout, FINISH_GRACE_SECONDS);
/** A script or a request. */
export const plainJob = fields(plainFields, 'field', READ_ONLY_FIELDS);
export const flowJob = fields(
  definitionFields(oneOf(['flow']), flowTimeout, FLOW_FINISH_GRACE_SECONDS),
  'field',
  READ_ONLY_FIELDS,
);

/** Gives an object that says nothing of its type the one that it must be of. */
const typed = (typeOf: (given: Readonly<Record<string, unknown>>) => string) => (given: unknown) => {
  if (typeof given !== 'object' || given === null) return given;
  const said = given as Readonly<Record<string, unknown>>;
  return { ...said, type: said.type ?? typeOf(said) };
};

/** A job, whole: the body of `POST /jobs`. A field that is null is as if it were left out. */
export const newJob = z.preprocess(
  typed(({ http, flow }) => (http ? 'http' : flow ? 'flow' : 'script')),
  variants([plainJob, flowJob]),
);

/** A job that is a flow: the body of `POST /v1/flows`. */
export const newFlow = z.preprocess(
  typed(() => 'flow'),
  flowJob,
);

export type NewJob = z.output<typeof newJob>;

/** The fields of a job that a change may name; each is checked as part of the whole that comes of it. */
export const jobChange = fields(
  Object.fromEntries(Object.keys(plainFields).map((name) => [name, z.unknown().optional()])),
  'field',
  READ_ONLY_FIELDS,
);
