/** One parameter of a link; its value is a token or is quoted (RFC 8288, section 3). */
const PARAMETER = /\s*;\s*([^\s=;,"]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/y;
const TARGET = /[\s,]*<([^>]*)>/y;
/** What is left of a link that is not well-formed: up to the comma that ends it. */
const REST = /(?:"(?:[^"\\]|\\.)*"|[^,"])*(?:,|$)/y;

/**
 * The target of the first link with the relation `next` in a `Link` header, as it is written there: it may be relative.
 * Links from elsewhere (`anchor`) are others' next pages.
 */
export function findNextLink(header: string): string | undefined {
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(header);
    if (found) at = pattern.lastIndex;
    return found;
  };
  while (at < header.length) {
    const target = match(TARGET)?.[1];
    const parameters = new Map<string, string>();
    for (let found = match(PARAMETER); found; found = match(PARAMETER)) {
      const [, name = '', quoted, token = ''] = found;
      const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? token;
      // Of several relations the first one counts.
      if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), value);
    }
    const relations = parameters.get('rel')?.toLowerCase().split(/\s+/) ?? [];
    if (target !== undefined && relations.includes('next') && !parameters.has('anchor')) return target;
    if (!match(REST)) return undefined;
  }
  return undefined;
}
