import * as z from 'zod';
import { OVERLAP_POLICIES } from '../../core/domain/job.ts';
import { JOB_ID, JOB_ID_RULE } from '../../core/domain/job-id.ts';
import { FINISH_GRACE_SECONDS, FLOW_FINISH_GRACE_SECONDS, START_GRACE_SECONDS } from '../../core/domain/lateness.ts';
import { DAY_MS, LONGEST_TIMEOUT_MS } from '../../core/domain/timing.ts';
import {
  anyText,
  DEFAULT,
  documented,
  fields,
  integer,
  listOf,
  mapOf,
  matching,
  name,
  oneOf,
  orDefault,
  requiredBecause,
  text,
  time,
  variants,
} from '../http/shapes.ts';
import { called } from '../openapi/described.ts';
import { flow } from './flow-shape.ts';
import { READ_ONLY_FIELDS } from './read-only-fields.ts';

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const MAX_DELAY_SECONDS = 86_400;
const MAX_ARGS = 100;
const MAX_TAGS = 20;
/** Milliseconds that one attempt of a script or a request may take unless its job says otherwise. */
export const DEFAULT_TIMEOUT_MS = 300_000;
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

const tags = documented(
  listOf(name(64), MAX_TAGS).refine((list) => new Set(list).size === list.length, {
    error: 'must not name a tag twice',
  }),
  { uniqueItems: true },
);

/** A timeout in milliseconds, or in seconds: `definitionOf` makes one of the two. */
const timeouts = (longestMs: number) => ({
  timeout_ms: orDefault(integer(1_000, longestMs), null),
  timeout_seconds: documented(orDefault(integer(1, longestMs / 1_000), null), {
    description: 'The same as `timeout_ms`, in seconds; at most one of the two is needed.',
  }),
});

const timeout = timeouts(LONGEST_TIMEOUT_MS);
documented(timeout.timeout_ms, { [DEFAULT]: DEFAULT_TIMEOUT_MS });
/** A flow is done in slices, and may take as long as it takes. */
const flowTimeout = timeouts(LONGEST_FLOW_MS);

type JobType = 'script' | 'http' | 'flow';

const isRequired = <Shape extends z.ZodType>(shape: Shape, type: JobType) =>
  requiredBecause(shape, `the job's type is ${type}`);

/** A field of jobs of other types. */
const isAbsent = (type: JobType) => z.null({ error: `must be absent: the job's type is ${type}` }).optional();

const ofScript = {
  args: orDefault(listOf(anyText(4_096), MAX_ARGS), null),
  env: orDefault(mapOf(anyText(4_096)), null),
};
const notOfScript = (type: JobType) => ({ script: isAbsent(type), args: isAbsent(type), env: isAbsent(type) });

/** @param target fields of what a job of this type runs */
const definitionFields = <
  const Type extends JobType,
  Target extends Readonly<Record<'script' | 'http' | 'flow' | 'args' | 'env', z.ZodType>>,
>(
  type: Type,
  target: Target,
  limits: ReturnType<typeof timeouts>,
  finishGraceSeconds: number,
) => ({
  id: matching(JOB_ID, JOB_ID_RULE),
  name: name(200),
  schedule: orDefault(anyText(256), null),
  type: oneOf([type]),
  ...target,
  enabled: orDefault(enabled, true),
  ...limits,
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

const scriptFields = definitionFields(
  'script',
  { http: isAbsent('script'), flow: isAbsent('script'), script: isRequired(text(1_024), 'script'), ...ofScript },
  timeout,
  FINISH_GRACE_SECONDS,
);
const httpFields = definitionFields(
  'http',
  { ...notOfScript('http'), flow: isAbsent('http'), http: isRequired(http, 'http') },
  timeout,
  FINISH_GRACE_SECONDS,
);
const flowFields = definitionFields(
  'flow',
  { ...notOfScript('flow'), http: isAbsent('flow'), flow: called('FlowInput', isRequired(flow, 'flow')) },
  flowTimeout,
  FLOW_FINISH_GRACE_SECONDS,
);

export const scriptJob = fields(scriptFields, 'field', READ_ONLY_FIELDS);
export const httpJob = fields(httpFields, 'field', READ_ONLY_FIELDS);
export const flowJob = fields(flowFields, 'field', READ_ONLY_FIELDS);

/** Gives an object that says nothing of its type the one that it must be of. */
const typed = (typeOf: (given: Readonly<Record<string, unknown>>) => string) => (given: unknown) => {
  if (typeof given !== 'object' || given === null) return given;
  const said = given as Readonly<Record<string, unknown>>;
  return { ...said, type: said.type ?? typeOf(said) };
};

/** A job, whole: the body of `POST /jobs`. A field that is null is as if it were left out. */
export const newJob = z.preprocess(
  typed(({ http, flow }) => (http ? 'http' : flow ? 'flow' : 'script')),
  variants([scriptJob, httpJob, flowJob]),
);

/** A job that is a flow: the body of `POST /v1/flows`. */
export const newFlow = z.preprocess(
  typed(() => 'flow'),
  variants([flowJob]),
);

export type NewJob = z.output<typeof newJob>;

/** The fields of a job that a change may name; each is checked as part of the whole that comes of it. */
export const jobChange = fields(
  Object.fromEntries(Object.keys(scriptFields).map((name) => [name, z.unknown().optional()])),
  'field',
  READ_ONLY_FIELDS,
);
