import * as z from 'zod';
import { AFTER_MODES, MAX_UPSTREAM_JOBS, MAX_WITHIN_SECONDS, UPSTREAM_ENDS } from '../../core/domain/after.ts';
import { CALENDAR_NAME, CALENDAR_NAME_RULE, MAX_JOB_CALENDARS } from '../../core/domain/calendar.ts';
import {
  CATCH_UP_MODES,
  MAX_CATCH_UP_LIMIT,
  MAX_CATCH_UP_WINDOW_SECONDS,
  NO_CATCH_UP,
} from '../../core/domain/catch-up.ts';
import { DEFAULT_EXTERNAL_TIMEOUT_MS, MAX_EXTERNAL_TIMEOUT_MS } from '../../core/domain/external-execution.ts';
import { JOB_TYPES, type JobType, OVERLAP_POLICIES } from '../../core/domain/job.ts';
import { JOB_ID, JOB_ID_RULE } from '../../core/domain/job-id.ts';
import { MAX_SCHEDULES } from '../../core/domain/job-timetable.ts';
import { LABEL_NAME, LABEL_NAME_RULE, MAX_LABEL_VALUE_LENGTH, MAX_LABELS } from '../../core/domain/labels.ts';
import { FINISH_GRACE_SECONDS, FLOW_FINISH_GRACE_SECONDS, START_GRACE_SECONDS } from '../../core/domain/lateness.ts';
import { MAX_PAYLOAD_PATH_LENGTH } from '../../core/domain/payload-path.ts';
import { MAX_EXPIRY_SECONDS } from '../../core/domain/run-expiry.ts';
import { KEY_GROUP, KEY_GROUP_RULE, MAX_KEY_LIMIT } from '../../core/domain/run-keys.ts';
import { DEFAULT_PRIORITY, type Priority } from '../../core/domain/run-priority.ts';
import { MAX_SEARCHABLE_FIELDS } from '../../core/domain/run-search.ts';
import { MAX_THROTTLE_SECONDS } from '../../core/domain/throttle.ts';
import { DAY_MS, MAX_TIMEOUT_MS } from '../../core/domain/timing.ts';
import {
  anyJson,
  DEFAULT_KEYWORD,
  inputObject,
  inputVariants,
  integer,
  listOf,
  mapOf,
  matchingText,
  name,
  namedMapOf,
  oneOf,
  orDefault,
  requiredWithReason,
  text,
  textOrEmpty,
  time,
  withKeywords,
} from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';
import { namedSchema } from '../openapi/common-schemas.ts';
import { flow } from './flow-request.ts';
import { READ_ONLY_FIELDS } from './read-only-fields.ts';
import { container } from './targets/container.ts';
import { event } from './targets/event.ts';
import { lambda } from './targets/lambda.ts';
import { queue } from './targets/queue.ts';
import { stateMachine } from './targets/state-machine.ts';

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const MAX_DELAY_SECONDS = 86_400;
const MAX_ARGS = 100;
const MAX_TAGS = 20;
/** Default timeout of one attempt of a script or HTTP job, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 300_000;
const MAX_FLOW_TIMEOUT_MS = 30 * DAY_MS;
const MAX_START_GRACE_SECONDS = 86_400;

const http = lazy(() =>
  inputObject({
    url: text(2_048),
    method: orDefault(oneOf(HTTP_METHODS), null),
    headers: orDefault(mapOf(textOrEmpty(4_096)), {}),
    body: orDefault(textOrEmpty(16_384), null),
  }),
);

const retry = lazy(() =>
  inputObject({
    attempts: integer(1, 20),
    backoff: orDefault(oneOf(['exponential', 'fixed']), null),
    delay_seconds: orDefault(integer(0, MAX_DELAY_SECONDS), null),
    max_delay_seconds: orDefault(integer(0, MAX_DELAY_SECONDS), null),
  }),
);

const after = lazy(() =>
  inputObject({
    jobs: listOf(
      inputObject({ job: matchingText(JOB_ID, JOB_ID_RULE), on: orDefault(oneOf(UPSTREAM_ENDS), 'success') }),
      MAX_UPSTREAM_JOBS,
      1,
    ),
    mode: orDefault(oneOf(AFTER_MODES), 'all'),
    within_s: orDefault(integer(1, MAX_WITHIN_SECONDS), null),
  }),
);

const concurrency = lazy(() => inputObject({ ...keyFields(), limit: integer(1, MAX_KEY_LIMIT) }));

const throttle = lazy(() =>
  inputObject({ ...keyFields(), limit: integer(1, MAX_KEY_LIMIT), per_s: integer(1, MAX_THROTTLE_SECONDS) }),
);

/** Returns new schemas of the fields that determine which runs count together. The path is validated with the definition. */
const keyFields = () => ({
  key: withKeywords(orDefault(text(MAX_PAYLOAD_PATH_LENGTH), null), {
    description:
      'Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default.',
  }),
  group: withKeywords(orDefault(matchingText(KEY_GROUP, KEY_GROUP_RULE), null), {
    description: 'Jobs with the same group count their runs together.',
  }),
});

const enabled = lazy(() =>
  z
    .union([z.boolean(), z.literal(1), z.literal(0)], {
      error: ({ input }) => `must be 1, 0, true or false, got ${JSON.stringify(input)}`,
    })
    .transform(Boolean),
);

export const tags = lazy(() =>
  withKeywords(
    listOf(name(64), MAX_TAGS).refine((list) => new Set(list).size === list.length, {
      error: 'must not name a tag twice',
    }),
    { uniqueItems: true },
  ),
);

/** The paths are validated with the definition. */
const searchable = lazy(() =>
  withKeywords(
    listOf(text(MAX_PAYLOAD_PATH_LENGTH), MAX_SEARCHABLE_FIELDS).refine((list) => new Set(list).size === list.length, {
      error: 'must not name a field twice',
    }),
    {
      uniqueItems: true,
      description: 'Fields of the payload by which `GET /runs?q=` finds the runs of the job, such as `customer.id`.',
    },
  ),
);

const labels = lazy(() =>
  namedMapOf(
    matchingText(LABEL_NAME, LABEL_NAME_RULE),
    `a name must be ${LABEL_NAME_RULE}`,
    textOrEmpty(MAX_LABEL_VALUE_LENGTH),
    MAX_LABELS,
  ),
);

export const DEFAULT_TIMEZONE = 'UTC';

const schedules = () =>
  withKeywords(
    listOf(
      inputObject({
        schedule: text(256),
        timezone: withKeywords(orDefault(text(64), null), { description: '`timezone` of the job by default.' }),
        payload: withKeywords(anyJson(), {
          description: 'Any JSON value, the `payload` of the runs of this schedule.',
        }),
      }),
      MAX_SCHEDULES,
    ),
    {
      description:
        'Several schedules instead of `schedule`, each with its time zone and payload. A time at which several of them ' +
        'fire is one tick, with the payload of the first.',
    },
  );

/** Returns a new schema of a priority. */
export const priority = () => integer(1, 5) as unknown as z.ZodType<Priority>;
/** Returns a new schema of the seconds until an expiry. */
export const expiry = () => integer(1, MAX_EXPIRY_SECONDS);

const calendars = (description: string) =>
  withKeywords(
    listOf(matchingText(CALENDAR_NAME, CALENDAR_NAME_RULE), MAX_JOB_CALENDARS).refine(
      (list) => new Set(list).size === list.length,
      { error: 'must not name a calendar twice' },
    ),
    { uniqueItems: true, description },
  );

/** A timeout in milliseconds or in seconds. `toDefinition` reduces both to milliseconds. */
const timeouts = (maxMs: number) => ({
  timeout_ms: orDefault(integer(1_000, maxMs), null),
  timeout_seconds: withKeywords(orDefault(integer(1, maxMs / 1_000), null), {
    description: 'Alternative to `timeout_ms`, in seconds. If both are present, they must be equal.',
  }),
});

const timeout = lazy(() => {
  const fields = timeouts(MAX_TIMEOUT_MS);
  withKeywords(fields.timeout_ms, { [DEFAULT_KEYWORD]: DEFAULT_TIMEOUT_MS });
  return fields;
});
/** Executions by other services, which hold no worker. */
const externalTimeout = lazy(() => {
  const fields = timeouts(MAX_EXTERNAL_TIMEOUT_MS);
  withKeywords(fields.timeout_ms, { [DEFAULT_KEYWORD]: DEFAULT_EXTERNAL_TIMEOUT_MS });
  return fields;
});
/** Flows run in slices and have no timeout by default. */
const flowTimeout = lazy(() => timeouts(MAX_FLOW_TIMEOUT_MS));

const requiredFor = <Shape extends z.ZodType>(shape: Shape, type: JobType) =>
  requiredWithReason(shape, `the job's type is ${type}`);

/** A field that only jobs of another type have. */
const absentFor = (type: JobType) => z.null({ error: `must be absent: the job's type is ${type}` }).optional();

/** Returns new schemas of the arguments and variables of a script job. */
export const createScriptOptions = () => ({
  args: orDefault(listOf(textOrEmpty(4_096), MAX_ARGS), null),
  env: orDefault(mapOf(textOrEmpty(4_096)), null),
});
const scriptOptions = lazy(createScriptOptions);
/** The fields that only jobs of one type have, as jobs of another type have them. */
const foreignFields = (type: JobType) => ({
  script: absentFor(type),
  args: absentFor(type),
  env: absentFor(type),
  http: absentFor(type),
  flow: absentFor(type),
  lambda: absentFor(type),
  event: absentFor(type),
  queue: absentFor(type),
  container: absentFor(type),
  stateMachine: absentFor(type),
});

/** @param target the fields that describe what a job of this type runs */
const jobRequestFields = <
  const Type extends JobType,
  Target extends Readonly<Record<keyof ReturnType<typeof foreignFields>, z.ZodType>>,
>(
  type: Type,
  target: Target,
  limits: ReturnType<typeof timeouts>,
  finishGraceSeconds: number,
) => ({
  id: matchingText(JOB_ID, JOB_ID_RULE),
  name: name(200),
  schedule: orDefault(textOrEmpty(256), null),
  type: oneOf([type]),
  ...target,
  enabled: orDefault(enabled(), true),
  ...limits,
  start_grace_s: orDefault(integer(0, MAX_START_GRACE_SECONDS), START_GRACE_SECONDS),
  finish_grace_s: orDefault(integer(0, MAX_FLOW_TIMEOUT_MS / 1_000), finishGraceSeconds),
  overlap_policy: orDefault(oneOf(OVERLAP_POLICIES), 'skip'),
  description: orDefault(textOrEmpty(2_000), null),
  timezone: orDefault(text(64), DEFAULT_TIMEZONE),
  schedules: orDefault(schedules(), null),
  exclude_calendars: orDefault(calendars('The schedule has no ticks on the dates of these calendars.'), []),
  require_calendars: orDefault(calendars('The schedule has ticks on the dates of all these calendars only.'), []),
  start_at: orDefault(time(), null),
  end_at: orDefault(time(), null),
  jitter_seconds: orDefault(integer(0, 900), 0),
  catch_up: withKeywords(orDefault(oneOf(CATCH_UP_MODES), NO_CATCH_UP.mode), {
    description:
      'What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are ' +
      'recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does ' +
      'not apply to these runs.',
  }),
  catch_up_window_s: withKeywords(orDefault(integer(1, MAX_CATCH_UP_WINDOW_SECONDS), NO_CATCH_UP.windowSeconds), {
    description: 'Maximum age of a missed tick that runs. Older ones are recorded as missed.',
  }),
  catch_up_limit: withKeywords(orDefault(integer(1, MAX_CATCH_UP_LIMIT), NO_CATCH_UP.limit), {
    description: 'Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed.',
  }),
  after: orDefault(after(), null),
  integration_id: orDefault(matchingText(JOB_ID, JOB_ID_RULE), null),
  tags: orDefault(tags(), []),
  labels: orDefault(labels(), {}),
  searchable: orDefault(searchable(), []),
  retry: orDefault(retry(), null),
  priority: withKeywords(orDefault(priority(), DEFAULT_PRIORITY), {
    description: 'Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent.',
  }),
  expires_in_s: withKeywords(orDefault(expiry(), null), {
    description: 'Seconds after which a run that has not started is canceled. No limit by default.',
  }),
  concurrency: withKeywords(orDefault(concurrency(), null), {
    description:
      'A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their ' +
      'end, retries included.',
  }),
  throttle: withKeywords(orDefault(throttle(), null), {
    description:
      'At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, ' +
      'in the order of their creation.',
  }),
  on_failure: orDefault(text(256), null),
  on_success: orDefault(text(256), null),
  on_late: orDefault(text(256), null),
});

const scriptFields = lazy(() => {
  const { script: _, args: __, env: ___, ...others } = foreignFields('script');
  return jobRequestFields(
    'script',
    { ...others, script: requiredFor(text(1_024), 'script'), ...scriptOptions() },
    timeout(),
    FINISH_GRACE_SECONDS,
  );
});
const httpFields = lazy(() => {
  const { http: _, ...others } = foreignFields('http');
  return jobRequestFields('http', { ...others, http: requiredFor(http(), 'http') }, timeout(), FINISH_GRACE_SECONDS);
});
const flowFields = lazy(() => {
  const { flow: _, ...others } = foreignFields('flow');
  return jobRequestFields(
    'flow',
    { ...others, flow: namedSchema('FlowInput', requiredFor(flow(), 'flow')) },
    flowTimeout(),
    FLOW_FINISH_GRACE_SECONDS,
  );
});
const lambdaFields = lazy(() => {
  const { lambda: _, ...others } = foreignFields('lambda');
  return jobRequestFields(
    'lambda',
    { ...others, lambda: requiredFor(lambda(), 'lambda') },
    timeout(),
    FINISH_GRACE_SECONDS,
  );
});
const eventFields = lazy(() => {
  const { event: _, ...others } = foreignFields('event');
  return jobRequestFields(
    'event',
    { ...others, event: requiredFor(event(), 'event') },
    timeout(),
    FINISH_GRACE_SECONDS,
  );
});
const queueFields = lazy(() => {
  const { queue: _, ...others } = foreignFields('queue');
  return jobRequestFields(
    'queue',
    { ...others, queue: requiredFor(queue(), 'queue') },
    timeout(),
    FINISH_GRACE_SECONDS,
  );
});
const containerFields = lazy(() => {
  const { container: _, ...others } = foreignFields('container');
  return jobRequestFields(
    'container',
    { ...others, container: requiredFor(container(), 'container') },
    externalTimeout(),
    FLOW_FINISH_GRACE_SECONDS,
  );
});
const stateMachineFields = lazy(() => {
  const { stateMachine: _, ...others } = foreignFields('stateMachine');
  return jobRequestFields(
    'stateMachine',
    { ...others, stateMachine: requiredFor(stateMachine(), 'stateMachine') },
    externalTimeout(),
    FLOW_FINISH_GRACE_SECONDS,
  );
});

export const scriptJob = lazy(() => inputObject(scriptFields(), 'field', READ_ONLY_FIELDS));
export const httpJob = lazy(() => inputObject(httpFields(), 'field', READ_ONLY_FIELDS));
export const flowJob = lazy(() => inputObject(flowFields(), 'field', READ_ONLY_FIELDS));
export const lambdaJob = lazy(() => inputObject(lambdaFields(), 'field', READ_ONLY_FIELDS));
export const eventJob = lazy(() => inputObject(eventFields(), 'field', READ_ONLY_FIELDS));
export const queueJob = lazy(() => inputObject(queueFields(), 'field', READ_ONLY_FIELDS));
export const containerJob = lazy(() => inputObject(containerFields(), 'field', READ_ONLY_FIELDS));
export const stateMachineJob = lazy(() => inputObject(stateMachineFields(), 'field', READ_ONLY_FIELDS));

/**
 * Returns a preprocessor that adds the field `type` to a request that omits it.
 *
 * @param typeOf derives the type from the other fields
 */
const withType = (typeOf: (given: Readonly<Record<string, unknown>>) => string) => (given: unknown) => {
  if (typeof given !== 'object' || given === null) return given;
  const fields = given as Readonly<Record<string, unknown>>;
  return { ...fields, type: fields.type ?? typeOf(fields) };
};

/** A complete job: the body of `POST /jobs`. `null` and an omitted field are equivalent. */
export const jobRequest = lazy(() =>
  z.preprocess(
    // The field with the target has the name of the type.
    withType((given) => JOB_TYPES.find((type) => type !== 'script' && given[type]) ?? 'script'),
    inputVariants([
      scriptJob(),
      httpJob(),
      flowJob(),
      lambdaJob(),
      eventJob(),
      queueJob(),
      containerJob(),
      stateMachineJob(),
    ]),
  ),
);

/** A complete flow job: the body of `POST /v1/flows` and `POST /api/v1/pipelines`. */
export const flowJobRequest = lazy(() =>
  z.preprocess(
    withType(() => 'flow'),
    inputVariants([flowJob()]),
  ),
);

export type JobRequest = z.output<ReturnType<typeof jobRequest>>;

/** The fields that a change may name. Their values are validated as part of the resulting job. */
export const jobChangeRequest = lazy(() =>
  inputObject(
    Object.fromEntries(Object.keys(scriptFields()).map((name) => [name, z.unknown().optional()])),
    'field',
    READ_ONLY_FIELDS,
  ),
);
