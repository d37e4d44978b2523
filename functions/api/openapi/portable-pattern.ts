/** Escapes and groups that differ between ECMA-262 and other dialects of regular expressions. */
const DIALECT_SPECIFIC = /\\[\s\S]|[[\]]|\(\?<(?![=!])[^>]+>/g;

/**
 * Converts a regular expression to a form that ECMA-262 (without flags), Python's `re` and most other dialects read
 * alike: named groups become unnamed, and `\d` and `\w`, which match digits and letters of all scripts in Python,
 * become ASCII classes.
 *
 * @param source source of an ECMA-262 regular expression without flags
 */
export function toPortablePattern(source: string): string {
  let isInClass = false;
  return source.replace(DIALECT_SPECIFIC, (part) => {
    if (part === '[') isInClass = true;
    if (part === ']') isInClass = false;
    if (part === '\\d') return isInClass ? '0-9' : '[0-9]';
    if (part === '\\w') return isInClass ? 'A-Za-z0-9_' : '[A-Za-z0-9_]';
    return part.startsWith('(?<') && !isInClass ? '(' : part;
  });
}
