/** Escapes and groups whose meaning, or existence, differs between ECMA-262 and other dialects of regular expressions. */
const DIALECT_SPECIFIC = /\\[\s\S]|[[\]]|\(\?<(?![=!])[^>]+>/g;

/**
 * Returns a regular expression in a form that ECMA-262 (without flags), Python's `re` and most other dialects read alike:
 * named groups become plain ones, and `\d` and `\w`, which match digits and letters of all scripts in Python, become ASCII
 * classes.
 *
 * @param source of an ECMA-262 regular expression without flags
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
