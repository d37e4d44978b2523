import { createHash } from 'node:crypto';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { TenantId } from '../../core/domain/tenant.ts';

/** Characters of an entity tag: 128 bits. */
const TAG_LENGTH = 22;

/**
 * Gives an answer an entity tag (RFC 9110, 8.8.3), and replaces it by 304 if the client has it already. Only the client
 * itself may keep it, and asks with every request whether it is still the newest.
 *
 * @param ifNoneMatch the header of the request
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
  // Caches take over all headers of a 304, and API Gateway makes up a content-type where there is none.
  return isListed(etag, ifNoneMatch) ? { statusCode: 304, headers } : { ...answer, headers };
}

/** @returns whether an `If-None-Match` names the tag; weak and strong tags compare alike (RFC 9110, 13.1.2). */
function isListed(etag: string, ifNoneMatch = ''): boolean {
  if (ifNoneMatch.trim() === '*') return true;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return ifNoneMatch.split(',').some((tag) => opaque(tag) === opaque(etag));
}
