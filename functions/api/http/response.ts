import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ApiResponse } from './operation.ts';

/** A Lambda function's response may have 6 MB; the rest is for headers and escaping. */
export const MAX_RESPONSE_BYTES = 5_000_000;

/** Bytes that a body has in a function's response: there it is text within JSON, whose quotes are escaped once more. */
export const responseBytes = (body: object): number => Buffer.byteLength(JSON.stringify(JSON.stringify(body)));

/** As many of a list, from the first, as one answer can hold, and at least one. */
export function takeWithinResponse<T extends object>(items: readonly T[]): readonly T[] {
  let bytes = 0;
  const tooMany = items.findIndex((item, i) => {
    bytes += responseBytes(item);
    return i > 0 && bytes > MAX_RESPONSE_BYTES;
  });
  return tooMany < 0 ? items : items.slice(0, tooMany);
}

/** An answer in API Gateway's form. Nothing here is for a cache: it is one tenant's, and changes. */
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
