import type { IncomingMessage } from 'node:http';
import type { Delivery } from '../../../domain/notification/delivery.ts';
import { shortenReason } from '../../../domain/notification/delivery.ts';
import { isResolution } from '../../../domain/notification/kind.ts';
import { parseRetryAfter } from '../../../domain/retry-after.ts';
import { truncateWithEllipsis, withoutDirectionControls } from '../../../domain/text.ts';
import type { OutgoingRequest } from '../../../executors/http/http-client.ts';
import { describeDelivery } from './describe-delivery.ts';
import { readJsonBody } from './read-json-body.ts';
import { runLink } from './run-link.ts';
import type { SendOptions, SendResult } from './send-types.ts';
import { webhookBody } from './webhook.ts';

/** Maximum length of an event's summary, in characters. */
const MAX_SUMMARY_LENGTH = 1_024;

/**
 * Builds an event of PagerDuty. A failure or lateness triggers an alert of the job, which a completed run resolves. A
 * further event with the same key is added to the open alert; the resolution of a job without one has no effect.
 *
 * @see https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
 */
export function pagerDutyEvent(delivery: Delivery, routingKey: string, consoleUrl: string) {
  const { tenant, jobId, incarnation, kind, run } = delivery;
  const event = { routing_key: routingKey, dedup_key: `jobdeck/${tenant}/${jobId}/${incarnation}` };
  if (isResolution(kind)) return { ...event, event_action: 'resolve' };
  const link = runLink(delivery, consoleUrl);
  return {
    ...event,
    event_action: 'trigger',
    client: 'Jobdeck',
    ...(link !== null && { client_url: link }),
    payload: {
      summary: truncateWithEllipsis(withoutDirectionControls(describeDelivery(delivery)), MAX_SUMMARY_LENGTH),
      source: `jobdeck/${tenant}`,
      severity: kind === 'failure' ? 'error' : 'warning',
      timestamp: run.finishedAt,
      component: jobId,
      class: kind,
      custom_details: webhookBody(delivery, consoleUrl).data,
    },
  };
}

export function pagerDutyRequest(
  delivery: Delivery,
  routingKey: string,
  { pagerDutyUrl, consoleUrl }: Pick<SendOptions, 'pagerDutyUrl' | 'consoleUrl'>,
): OutgoingRequest {
  return {
    url: `${pagerDutyUrl}/v2/enqueue`,
    method: 'POST',
    headers: {},
    platformHeaders: { 'content-type': 'application/json' },
    body: JSON.stringify(pagerDutyEvent(delivery, routingKey, consoleUrl)),
  };
}

/** Parses PagerDuty's response: 202 is a success, 400 is final (an invalid event or key), any other status is retryable. */
export async function parsePagerDutyResponse(response: IncomingMessage, at: Date): Promise<SendResult> {
  const { statusCode = 0, headers } = response;
  if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered' };
  if (statusCode !== 400) {
    const retryAfterSeconds = parseRetryAfter(headers['retry-after'], at);
    return { kind: 'failed', error: `PagerDuty: HTTP ${statusCode}`, retryAfterSeconds };
  }
  const { message, errors } = await readJsonBody(response);
  const reasons = [message, ...(Array.isArray(errors) ? errors : [])].filter((text) => typeof text === 'string');
  return { kind: 'refused', error: shortenReason(['PagerDuty: HTTP 400', ...reasons].join(': ')) };
}
