import type { lookup as dnsLookup } from 'node:dns';
import type { AddressRule } from '../../../executors/http/public-address.ts';
import type { ReadSecret } from '../../../platform/secrets.ts';
import type { SigningSecrets } from '../../../platform/signing-secrets.ts';

/**
 * Why a receiver gave no answer: it did not answer within the timeout, or the request did not reach it.
 *
 * @defaultValue the receiver answered
 */
interface NoAnswer {
  readonly noAnswer?: 'timeout' | 'not-reached';
}

/** The result of one attempt to send. */
export type SendResult =
  | { readonly kind: 'delivered' }
  /** A retryable failure. */
  | ({
      readonly kind: 'failed';
      readonly error: string;
      /** The earliest retry that the receiver allows. */
      readonly retryAfterSeconds?: number | undefined;
    } & NoAnswer)
  /** A final failure: a retry would fail as well. */
  | ({ readonly kind: 'refused'; readonly error: string } & NoAnswer);

/** The sender of e-mail. */
export interface EmailSender {
  /** Address. */
  readonly from: string;
  /** ARN of the verified identity. @defaultValue that of the address or its domain in the account */
  readonly identityArn?: string;
  /** Domains of recipients. @defaultValue all */
  readonly domains?: readonly string[] | undefined;
}

export interface SendOptions {
  readonly mayConnect: AddressRule;
  readonly signingSecrets: Pick<SigningSecrets, 'valid'>;
  readonly secret: ReadSecret;
  /** Base URL of Slack's Web API, without a trailing slash. */
  readonly slackApiUrl: string;
  /** Base URL of PagerDuty's Events API, without a trailing slash. */
  readonly pagerDutyUrl: string;
  /** @defaultValue notifications by e-mail are refused */
  readonly email?: EmailSender | undefined;
  /** Base URL of the console, without a trailing slash. Empty: messages contain no links. */
  readonly consoleUrl: string;
  /** Allows `http` URLs of Teams workflows; only for deployments that reach private networks. */
  readonly plainHttp: boolean;
  readonly now: () => number;
  /** @defaultValue the system's resolver */
  readonly lookup?: typeof dnsLookup;
}
