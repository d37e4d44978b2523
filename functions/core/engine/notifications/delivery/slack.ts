import type { IncomingMessage } from 'node:http';
import { isHeaderValue } from '../../../domain/header-value.ts';
import type { Delivery } from '../../../domain/notification/delivery.ts';
import { isResolution, type NotificationKind } from '../../../domain/notification/kind.ts';
import { parseRetryAfter } from '../../../domain/retry-after.ts';
import { withoutDirectionControls } from '../../../domain/text.ts';
import type { OutgoingRequest } from '../../../executors/http/http-client.ts';
import { readJsonBody } from './read-json-body.ts';
import { runLink } from './run-link.ts';
import type { SendOptions, SendResult } from './send-types.ts';

/** Name of the tenant's secret with the Slack bot token. */
export const SLACK_TOKEN = 'slack.token';

/**
 * Errors after which a retry may succeed. Other errors need a change by the tenant: the channel, the token or its
 * scopes.
 */
const TRANSIENT_ERRORS = [
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'service_unavailable',
  'internal_error',
  'fatal_error',
  'request_timeout',
];

/**
 * Builds the request for a message to a channel.
 *
 * @returns a final failure if the token is missing or malformed
 * @see https://docs.slack.dev/reference/methods/chat.postMessage
 */
export function slackRequest(
  delivery: Delivery,
  channel: string,
  token: string | undefined,
  { slackApiUrl, consoleUrl }: Pick<SendOptions, 'slackApiUrl' | 'consoleUrl'>,
): OutgoingRequest | SendResult {
  if (token === undefined) {
    const error = `secret '${SLACK_TOKEN}' does not exist; PUT /v1/secrets/${SLACK_TOKEN} sets it`;
    return { kind: 'refused', error };
  }
  if (!isHeaderValue(token)) {
    return { kind: 'refused', error: `secret '${SLACK_TOKEN}' must be one line of printable characters` };
  }
  return {
    url: `${slackApiUrl}/chat.postMessage`,
    method: 'POST',
    headers: {},
    platformHeaders: { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ channel, text: slackText(delivery, consoleUrl), unfurl_links: false, unfurl_media: false }),
  };
}

const OUTCOMES = {
  failure: { icon: ':red_circle:', outcome: 'failed' },
  success: { icon: ':large_green_circle:', outcome: 'completed' },
  recovered: { icon: ':large_green_circle:', outcome: 'recovered' },
  late_start: { icon: ':large_yellow_circle:', outcome: 'late to start' },
  late_finish: { icon: ':large_yellow_circle:', outcome: 'late to end' },
} as const satisfies Record<NotificationKind, object>;

/** Formats the message in Slack's markup. */
export function slackText(delivery: Delivery, consoleUrl: string): string {
  const { kind, run, runs, folded, since } = delivery;
  const job = `*${escapeMarkup(delivery.jobName)}*`;
  const failed = kind === 'failure';
  const { icon, outcome: plain } = OUTCOMES[kind];
  const link = runLink(delivery, consoleUrl);
  const named = `run ${run.number}`;
  const which = link === null ? named : `<${link}|${named}>`;
  const facts = [which, ...(run.attempt > 1 ? [`attempt ${run.attempt}`] : [])].join(', ');
  const took = isResolution(kind) && run.durationMs !== null ? ` in ${(run.durationMs / 1_000).toFixed(1)} s` : '';
  const reason = failed && run.reason ? `: ${escapeMarkup(run.reason)}` : '';
  const outcome = run.status === 'timeout' ? 'timed out' : plain;
  if (!folded && runs === 1) return `${icon} ${job} ${outcome}${took} (${facts})${reason}`;
  const many = `${runs} ${folded ? 'more ' : ''}${runs === 1 ? 'run' : 'runs'} of ${job}`;
  return `${icon} ${many} ${plain} since ${since.slice(11, 16)} UTC. The last: ${facts}${reason}`;
}

/**
 * Escapes the characters of Slack's markup, so that a name cannot create links or mentions, and removes characters that
 * change the text direction.
 */
const escapeMarkup = (text: string) =>
  withoutDirectionControls(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * Parses Slack's response. Slack answers 200 with an error code to a rejected request, and 429 to a rate-limited one.
 */
export async function parseSlackResponse(response: IncomingMessage, at: Date): Promise<SendResult> {
  const { statusCode = 0, headers } = response;
  const retryAfterSeconds = parseRetryAfter(headers['retry-after'], at);
  if (statusCode !== 200) return { kind: 'failed', error: `Slack: HTTP ${statusCode}`, retryAfterSeconds };
  const { ok, error } = await readJsonBody(response);
  if (ok === true) return { kind: 'delivered' };
  if (typeof error !== 'string' || !/^[a-z_]{1,64}$/.test(error)) {
    return { kind: 'failed', error: 'Slack: unexpected response', retryAfterSeconds };
  }
  if (TRANSIENT_ERRORS.includes(error)) return { kind: 'failed', error: `Slack: ${error}`, retryAfterSeconds };
  return { kind: 'refused', error: `Slack: ${error}` };
}
