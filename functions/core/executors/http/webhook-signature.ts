import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The headers by which a receiver knows that a request is Jobdeck's and not changed on its way: Standard Webhooks 1.0,
 * symmetric (https://www.standardwebhooks.com). The signed text is `id.timestamp.body`.
 *
 * @param secrets each `whsec_` and a key in base64: while one takes another's place, a signature by either is there
 * @param id the same for every attempt, so that a receiver can drop repeats
 * @param at of this attempt: receivers refuse what is older than a few minutes
 */
export function signatureHeaders(
  secrets: readonly string[],
  id: string,
  at: Date,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = secrets.map((secret) => `v1,${signatureOf(secret, `${id}.${timestamp}.${body}`)}`);
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

function signatureOf(secret: string, text: string): string {
  const key = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '';
  if (!BASE64.test(key)) throw new Error(`signing secret: must be ${PREFIX} followed by base64`);
  return createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
}
