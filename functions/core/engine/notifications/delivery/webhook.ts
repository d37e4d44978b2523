import type { IncomingMessage } from 'node:http';
import { type Delivery, deliveryRunId } from '../../../domain/notification/delivery.ts';
import { parseRetryAfter } from '../../../domain/retry-after.ts';
import type { OutgoingRequest } from '../../../executors/http/http-client.ts';
import { signatureHeaders } from '../../../executors/http/webhook-signature.ts';
import { runLink } from './run-link.ts';
import type { SendOptions, SendResult } from './send-types.ts';

const EVENT_TYPES = {
  failure: 'run.failed',
  success: 'run.completed',
  recovered: 'run.recovered',
  late_start: 'run.late_start',
  late_finish: 'run.late_finish',
} as const;

/**
 * Builds the body of a webhook: type, timestamp and data as in Standard Webhooks. The body is equal at every attempt
 * and contains no output of the run.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks
 */
export function webhookBody(delivery: Delivery, consoleUrl: string) {
  const { kind, run, jobId, jobName, runs, since } = delivery;
  return {
    type: EVENT_TYPES[kind],
    timestamp: run.finishedAt,
    data: {
      job_id: jobId,
      job_name: jobName,
      run_id: deliveryRunId(delivery),
      number: run.number,
      status: run.status,
      reason: run.reason,
      trigger: run.trigger,
      scheduled_at: run.scheduledAt,
      started_at: run.startedAt,
      finished_at: run.status === 'late' ? null : run.finishedAt,
      duration_ms: run.durationMs,
      attempt: run.attempt,
      runs,
      since,
      url: runLink(delivery, consoleUrl),
    },
  };
}

/** @param secrets secrets that sign the request */
export function webhookRequest(
  delivery: Delivery,
  url: string,
  secrets: readonly string[],
  at: Date,
  { consoleUrl }: Pick<SendOptions, 'consoleUrl'>,
): OutgoingRequest {
  const body = JSON.stringify(webhookBody(delivery, consoleUrl));
  const platformHeaders = signatureHeaders(secrets, delivery.id, at, body);
  return { url, method: 'POST', headers: {}, platformHeaders, body };
}

/** Parses a webhook's response. 2xx is a success, 410 is final, any other status is retryable. */
export function parseWebhookResponse({ statusCode = 0, headers }: IncomingMessage, at: Date): SendResult {
  if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered' };
  if (statusCode === 410) return { kind: 'refused', error: 'HTTP 410: the receiver accepts no more notifications' };
  const redirect = statusCode >= 300 && statusCode < 400 ? ': redirects are not followed' : '';
  return {
    kind: 'failed',
    error: `HTTP ${statusCode}${redirect}`,
    retryAfterSeconds: parseRetryAfter(headers['retry-after'], at),
  };
}
