import type { After } from '../../core/domain/after.ts';
import type { Definition } from '../../core/domain/definition.ts';
import { InvalidInput } from '../../core/domain/errors.ts';
import { DEFAULT_EXTERNAL_TIMEOUT_MS } from '../../core/domain/external-execution.ts';
import type { JobSchedule, RetryPolicy, Target } from '../../core/domain/job.ts';
import type { Json } from '../../core/domain/json.ts';
import { FLOW_RETRY, NO_RETRY } from '../../core/domain/retry.ts';
import { findTimezone } from '../../core/domain/schedule/index.ts';
import type { Throttle } from '../../core/domain/throttle.ts';
import { formatReceived } from '../http/input-schemas.ts';
import { DEFAULT_TIMEOUT_MS, DEFAULT_TIMEZONE, type JobRequest } from './job-request.ts';
import { REPEATED_FIELDS } from './read-only-fields.ts';
import { toContainerTarget } from './targets/container.ts';
import { toEventTarget } from './targets/event.ts';
import { toLambdaTarget } from './targets/lambda.ts';
import { toQueueTarget } from './targets/queue.ts';
import { toStateMachineTarget } from './targets/state-machine.ts';

/**
 * Converts a validated job request to a definition.
 *
 * @throws InvalidInput if `timeout_ms` and `timeout_seconds` are both present and differ, or a read-only field differs from
 * the field that it repeats
 */
export function toDefinition(job: JobRequest): Definition {
  assertRepeats(job);
  const schedules = toSchedules(job);
  const [first = { schedule: job.schedule, timezone: toTimezone(job.timezone) }] = schedules;
  return {
    name: job.name,
    description: job.description,
    schedule: first.schedule,
    timezone: first.timezone,
    schedules,
    excludeCalendars: job.exclude_calendars,
    requireCalendars: job.require_calendars,
    startAt: job.start_at,
    endAt: job.end_at,
    jitterSeconds: job.jitter_seconds,
    catchUp: { mode: job.catch_up, windowSeconds: job.catch_up_window_s, limit: job.catch_up_limit },
    after: toAfter(job),
    target: toTarget(job),
    timeoutMs: toTimeoutMs(job),
    overlapPolicy: job.overlap_policy,
    startGraceSeconds: job.start_grace_s,
    finishGraceSeconds: job.finish_grace_s,
    retry: toRetryPolicy(job, job.type === 'flow' ? FLOW_RETRY : NO_RETRY),
    priority: job.priority,
    expiresInSeconds: job.expires_in_s,
    concurrency: job.concurrency,
    throttle: toThrottle(job),
    integrationId: job.integration_id,
    tags: job.tags,
    labels: job.labels,
    searchable: job.searchable,
    enabled: job.enabled,
    onFailure: job.on_failure,
    onSuccess: job.on_success,
    onLate: job.on_late,
  };
}

const toAfter = ({ after }: JobRequest): After | null =>
  after && { jobs: after.jobs, mode: after.mode, withinSeconds: after.within_s };

function toThrottle({ throttle }: JobRequest): Throttle | null {
  if (!throttle) return null;
  const { per_s: perSeconds, ...others } = throttle;
  return { ...others, perSeconds };
}

/** @throws InvalidInput if a read-only field differs from the field that it repeats */
function assertRepeats(job: JobRequest): void {
  const fields = job as Readonly<Record<string, unknown>>;
  for (const [name, repeated] of Object.entries(REPEATED_FIELDS)) {
    const [given, value] = [fields[name] ?? null, fields[repeated] ?? null];
    if (given === null || given === value) continue;
    const rule = `must be omitted or equal ${repeated} (${formatReceived(value)})`;
    throw new InvalidInput(name, `${rule}, got ${formatReceived(given)}`);
  }
}

/** An unknown time zone passes unchanged; `validateDefinition` rejects it. */
const toTimezone = (name: string): string => findTimezone(name) ?? name;

/**
 * Converts the schedules of a job that has several. `schedule` and `timezone` may repeat the first of them, as responses
 * do.
 *
 * @throws InvalidInput if `schedule` or `timezone` differs from the first schedule
 */
function toSchedules({ schedule, timezone, schedules: given }: JobRequest): readonly JobSchedule[] {
  const schedules = (given ?? []).map((one) => ({
    schedule: one.schedule,
    timezone: toTimezone(one.timezone ?? timezone),
    payload: one.payload as Json | null,
  }));
  const [first] = schedules;
  if (!first) return [];
  if (schedule !== null && schedule !== first.schedule) {
    const rule = `must be absent beside schedules, or equal schedules[0].schedule (${formatReceived(first.schedule)})`;
    throw new InvalidInput('schedule', `${rule}, got ${formatReceived(schedule)}`);
  }
  const zone = toTimezone(timezone);
  if (zone !== DEFAULT_TIMEZONE && zone !== first.timezone) {
    const rule = `must be absent beside schedules, or equal schedules[0].timezone (${formatReceived(first.timezone)})`;
    throw new InvalidInput('timezone', `${rule}, got ${formatReceived(timezone)}`);
  }
  return schedules;
}

/** @throws InvalidInput if `timeout_ms` and `timeout_seconds` are both present and differ */
function toTimeoutMs({ type, timeout_ms: ms, timeout_seconds: seconds }: JobRequest): number | null {
  if (ms !== null && seconds !== null && ms !== seconds * 1_000) {
    throw new InvalidInput('timeout_seconds', `must be the same time as timeout_ms (${ms}), got ${seconds}`);
  }
  if (ms !== null) return ms;
  if (seconds !== null) return seconds * 1_000;
  if (type === 'flow') return null;
  return type === 'container' || type === 'stateMachine' ? DEFAULT_EXTERNAL_TIMEOUT_MS : DEFAULT_TIMEOUT_MS;
}

/** @param byDefault the policy of the job's type, used for fields that the request omits */
function toRetryPolicy({ retry }: JobRequest, byDefault: RetryPolicy): RetryPolicy {
  if (!retry) return byDefault;
  const delaySeconds = retry.delay_seconds ?? byDefault.delaySeconds;
  return {
    attempts: retry.attempts,
    backoff: retry.backoff ?? byDefault.backoff,
    delaySeconds,
    maxDelaySeconds: retry.max_delay_seconds ?? Math.max(delaySeconds, byDefault.maxDelaySeconds),
  };
}

function toTarget(job: JobRequest): Target {
  switch (job.type) {
    case 'script':
      return { type: 'script', script: job.script, args: job.args ?? [], env: job.env ?? {} };
    case 'http': {
      const { url, method, headers, body } = job.http;
      return { type: 'http', url, method: method ?? (body === null ? 'GET' : 'POST'), headers, body };
    }
    case 'flow':
      return { type: 'flow', flow: job.flow };
    case 'lambda':
      return toLambdaTarget(job.lambda);
    case 'event':
      return toEventTarget(job.event);
    case 'queue':
      return toQueueTarget(job.queue);
    case 'container':
      return toContainerTarget(job.container);
    case 'stateMachine':
      return toStateMachineTarget(job.stateMachine);
  }
}
