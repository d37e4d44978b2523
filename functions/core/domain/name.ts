/**
 * Characters that names, tags and other single-line text must not contain: control characters such as NUL and line
 * breaks, and characters that change the direction of surrounding text (embeddings, overrides and isolates). Direction
 * marks (U+200E, U+200F, U+061C) and joiners are allowed: Arabic, Hebrew, Persian, Indic scripts and emoji need them.
 *
 * @see https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
 */
const REFUSED = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
/** A visible character. U+2800 is the Braille pattern without dots. */
const VISIBLE = /[^\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** The same rule as a regular expression without flags. Every character above U+FFFF counts as visible. */
const REFUSED_RANGES = '\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069';
const INVISIBLE_RANGES = [
  '\\s\\x00-\\x1f\\x7f-\\x9f\\xad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u115f\\u1160\\u17b4\\u17b5',
  '\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb',
].join('');
export const PORTABLE_NAME_PATTERN = `^[^${REFUSED_RANGES}]*[^${INVISIBLE_RANGES}][^${REFUSED_RANGES}]*$`;

/** @returns why `text` cannot be a name, to follow the name of the field; `undefined` if the name is valid */
export function findNameFault(text: string): string | undefined {
  const refused = REFUSED.exec(text)?.[0];
  if (refused !== undefined) return `must not hold control or direction characters (${formatCodePoint(refused)})`;
  return VISIBLE.test(text) ? undefined : 'must have a visible character';
}

/** Returns for example `U+202E`. */
const formatCodePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
