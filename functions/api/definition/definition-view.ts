import type { Job } from '../../core/domain/job.ts';
import { MAX_RESPONSE_BYTES } from '../http/response.ts';

/**
 * Converts a job to the fields that a request may set, with defaults filled in. Sending the result back defines the
 * same job.
 */
export function toDefinitionView(job: Job) {
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
    description: job.description,
    timezone: job.timezone,
    start_at: job.startAt,
    end_at: job.endAt,
    jitter_seconds: job.jitterSeconds,
    integration_id: job.integrationId,
    tags: job.tags,
    retry: {
      attempts: retry.attempts,
      backoff: retry.backoff,
      delay_seconds: retry.delaySeconds,
      max_delay_seconds: retry.maxDelaySeconds,
    },
  };
}

/**
 * Returns the items unchanged if they fit in one response; otherwise sets the long fields of every item to `null` and
 * marks each item with `shortened: true`.
 */
export function omitLargeFields<View extends object>(views: readonly View[]): readonly View[] {
  if (Buffer.byteLength(JSON.stringify(views)) <= MAX_RESPONSE_BYTES) return views;
  const shortened = { args: null, env: null, http: null, flow: null, description: null, shortened: true };
  return views.map((view) => ({ ...view, ...shortened }));
}
