import { InvalidInput } from '../errors.ts';
import { assertNoSecretReferences } from '../secret.ts';

/** Where a notification goes. */
export type Destination =
  /** A channel of the tenant's Slack workspace: `#alerts`, or an id such as `C0123456789`. */
  | { readonly type: 'slack'; readonly channel: string }
  /** A URL that takes Standard Webhooks. */
  | { readonly type: 'webhook'; readonly url: string };

/** What a job says when it wants no notification, whatever the tenant's default is. */
export const NO_NOTIFICATION = 'none';

/**
 * Channels by name or by id. Names are of any script, without upper case, spaces and dots: lower-case letters, letters
 * without case (`\p{Lo}`, and `\p{Lm}` such as the Japanese `ー`), the marks that belong to letters, and digits.
 *
 * @see https://docs.slack.dev/reference/methods/conversations.create
 */
const CHANNEL = /^(?:slack:)?(#[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}_-]{1,80}|[CDG][A-Z0-9]{8,20})$/u;

/** The destination that a definition names; undefined when it is silent, or none that is known. */
export function parseDestination(text: string): Destination | undefined {
  // A letter and its marks may be written as one character or as several: Slack has them as one.
  const channel = CHANNEL.exec(text.normalize('NFC'))?.[1];
  if (channel !== undefined) return { type: 'slack', channel };
  const url = URL.parse(text);
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? { type: 'webhook', url: text } : undefined;
}

export interface DestinationRules {
  /** Whether URLs may be `http`: only where the deployment reaches private networks. */
  readonly plainHttp: boolean;
}

/**
 * Checks what a tenant names as a destination; null and `none` are good.
 *
 * @param field in the words of the request
 * @throws InvalidInput
 */
export function validateDestination(field: string, text: string | null, { plainHttp }: DestinationRules): void {
  if (text === null || text === NO_NOTIFICATION) return;
  const destination = parseDestination(text);
  const urls = plainHttp ? 'an http or https URL' : 'an https URL';
  if (!destination) {
    const right = `a Slack channel such as slack:#alerts or C0123456789 (names are in lower case), ${urls}, or 'none'`;
    throw new InvalidInput(field, `must be ${right}, got '${text}'`);
  }
  if (destination.type === 'slack') return;
  const { protocol, username, password } = new URL(destination.url);
  if (protocol === 'http:' && !plainHttp) throw new InvalidInput(field, `must be ${urls}, got '${text}'`);
  if (username !== '' || password !== '') {
    throw new InvalidInput(field, 'must not hold credentials; receivers know the sender by its signature');
  }
  assertNoSecretReferences(field, text, 'values of http.headers and env');
}
