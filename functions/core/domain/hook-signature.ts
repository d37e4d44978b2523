import { createHash, createHmac } from 'node:crypto';
import { JobdeckError } from './errors.ts';
import { type HookScheme, standardSecretKey } from './hook.ts';
import { isSameText } from './stage-token.ts';
import { MINUTE_MS } from './timing.ts';

/** A request as received. */
export interface SignedRequest {
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body, byte by byte as sent. */
  readonly body: Uint8Array;
}

/** Maximum difference between the time of a signature and the clock, in milliseconds: five minutes in all schemes. */
export const SIGNATURE_TOLERANCE_MS = 5 * MINUTE_MS;

/** Maximum number of signatures that are compared. Senders add one for each secret during a rotation. */
const MAX_SIGNATURES = 10;

const TIMESTAMP = /^\d{1,12}$/;

type SignedScheme = Exclude<HookScheme, 'none'>;

/**
 * Verifies the signature of a request on the bytes of its body, in a time that does not depend on the signature.
 *
 * - `standard`: `webhook-id`, `webhook-timestamp`, `webhook-signature`, a list of `v1,<base64>`
 *   (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 * - `github`: `x-hub-signature-256`, without a time
 *   (https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries).
 * - `stripe`: `stripe-signature` as `t=<seconds>,v1=<hex>` (https://docs.stripe.com/webhooks#verify-manually).
 * - `slack`: `x-slack-request-timestamp`, `x-slack-signature` as `v0=<hex>`
 *   (https://docs.slack.dev/authentication/verifying-requests-from-slack).
 *
 * @param now epoch milliseconds
 * @throws JobdeckError `hook.signature` (unauthenticated), which names the header and the rule
 */
export function verifySignature(scheme: SignedScheme, secret: string, request: SignedRequest, now: number): void {
  VERIFIERS[scheme](secret, request, now);
}

type Verify = (secret: string, request: SignedRequest, now: number) => void;

const VERIFIERS: Readonly<Record<SignedScheme, Verify>> = {
  standard(secret, { headers, body }, now) {
    const id = requireHeader(headers, 'webhook-id');
    const timestamp = readTimestamp('webhook-timestamp', requireHeader(headers, 'webhook-timestamp'), now);
    const given = requireHeader(headers, 'webhook-signature')
      .split(' ')
      .filter((part) => part.startsWith('v1,'))
      .map((part) => part.slice(3));
    const expected = hmac(standardSecretKey(secret), `${id}.${timestamp}.`, body).toString('base64');
    assertSigned('webhook-signature', given, expected);
  },
  github(secret, { headers, body }) {
    const given = requireHeader(headers, 'x-hub-signature-256');
    assertSigned('x-hub-signature-256', [given], `sha256=${hmac(secret, '', body).toString('hex')}`);
  },
  stripe(secret, { headers, body }, now) {
    const parts = requireHeader(headers, 'stripe-signature')
      .split(',')
      .map((part) => part.trim().split('=', 2));
    const time = parts.find(([name]) => name === 't')?.[1] ?? '';
    const timestamp = readTimestamp('stripe-signature', time, now);
    const given = parts.filter(([name]) => name === 'v1').map(([, value = '']) => value);
    assertSigned('stripe-signature', given, hmac(secret, `${timestamp}.`, body).toString('hex'));
  },
  slack(secret, { headers, body }, now) {
    const time = requireHeader(headers, 'x-slack-request-timestamp');
    const timestamp = readTimestamp('x-slack-request-timestamp', time, now);
    const given = requireHeader(headers, 'x-slack-signature');
    assertSigned('x-slack-signature', [given], `v0=${hmac(secret, `v0:${timestamp}:`, body).toString('hex')}`);
  },
};

function requireHeader(headers: SignedRequest['headers'], name: string): string {
  const value = headers[name];
  if (!value) throw signatureError(`${name}: is required`);
  return value;
}

/** @returns the timestamp as written, because it is part of the signed text */
function readTimestamp(header: string, text: string, now: number): string {
  if (!TIMESTAMP.test(text)) throw signatureError(`${header}: must have a time in seconds`);
  // guard: hook.tolerance
  if (Math.abs(Number(text) * 1_000 - now) > SIGNATURE_TOLERANCE_MS) {
    throw signatureError(`${header}: must have a time within ${SIGNATURE_TOLERANCE_MS / 1_000} s of now, got ${text}`);
  }
  return text;
}

function assertSigned(header: string, given: readonly string[], expected: string): void {
  const isSigned = given.slice(0, MAX_SIGNATURES).some((signature) => isSameText(signature, expected));
  if (/* guard: hook.signature */ !isSigned) {
    throw signatureError(`${header}: must be the signature of the body by the secret of the hook`);
  }
}

const hmac = (key: string | Buffer, prefix: string, body: Uint8Array): Buffer =>
  createHmac('sha256', key).update(prefix).update(body).digest();

const signatureError = (message: string) => new JobdeckError('unauthenticated', 'hook.signature', message);

/** Maximum length of the id of a delivery, in characters. */
const MAX_DELIVERY_ID_LENGTH = 255;

/**
 * Returns the identity of a delivery: a repeat, by the sender or by an attacker, has the same. Only ids that the signature
 * covers are used, except that of GitHub, which signs the body alone.
 *
 * @param payload the parsed body
 * @returns `undefined` for the scheme `none` without an `idempotency-key`
 */
export function deliveryIdOf(
  scheme: HookScheme,
  { headers, body }: SignedRequest,
  payload: unknown,
): string | undefined {
  const hash = (...parts: readonly (string | Uint8Array)[]): string => {
    const digest = createHash('sha256');
    for (const part of parts) digest.update(part);
    return `sha256:${digest.digest('base64url')}`;
  };
  const short = (id: string): string => (id.length > MAX_DELIVERY_ID_LENGTH ? hash(id) : id);
  switch (scheme) {
    case 'none':
      return headers['idempotency-key'] && short(headers['idempotency-key']);
    case 'standard':
      return short(headers['webhook-id'] ?? '');
    case 'github':
      return headers['x-github-delivery'] ? short(headers['x-github-delivery']) : hash(body);
    case 'stripe':
      return short(textField(payload, 'id') ?? hash(headers['stripe-signature'] ?? ''));
    case 'slack':
      return short(textField(payload, 'event_id') ?? hash(headers['x-slack-request-timestamp'] ?? '', ':', body));
  }
}

function textField(payload: unknown, name: string): string | undefined {
  if (typeof payload !== 'object' || payload === null || !Object.hasOwn(payload, name)) return undefined;
  const value = (payload as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
