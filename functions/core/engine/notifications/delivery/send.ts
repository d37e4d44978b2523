import type { IncomingMessage } from 'node:http';
import { type Delivery, shortenReason } from '../../../domain/notification/delivery.ts';
import { ATTEMPT_TIMEOUT_MS } from '../../../domain/notification/delivery-retry.ts';
import { parseDestination } from '../../../domain/notification/destination.ts';
import { findForeignAddress } from '../../../domain/notification/email-address.ts';
import { SecretDamagedError, SecretUnavailableError } from '../../../domain/secret.ts';
import {
  connectionErrorMessage,
  HttpClient,
  InvalidRequestError,
  type OutgoingRequest,
  urlWithoutQuery,
} from '../../../executors/http/http-client.ts';
import { sendEmail } from './email.ts';
import { pagerDutyRequest, parsePagerDutyResponse } from './pagerduty.ts';
import type { SendOptions, SendResult } from './send-types.ts';
import { parseSlackResponse, SLACK_TOKEN, slackRequest } from './slack.ts';
import { teamsRequest } from './teams.ts';
import { parseWebhookResponse, webhookRequest } from './webhook.ts';

const NOT_REACHED = { noAnswer: 'not-reached' } as const;

/**
 * Makes one attempt to send a delivery. A secret that cannot be read now is a failure to be retried.
 *
 * @param timeoutMs time for the response
 */
export async function send(
  delivery: Delivery,
  options: SendOptions,
  timeoutMs: number = ATTEMPT_TIMEOUT_MS,
): Promise<SendResult> {
  try {
    return await sendOnce(delivery, options, timeoutMs);
  } catch (error) {
    // guard: notification.secret-unavailable
    if (error instanceof SecretUnavailableError) return { kind: 'failed', error: error.message, ...NOT_REACHED };
    if (error instanceof SecretDamagedError) return { kind: 'refused', error: error.message, ...NOT_REACHED };
    throw error;
  }
}

async function sendOnce(delivery: Delivery, options: SendOptions, timeoutMs: number): Promise<SendResult> {
  const destination = parseDestination(delivery.destination);
  const at = new Date(options.now());
  if (!destination) {
    const error = `'${delivery.destination}' is not a destination: must be a Slack channel, pagerduty, teams, e-mail or a URL`;
    return { kind: 'refused', error, ...NOT_REACHED };
  }
  switch (destination.type) {
    case 'slack': {
      const token = await options.secret(delivery.tenant, SLACK_TOKEN);
      const request = slackRequest(delivery, destination.channel, token, options);
      return 'url' in request
        ? attempt(request, { ...options, timeoutMs }, (response) => parseSlackResponse(response, at))
        : { ...request, ...NOT_REACHED };
    }
    case 'pagerduty': {
      const key = await options.secret(delivery.tenant, destination.secret);
      if (key === undefined) return missingSecret(destination.secret);
      const request = pagerDutyRequest(delivery, key.trim(), options);
      return attempt(request, { ...options, timeoutMs }, (response) => parsePagerDutyResponse(response, at));
    }
    case 'teams': {
      const url = await options.secret(delivery.tenant, destination.secret);
      if (url === undefined) return missingSecret(destination.secret);
      if (URL.parse(url.trim())?.protocol !== 'https:' && !options.plainHttp) {
        return { kind: 'refused', error: `secret '${destination.secret}' must be an https URL`, ...NOT_REACHED };
      }
      const request = teamsRequest(delivery, url.trim(), options);
      return attempt(request, { ...options, timeoutMs }, (response) => parseWebhookResponse(response, at));
    }
    case 'email': {
      const { email: sender, consoleUrl } = options;
      if (!sender) return { kind: 'refused', error: 'the stage has no sender of e-mail', ...NOT_REACHED };
      // The team may have withdrawn a domain since the destination was set.
      const foreign = findForeignAddress(destination.to, sender.domains);
      if (foreign !== undefined) {
        return { kind: 'refused', error: `the stage sends no e-mail to the domain of ${foreign}`, ...NOT_REACHED };
      }
      return sendEmail(delivery, destination.to, { sender, consoleUrl }, timeoutMs);
    }
    case 'webhook': {
      const secrets = await options.signingSecrets.valid(delivery.tenant);
      const request = webhookRequest(delivery, destination.url, secrets, at, options);
      return attempt(request, { ...options, timeoutMs }, (response) => parseWebhookResponse(response, at));
    }
  }
}

function missingSecret(name: string): SendResult {
  const error = `secret '${name}' does not exist; PUT /v1/secrets/${name} sets it`;
  return { kind: 'refused', error, ...NOT_REACHED };
}

type ReadResponse = (response: IncomingMessage) => Promise<SendResult> | SendResult;

async function attempt(
  request: OutgoingRequest,
  { timeoutMs, ...options }: SendOptions & { readonly timeoutMs: number },
  read: ReadResponse,
): Promise<SendResult> {
  const signal = AbortSignal.timeout(timeoutMs);
  using client = new HttpClient({ mayConnect: options.mayConnect, lookup: options.lookup });
  try {
    const response = await client.send(request, signal);
    const result = await read(response);
    response.destroy();
    return result;
  } catch (error) {
    const name = urlWithoutQuery(request.url);
    if (signal.aborted) {
      return { kind: 'failed', error: `${name}: no answer within ${timeoutMs / 1_000} s`, noAnswer: 'timeout' };
    }
    const kind = error instanceof InvalidRequestError ? 'refused' : 'failed';
    return { kind, error: shortenReason(`${name}: ${connectionErrorMessage(error as Error)}`), ...NOT_REACHED };
  }
}
