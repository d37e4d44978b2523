import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { startHttpServer } from './http-server.ts';

/** Verifies a webhook's signature with the receiver's secret (Standard Webhooks 1.0). */
export function isSigned(secret: string, headers: IncomingHttpHeaders, body: string): boolean {
  const [id, timestamp] = [headers['webhook-id'], headers['webhook-timestamp']];
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const expected = createHmac('sha256', key)
    .update(`${String(id)}.${String(timestamp)}.${body}`)
    .digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .some((part) => {
      const given = Buffer.from(part.replace('v1,', ''), 'base64');
      return part.startsWith('v1,') && given.length === expected.length && timingSafeEqual(given, expected);
    });
}

/** Starts a receiver of webhooks. `next` sets the statuses of the next responses; the default is 204. */
export async function startWebhookReceiver() {
  const statuses: number[] = [];
  const server = await startHttpServer((_, response) => response.writeHead(statuses.shift() ?? 204).end());
  return { ...server, next: (...answers: readonly number[]) => void statuses.push(...answers) };
}
