import * as z from 'zod';
import type { Definition } from '../../domain/definition.ts';
import { InvalidInput } from '../../domain/errors.ts';
import { type HttpTarget, OVERLAP_POLICIES, type ScriptTarget } from '../../domain/job.ts';
import { JOB_ID, JOB_ID_RULE } from '../../domain/job-id.ts';
import { NO_RETRY } from '../../domain/retry.ts';
import { anyText, fields, integer, listOf, mapOf, matching, oneOf, orDefault, text, time } from '../edge/shapes.ts';

const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const MAX_DELAY_SECONDS = 86_400;
const MAX_ARGS = 100;
const MAX_TAGS = 20;

/** What answers show of a job and no request may set. */
const READ_ONLY = ['next_run', 'created_at', 'updated_at', 'registration', 'last_status', 'last_run'];

const http = fields({
  url: text(2_048),
  method: orDefault(oneOf(HTTP_METHODS), null),
  headers: orDefault(mapOf(anyText(4_096)), {}),
  body: orDefault(anyText(16_384), null),
});

const retry = fields({
  attempts: integer(1, 20),
  backoff: orDefault(oneOf(['exponential', 'fixed']), NO_RETRY.backoff),
  delay_seconds: orDefault(integer(0, MAX_DELAY_SECONDS), NO_RETRY.delaySeconds),
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

const definitionFields = {
  name: text(200),
  schedule: orDefault(anyText(256), null),
  type: orDefault(oneOf(['script', 'http']), null),
  script: orDefault(text(1_024), null),
  http: orDefault(http, null),
  args: orDefault(listOf(anyText(4_096), MAX_ARGS), null),
  env: orDefault(mapOf(anyText(4_096)), null),
  enabled: orDefault(enabled, true),
  timeout_ms: orDefault(integer(1_000, 840_000), 300_000),
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
};

/** A job, whole: the body of `POST /jobs`. A field that is null is as if it were left out. */
export const newJob = fields({ id: matching(JOB_ID, JOB_ID_RULE), ...definitionFields }, 'field', READ_ONLY);

export type NewJob = z.output<typeof newJob>;

/** The fields of a job that a change may name; each is checked as part of the whole that comes of it. */
export const jobChange = fields(
  Object.fromEntries(['id', ...Object.keys(definitionFields)].map((name) => [name, z.unknown().optional()])),
  'field',
  READ_ONLY,
);

/**
 * The definition that a request's fields stand for.
 *
 * @throws InvalidInput when what is given does not fit the job's type
 */
export function definitionOf(job: NewJob): Definition {
  const delaySeconds = job.retry?.delay_seconds ?? NO_RETRY.delaySeconds;
  return {
    name: job.name,
    description: job.description,
    schedule: job.schedule,
    timezone: job.timezone,
    startAt: job.start_at,
    endAt: job.end_at,
    jitterSeconds: job.jitter_seconds,
    target: (job.type ?? (job.http ? 'http' : 'script')) === 'http' ? httpTarget(job) : scriptTarget(job),
    timeoutMs: job.timeout_ms,
    overlapPolicy: job.overlap_policy,
    retry: job.retry
      ? {
          attempts: job.retry.attempts,
          backoff: job.retry.backoff,
          delaySeconds,
          maxDelaySeconds: job.retry.max_delay_seconds ?? Math.max(delaySeconds, NO_RETRY.maxDelaySeconds),
        }
      : NO_RETRY,
    integrationId: job.integration_id,
    tags: job.tags,
    enabled: job.enabled,
    onFailure: job.on_failure,
    onSuccess: job.on_success,
  };
}

function scriptTarget({ script, args, env, http }: NewJob): ScriptTarget {
  if (http) throw new InvalidInput('http', "must be absent: the job's type is script");
  if (script === null) throw new InvalidInput('script', "is required: the job's type is script");
  return { type: 'script', script, args: args ?? [], env: env ?? {} };
}

function httpTarget({ http, ...others }: NewJob): HttpTarget {
  for (const field of ['script', 'args', 'env'] as const) {
    if (others[field] !== null) throw new InvalidInput(field, "must be absent: the job's type is http");
  }
  if (!http) throw new InvalidInput('http', "is required: the job's type is http");
  const { url, headers, body } = http;
  return { type: 'http', url, method: http.method ?? (body === null ? 'GET' : 'POST'), headers, body };
}
