import type { Definition } from '../../domain/definition.ts';
import { InvalidInput } from '../../domain/errors.ts';
import type { FlowTarget, HttpTarget, RetryPolicy, ScriptTarget, Target } from '../../domain/job.ts';
import { FLOW_RETRY, NO_RETRY } from '../../domain/retry.ts';
import { findTimezone } from '../../domain/schedule/index.ts';
import type { NewJob } from './job-shape.ts';

/**
 * The definition that a request's fields stand for.
 *
 * @throws InvalidInput when what is given does not fit the job's type
 */
export function definitionOf(job: NewJob): Definition {
  return {
    name: job.name,
    description: job.description,
    schedule: job.schedule,
    // A name that IANA does not have stays as it is: the check of the definition refuses it.
    timezone: findTimezone(job.timezone) ?? job.timezone,
    startAt: job.start_at,
    endAt: job.end_at,
    jitterSeconds: job.jitter_seconds,
    target: targetOf(job),
    timeoutMs: job.timeout_ms,
    overlapPolicy: job.overlap_policy,
    startGraceSeconds: job.start_grace_s,
    finishGraceSeconds: job.finish_grace_s,
    retry: retryOf(job, job.type === 'flow' ? FLOW_RETRY : NO_RETRY),
    integrationId: job.integration_id,
    tags: job.tags,
    enabled: job.enabled,
    onFailure: job.on_failure,
    onSuccess: job.on_success,
    onLate: job.on_late,
  };
}

/** @param byDefault what a job of its type has when it says nothing */
function retryOf({ retry }: NewJob, byDefault: RetryPolicy): RetryPolicy {
  if (!retry) return byDefault;
  const delaySeconds = retry.delay_seconds ?? byDefault.delaySeconds;
  return {
    attempts: retry.attempts,
    backoff: retry.backoff ?? byDefault.backoff,
    delaySeconds,
    maxDelaySeconds: retry.max_delay_seconds ?? Math.max(delaySeconds, byDefault.maxDelaySeconds),
  };
}

function targetOf(job: NewJob): Target {
  switch (job.type) {
    case 'script':
      return scriptTarget(job);
    case 'http':
      return httpTarget(job);
    case 'flow':
      return flowTarget(job);
  }
}

function scriptTarget(job: NewJob): ScriptTarget {
  refuseOthers(job, ['http', 'flow']);
  const { script, args, env } = job;
  if (script === null) throw new InvalidInput('script', "is required: the job's type is script");
  return { type: 'script', script, args: args ?? [], env: env ?? {} };
}

function httpTarget(job: NewJob): HttpTarget {
  refuseOthers(job, ['script', 'args', 'env', 'flow']);
  if (!job.http) throw new InvalidInput('http', "is required: the job's type is http");
  const { url, headers, body } = job.http;
  return { type: 'http', url, method: job.http.method ?? (body === null ? 'GET' : 'POST'), headers, body };
}

function flowTarget(job: NewJob): FlowTarget {
  refuseOthers(job, ['script', 'args', 'env', 'http']);
  if (!job.flow) throw new InvalidInput('flow', "is required: the job's type is flow");
  return { type: 'flow', flow: job.flow };
}

function refuseOthers(job: NewJob, others: readonly ('script' | 'args' | 'env' | 'http' | 'flow')[]): void {
  const other = others.find((field) => job[field] !== null);
  if (other) throw new InvalidInput(other, `must be absent: the job's type is ${job.type}`);
}
