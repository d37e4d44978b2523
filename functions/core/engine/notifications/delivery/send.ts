import type { lookup as dnsLookup } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { type Delivery, shortened } from '../../../domain/notification/delivery.ts';
import { parseDestination } from '../../../domain/notification/destination.ts';
import { ATTEMPT_TIMEOUT_MS } from '../../../domain/notification/tries.ts';
import { causeOf, HttpClient, nameOf, type OutgoingRequest, Unsendable } from '../../../executors/http-client.ts';
import type { AddressRule } from '../../../executors/public-address.ts';
import type { ReadSecret } from '../../../platform/secrets.ts';
import type { SigningSecrets } from '../../../platform/signing-secret.ts';
import { readSlackAnswer, SLACK_TOKEN, slackRequest } from './slack.ts';
import { readWebhookAnswer, webhookRequest } from './webhook.ts';

/** How an attempt went. */
export type Verdict =
  | { readonly kind: 'delivered' }
  /** To be tried again, not before the seconds that the receiver asked for. */
  | { readonly kind: 'failed'; readonly error: string; readonly retryAfterSeconds?: number | undefined }
  /** No further attempt would do better. */
  | { readonly kind: 'refused'; readonly error: string };

export interface SendOptions {
  readonly mayConnect: AddressRule;
  readonly signingSecrets: Pick<SigningSecrets, 'valid'>;
  readonly secret: ReadSecret;
  /** Base URL of Slack's Web API, without a trailing slash. */
  readonly slackApiUrl: string;
  /** Where people reach the page, without a trailing slash; empty: messages have no links. */
  readonly consoleUrl: string;
  readonly now: () => number;
  /** @default the system's resolver */
  readonly lookup?: typeof dnsLookup;
}

/** Makes one attempt at a delivery. It rejects only when the platform fails: no secret is to be had. */
export async function send(delivery: Delivery, options: SendOptions): Promise<Verdict> {
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
      return 'url' in request ? attempt(request, options, (answer) => readSlackAnswer(answer, at)) : request;
    }
    case 'webhook': {
      const secrets = await options.signingSecrets.valid(delivery.tenant);
      const request = webhookRequest(delivery, destination.url, secrets, at, options);
      return attempt(request, options, (answer) => readWebhookAnswer(answer, at));
    }
  }
}

type ReadAnswer = (answer: IncomingMessage) => Promise<Verdict> | Verdict;

async function attempt(request: OutgoingRequest, options: SendOptions, read: ReadAnswer): Promise<Verdict> {
  const signal = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS);
  using client = new HttpClient({ mayConnect: options.mayConnect, lookup: options.lookup });
  try {
    const answer = await client.send(request, signal);
    const verdict = await read(answer);
    answer.destroy();
    return verdict;
  } catch (error) {
    const name = nameOf(request.url);
    if (signal.aborted) return { kind: 'failed', error: `${name}: no answer within ${ATTEMPT_TIMEOUT_MS / 1_000} s` };
    const kind = error instanceof Unsendable ? 'refused' : 'failed';
    return { kind, error: shortened(`${name}: ${causeOf(error as Error)}`) };
  }
}
