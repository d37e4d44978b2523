import { createHash } from 'node:crypto';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { TenantId } from '../../core/domain/tenant.ts';

/** Characters of an entity tag: 128 bits in base64url. */
const TAG_LENGTH = 22;

/**
 * Adds an entity tag (RFC 9110, 8.8.3) to a successful response, or replaces the response by 304 if the client has that
 * tag. Only the client itself may cache the response, and it revalidates on every request.
 *
 * @param ifNoneMatch the `If-None-Match` header of the request
 */
export function withEntityTag(
  answer: APIGatewayProxyStructuredResultV2,
  tenant: TenantId,
  ifNoneMatch: string | undefined,
): APIGatewayProxyStructuredResultV2 {
  if (answer.statusCode !== 200 || typeof answer.body !== 'string') return answer;
  const hash = createHash('sha256').update(`${tenant}\0${answer.body}`).digest('base64url');
  const etag = `W/"${hash.slice(0, TAG_LENGTH)}"`;
  const headers = { ...answer.headers, etag, 'cache-control': 'private, no-cache', vary: 'authorization' };
  // A 304 keeps all headers: caches copy them, and API Gateway adds a content-type to responses without one.
  return isListed(etag, ifNoneMatch) ? { statusCode: 304, headers } : { ...answer, headers };
}

/** @returns whether an `If-None-Match` lists the tag. Weak and strong tags compare equal (RFC 9110, 13.1.2). */
function isListed(etag: string, ifNoneMatch = ''): boolean {
  if (ifNoneMatch.trim() === '*') return true;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return ifNoneMatch.split(',').some((tag) => opaque(tag) === opaque(etag));
}
