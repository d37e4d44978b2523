import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ApiResponse } from './route.ts';

/** Maximum size of a response body in bytes. Lambda's limit is 6 MB; the rest is left for headers and escaping. */
export const MAX_RESPONSE_BYTES = 5_000_000;

/**
 * Returns the size in bytes of a body inside a Lambda response, where JSON is embedded as a string and its quotes are
 * escaped again.
 */
export const responseBytes = (body: object): number => Buffer.byteLength(JSON.stringify(JSON.stringify(body)));

/** Returns the longest prefix of a list that fits into one response, at least one item. */
export function takeWithinResponse<T extends object>(items: readonly T[]): readonly T[] {
  let bytes = 0;
  const tooMany = items.findIndex((item, i) => {
    bytes += responseBytes(item);
    return i > 0 && bytes > MAX_RESPONSE_BYTES;
  });
  return tooMany < 0 ? items : items.slice(0, tooMany);
}

/**
 * Converts a response to API Gateway's format. Responses are `no-store` because they belong to one tenant and change.
 */
export function toGatewayResponse(
  { status, body, headers }: ApiResponse,
  requestId: string,
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': requestId,
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
}
