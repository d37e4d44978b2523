import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Creates the signature headers of Standard Webhooks 1.0, symmetric (https://www.standardwebhooks.com). The signed text
 * is `id.timestamp.body`.
 *
 * @param secrets each `whsec_` followed by a base64 key; during a rotation the request has one signature per secret
 * @param id equal in all attempts, so that a receiver can drop repetitions
 * @param at time of this attempt; receivers refuse requests older than a few minutes
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
