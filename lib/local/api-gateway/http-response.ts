import type { OutgoingHttpHeaders } from 'node:http';

export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Buffer;
}

/** Builds a response of API Gateway itself. */
export function gatewayResponse(statusCode: number, message: string): HttpResponse {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) };
}

export const internalServerError: HttpResponse = gatewayResponse(500, 'Internal Server Error');

/**
 * Converts a function's result to an HTTP response, payload format 2.0. A result without `statusCode` is the body of a
 * 200 response. An invalid result becomes a 500.
 */
export function toHttpResponse(result: unknown): HttpResponse {
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    const body = typeof result === 'string' ? result : JSON.stringify(result ?? null);
    return { statusCode: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const { statusCode, headers = {}, cookies, body = '', isBase64Encoded = false } = result as Record<string, unknown>;
  const status = Number(statusCode);
  const sent = collectHeaders(headers);
  if (!Number.isInteger(status) || status < 100 || status > 599 || !sent || typeof (body ?? '') !== 'string') {
    return internalServerError;
  }
  if (Array.isArray(cookies)) sent['set-cookie'] = cookies.map(String);
  sent['content-type'] ??= 'text/plain; charset=utf-8';
  const text = (body ?? '') as string;
  return { statusCode: status, headers: sent, body: isBase64Encoded === true ? Buffer.from(text, 'base64') : text };
}

function collectHeaders(headers: unknown): Record<string, string | string[]> | undefined {
  if (typeof headers !== 'object') return undefined;
  const sent: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value === null || value === undefined) continue;
    if (typeof value === 'object') return undefined;
    sent[name.toLowerCase()] = String(value);
  }
  // API Gateway sets the length itself.
  delete sent['content-length'];
  delete sent['transfer-encoding'];
  return sent;
}
