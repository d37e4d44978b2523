import type { lookup as dnsLookup } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { type Delivery, shortenReason } from '../../../domain/notification/delivery.ts';
import { ATTEMPT_TIMEOUT_MS } from '../../../domain/notification/delivery-retry.ts';
import { parseDestination } from '../../../domain/notification/destination.ts';
import {
  connectionErrorMessage,
  HttpClient,
  InvalidRequestError,
  type OutgoingRequest,
  urlWithoutQuery,
} from '../../../executors/http/http-client.ts';
import type { AddressRule } from '../../../executors/http/public-address.ts';
import type { ReadSecret } from '../../../platform/secrets.ts';
import type { SigningSecrets } from '../../../platform/signing-secrets.ts';
import { parseSlackResponse, SLACK_TOKEN, slackRequest } from './slack.ts';
import { parseWebhookResponse, webhookRequest } from './webhook.ts';

/** The result of one attempt to send. */
export type SendResult =
  | { readonly kind: 'delivered' }
  /** A retryable failure. `retryAfterSeconds`: the earliest retry that the receiver allows. */
  | { readonly kind: 'failed'; readonly error: string; readonly retryAfterSeconds?: number | undefined }
  /** A final failure: a retry would fail as well. */
  | { readonly kind: 'refused'; readonly error: string };

export interface SendOptions {
  readonly mayConnect: AddressRule;
  readonly signingSecrets: Pick<SigningSecrets, 'valid'>;
  readonly secret: ReadSecret;
  /** Base URL of Slack's Web API, without a trailing slash. */
  readonly slackApiUrl: string;
  /** Base URL of the console, without a trailing slash. Empty: messages contain no links. */
  readonly consoleUrl: string;
  readonly now: () => number;
  /** @defaultValue the system's resolver */
  readonly lookup?: typeof dnsLookup;
}

/**
 * Makes one attempt to send a delivery.
 *
 * @throws Error if the platform fails, for example if a secret cannot be read
 */
export async function send(delivery: Delivery, options: SendOptions): Promise<SendResult> {
  const destination = parseDestination(delivery.destination);
  const at = new Date(options.now());
  if (!destination) {
    const error = `'${delivery.destination}' is no destination: a Slack channel or a URL would be`;
    return { kind: 'refused', error };
  }
  switch (destination.type) {
    case 'slack': {
      const token = await options.secret(delivery.tenant, SLACK_TOKEN);
      const request = slackRequest(delivery, destination.channel, token, options);
      return 'url' in request ? attempt(request, options, (response) => parseSlackResponse(response, at)) : request;
    }
    case 'webhook': {
      const secrets = await options.signingSecrets.valid(delivery.tenant);
      const request = webhookRequest(delivery, destination.url, secrets, at, options);
      return attempt(request, options, (response) => parseWebhookResponse(response, at));
    }
  }
}

type ReadResponse = (response: IncomingMessage) => Promise<SendResult> | SendResult;

async function attempt(request: OutgoingRequest, options: SendOptions, read: ReadResponse): Promise<SendResult> {
  const signal = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS);
  using client = new HttpClient({ mayConnect: options.mayConnect, lookup: options.lookup });
  try {
    const response = await client.send(request, signal);
    const result = await read(response);
    response.destroy();
    return result;
  } catch (error) {
    const name = urlWithoutQuery(request.url);
    if (signal.aborted) return { kind: 'failed', error: `${name}: no answer within ${ATTEMPT_TIMEOUT_MS / 1_000} s` };
    const kind = error instanceof InvalidRequestError ? 'refused' : 'failed';
    return { kind, error: shortenReason(`${name}: ${connectionErrorMessage(error as Error)}`) };
  }
}
