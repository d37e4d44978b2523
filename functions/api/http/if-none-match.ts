import { InvalidInput } from '../../core/domain/errors.ts';
import { truncate } from '../../core/domain/text.ts';

/** The precondition that the resource does not exist. */
export type IfNoneMatch = '*';

/**
 * Reads the header `If-None-Match` of a change (RFC 9110, 13.1.2). Entity tags are rejected: a change on condition that
 * the resource has another version has no use.
 *
 * @returns `undefined` if the request has no such header
 * @throws InvalidInput if the header is not `*`
 */
export function readIfNoneMatch(headers: Readonly<Record<string, string | undefined>>): IfNoneMatch | undefined {
  const value = headers['if-none-match']?.trim();
  if (value === undefined || value === '*') return value;
  throw new InvalidInput('if-none-match', `must be *: the resource must not exist, got ${truncate(value, 80)}`);
}
