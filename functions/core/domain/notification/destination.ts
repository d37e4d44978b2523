import { InvalidInput } from '../errors.ts';
import { assertNoSecretReferences } from '../secret.ts';
import { findForeignAddress, MAX_RECIPIENTS, parseRecipients } from './email-address.ts';

/** The destination of a notification. */
export type Destination =
  /** A channel of the tenant's Slack workspace: `#alerts`, or an id such as `C0123456789`. */
  | { readonly type: 'slack'; readonly channel: string }
  /** A service of PagerDuty. `secret`: name of the tenant's secret with its routing key. */
  | { readonly type: 'pagerduty'; readonly secret: string }
  /** A workflow that posts to Microsoft Teams. `secret`: name of the tenant's secret with its URL. */
  | { readonly type: 'teams'; readonly secret: string }
  /** 1–10 addresses of e-mail. */
  | { readonly type: 'email'; readonly to: readonly string[] }
  /** A URL that accepts Standard Webhooks. */
  | { readonly type: 'webhook'; readonly url: string };

/** Value by which a job disables a notification that the tenant's default enables. */
export const NO_NOTIFICATION = 'none';

/**
 * Channels by name or id. Names may use any script, without upper case, spaces and dots: lower-case letters, letters
 * without case (`\p{Lo}`, and `\p{Lm}` such as the Japanese `ー`), combining marks and digits.
 *
 * @see https://docs.slack.dev/reference/methods/conversations.create
 */
const CHANNEL = /^(?:slack:)?(#[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}_-]{1,80}|[CDG][A-Z0-9]{8,20})$/u;

/** `pagerduty` or `teams`, with the end of the name of a secret if a tenant has several. */
const SERVICE = /^(pagerduty|teams)(?::([A-Za-z0-9_-]{1,40}))?$/;

/** Name of the secret of a service without one in its destination. */
const DEFAULT_SECRETS = { pagerduty: 'pagerduty.routing_key', teams: 'teams.webhook_url' } as const;

function parseService(text: string): Destination | undefined {
  const [, type, name] = SERVICE.exec(text) ?? [];
  if (type !== 'pagerduty' && type !== 'teams') return undefined;
  return { type, secret: name === undefined ? DEFAULT_SECRETS[type] : `${type}.${name}` };
}

/** Prefix of addresses of e-mail. */
const EMAIL = 'email:';

/** @returns `undefined` if the text is `none` or not a destination */
export function parseDestination(text: string): Destination | undefined {
  // A letter with marks may be one or several characters; Slack stores the composed form.
  const channel = CHANNEL.exec(text.normalize('NFC'))?.[1];
  if (channel !== undefined) return { type: 'slack', channel };
  if (text.startsWith(EMAIL)) {
    const to = parseRecipients(text.slice(EMAIL.length));
    return to && { type: 'email', to };
  }
  const service = parseService(text);
  if (service) return service;
  const url = URL.parse(text);
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? { type: 'webhook', url: text } : undefined;
}

export interface DestinationRules {
  /** Allows `http` URLs; only for deployments that reach private networks. */
  readonly plainHttp: boolean;
  /** The stage has a sender of e-mail. @defaultValue false */
  readonly email?: boolean;
  /** Domains to which the stage sends e-mail. @defaultValue all */
  readonly emailDomains?: readonly string[] | undefined;
}

/**
 * Validates a destination. Null and `none` are valid.
 *
 * @param field named as in the request
 * @throws InvalidInput
 */
export function validateDestination(
  field: string,
  text: string | null,
  { plainHttp, email = false, emailDomains }: DestinationRules,
): void {
  if (text === null || text === NO_NOTIFICATION) return;
  if (text.startsWith(EMAIL)) {
    if (!email)
      throw new InvalidInput(field, `must not be an address of e-mail: the stage has no sender, got '${text}'`);
    const recipients = parseDestination(text);
    if (recipients?.type === 'email') {
      if (findForeignAddress(recipients.to, emailDomains) === undefined) return;
      const admitted = emailDomains?.join(', ');
      throw new InvalidInput(field, `must have addresses of the domains ${admitted} only, got '${text}'`);
    }
    const right = `1–${MAX_RECIPIENTS} different addresses such as email:ana@example.com,ben@example.com`;
    throw new InvalidInput(field, `must be ${right}, got '${text}'`);
  }
  const destination = parseDestination(text);
  const urls = plainHttp ? 'an http or https URL' : 'an https URL';
  if (!destination) {
    const right = `a Slack channel such as slack:#alerts or C0123456789 (names are in lower case), pagerduty, teams, ${email ? 'email:ana@example.com, ' : ''}${urls}, or 'none'`;
    throw new InvalidInput(field, `must be ${right}, got '${text}'`);
  }
  if (destination.type !== 'webhook') return;
  const { protocol, username, password } = new URL(destination.url);
  if (protocol === 'http:' && !plainHttp) throw new InvalidInput(field, `must be ${urls}, got '${text}'`);
  if (username !== '' || password !== '') {
    throw new InvalidInput(field, 'must not hold credentials; receivers know the sender by its signature');
  }
  assertNoSecretReferences(field, text, 'values of http.headers and env');
}
