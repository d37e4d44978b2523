import { InvalidInput } from '../../core/domain/errors.ts';
import { truncate } from '../../core/domain/text.ts';

/**
 * Strong entity tags, including their quotes, one of which must match the current version. `*` matches every version.
 */
export type IfMatch = '*' | readonly string[];

/** Matches an entity tag at the start of the text, up to the next comma (RFC 9110, 8.8.3). */
const ENTITY_TAG = /^((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?=,|$)/;

/**
 * Reads the header `If-Match` (RFC 9110, 13.1.1). Weak tags are left out, because only strong comparison applies.
 *
 * @returns `undefined` if the request has no such header
 * @throws InvalidInput if the header is malformed
 */
export function readIfMatch(headers: Readonly<Record<string, string | undefined>>): IfMatch | undefined {
  const value = headers['if-match']?.trim();
  if (value === undefined || value === '*') return value;
  const tags: string[] = [];
  for (let rest = withoutCommas(value); rest !== ''; ) {
    const [all, tag] = ENTITY_TAG.exec(rest) ?? [];
    if (all === undefined || tag === undefined) throw malformedError(value);
    tags.push(tag);
    rest = withoutCommas(rest.slice(all.length));
  }
  if (tags.length === 0) throw malformedError(value);
  return tags.filter((tag) => !tag.startsWith('W/'));
}

const withoutCommas = (text: string) => text.replace(/^[ \t,]+/, '');

const malformedError = (value: string) =>
  new InvalidInput(
    'if-match',
    `must be * or entity tags such as "a1b2c3d4e5-3", in their quotes, got ${truncate(value, 80)}`,
  );
