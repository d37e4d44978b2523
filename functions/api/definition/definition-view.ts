import * as z from 'zod';
import { AFTER_MODES, UPSTREAM_ENDS } from '../../core/domain/after.ts';
import { CATCH_UP_MODES } from '../../core/domain/catch-up.ts';
import type { Flow } from '../../core/domain/flow/flow.ts';
import { JOB_TYPES, type Job, OVERLAP_POLICIES } from '../../core/domain/job.ts';
import type { Labels } from '../../core/domain/labels.ts';
import type { Throttle } from '../../core/domain/throttle.ts';
import { MAX_RESPONSE_BYTES } from '../http/response.ts';
import { lazy, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger, timestamp } from '../openapi/common-schemas.ts';
import { toParsedSchema } from '../openapi/parsed-schema.ts';
import { flow } from './flow-request.ts';
import { HTTP_METHODS } from './job-request.ts';
import { containerView, toContainerView } from './targets/container.ts';
import { eventView, toEventView } from './targets/event.ts';
import { lambdaView, toLambdaView } from './targets/lambda.ts';
import { queueView, toQueueView } from './targets/queue.ts';
import { stateMachineView, toStateMachineView } from './targets/state-machine.ts';

/** A flow with defaults filled in. */
export const flowResponse = lazy(() => namedSchema('Flow', toParsedSchema(flow()) as z.ZodType<Flow>));

const definition = lazy(() =>
  z.object({
    id: z.string(),
    name: z.string(),
    schedule: z.string().nullable(),
    script: z.string().nullable(),
    type: z.enum(JOB_TYPES),
    enabled: z.literal([0, 1]),
    timeout_ms: nonNegativeInteger().nullable(),
    overlap_policy: z.enum(OVERLAP_POLICIES),
    start_grace_s: nonNegativeInteger(),
    finish_grace_s: nonNegativeInteger(),
    on_failure: z.string().nullable(),
    on_success: z.string().nullable(),
    on_late: z.string().nullable(),
    args: z.array(z.string()).nullable(),
    env: z.record(z.string(), z.string()).nullable(),
    http: z
      .object({
        url: z.string(),
        method: z.enum(HTTP_METHODS),
        headers: z.record(z.string(), z.string()),
        body: z.string().nullable(),
      })
      .nullable(),
    flow: flowResponse().nullable(),
    lambda: lambdaView().nullable().describe('The function of the team that runs invoke.'),
    event: eventView().nullable().describe('The event that runs put on an event bus of the team.'),
    queue: queueView().nullable().describe('The message that runs send to a queue of the team.'),
    container: containerView().nullable().describe('The task of Amazon ECS that runs start.'),
    stateMachine: stateMachineView().nullable().describe('The state machine of Step Functions that runs execute.'),
    description: z.string().nullable(),
    timezone: z.string(),
    schedules: z
      .array(z.object({ schedule: z.string(), timezone: z.string(), payload: z.unknown() }))
      .nullable()
      .describe('The schedules of a job that has several; `schedule` and `timezone` show the first of them.'),
    exclude_calendars: z.array(z.string()),
    require_calendars: z.array(z.string()),
    start_at: timestamp().nullable(),
    end_at: timestamp().nullable(),
    jitter_seconds: nonNegativeInteger(),
    catch_up: z.enum(CATCH_UP_MODES),
    catch_up_window_s: nonNegativeInteger(),
    catch_up_limit: nonNegativeInteger(),
    after: z
      .object({
        jobs: z.array(z.object({ job: z.string(), on: z.enum(UPSTREAM_ENDS) })),
        mode: z.enum(AFTER_MODES),
        within_s: nonNegativeInteger().nullable(),
      })
      .nullable()
      .describe('The upstream runs after which a run starts.'),
    integration_id: z.string().nullable(),
    tags: z.array(z.string()),
    labels: z.record(z.string(), z.string()),
    searchable: z.array(z.string()),
    retry: z.object({
      attempts: nonNegativeInteger(),
      backoff: z.enum(['exponential', 'fixed']),
      delay_seconds: nonNegativeInteger(),
      max_delay_seconds: nonNegativeInteger(),
    }),
    priority: z.int().min(1).max(5),
    expires_in_s: nonNegativeInteger().nullable(),
    concurrency: z
      .object({ key: z.string().nullable(), group: z.string().nullable(), limit: nonNegativeInteger() })
      .nullable()
      .describe('The limit of active runs with the same key value.'),
    throttle: z
      .object({
        key: z.string().nullable(),
        group: z.string().nullable(),
        limit: nonNegativeInteger(),
        per_s: nonNegativeInteger(),
      })
      .nullable()
      .describe('The limit of starts of runs with the same key value.'),
  }),
);
export const definitionFields = () => definition().shape;
/** The fields of a job that a request may set. */
export type DefinitionView = ViewOf<typeof definition>;

/** The fields of an item in a list that differ from those of the definition, because the list may be too long. */
export const listedFields = () => ({
  labels: definition().shape.labels.nullable(),
  shortened: z
    .literal(true)
    .optional()
    .describe(
      'Set on every item of a list that exceeds the size of a response: `args`, `env`, `http`, `flow`, `lambda`, ' +
        '`event`, `queue`, `container`, `stateMachine`, `description` and `schedules` are `null` in every item, and `labels` too if the list is still too long.',
    ),
});

/**
 * Converts a job to the fields that a request may set, with defaults filled in. Sending the result back defines the
 * same job.
 */
export function toDefinitionView(job: Job): DefinitionView {
  const { target, retry } = job;
  const script = target.type === 'script' ? target : null;
  const http = target.type === 'http' ? target : null;
  const flow = target.type === 'flow' ? target.flow : null;
  return {
    id: job.id,
    name: job.name,
    schedule: job.schedule,
    script: script?.script ?? null,
    type: target.type,
    enabled: job.enabled ? (1 as const) : (0 as const),
    timeout_ms: job.timeoutMs,
    overlap_policy: job.overlapPolicy,
    start_grace_s: job.startGraceSeconds,
    finish_grace_s: job.finishGraceSeconds,
    on_failure: job.onFailure,
    on_success: job.onSuccess,
    on_late: job.onLate,
    args: script?.args ?? null,
    env: script?.env ?? null,
    http: http && { url: http.url, method: http.method, headers: http.headers, body: http.body },
    flow,
    lambda: target.type === 'lambda' ? toLambdaView(target) : null,
    event: target.type === 'event' ? toEventView(target) : null,
    queue: target.type === 'queue' ? toQueueView(target) : null,
    container: target.type === 'container' ? toContainerView(target) : null,
    stateMachine: target.type === 'stateMachine' ? toStateMachineView(target) : null,
    description: job.description,
    timezone: job.timezone,
    schedules: job.schedules.length > 0 ? job.schedules : null,
    exclude_calendars: job.excludeCalendars,
    require_calendars: job.requireCalendars,
    start_at: job.startAt,
    end_at: job.endAt,
    jitter_seconds: job.jitterSeconds,
    catch_up: job.catchUp.mode,
    catch_up_window_s: job.catchUp.windowSeconds,
    catch_up_limit: job.catchUp.limit,
    after: job.after && { jobs: job.after.jobs, mode: job.after.mode, within_s: job.after.withinSeconds },
    integration_id: job.integrationId,
    tags: job.tags,
    labels: job.labels,
    searchable: job.searchable,
    retry: {
      attempts: retry.attempts,
      backoff: retry.backoff,
      delay_seconds: retry.delaySeconds,
      max_delay_seconds: retry.maxDelaySeconds,
    },
    priority: job.priority,
    expires_in_s: job.expiresInSeconds,
    concurrency: job.concurrency,
    throttle: job.throttle && toThrottleView(job.throttle),
  };
}

const toThrottleView = ({ key, group, limit, perSeconds }: Throttle) => ({ key, group, limit, per_s: perSeconds });

type Shortened<View> = Omit<View, 'labels'> & { readonly labels: Labels | null; readonly shortened?: true };

/**
 * Returns the items unchanged if they fit in one response; otherwise sets the long fields of every item to `null` and
 * marks each item with `shortened: true`. Labels remain if the items fit without the other long fields, because clients
 * select jobs by them.
 */
export function omitLargeFields<View extends DefinitionView>(views: readonly View[]): readonly Shortened<View>[] {
  if (fitsInResponse(views)) return views;
  const omitted = {
    args: null,
    env: null,
    http: null,
    flow: null,
    lambda: null,
    event: null,
    queue: null,
    container: null,
    stateMachine: null,
    description: null,
    schedules: null,
    shortened: true,
  } as const;
  const shortened = views.map((view) => ({ ...view, ...omitted }));
  return fitsInResponse(shortened) ? shortened : shortened.map((view) => ({ ...view, labels: null }));
}

const fitsInResponse = (views: readonly object[]): boolean =>
  Buffer.byteLength(JSON.stringify(views)) <= MAX_RESPONSE_BYTES;
