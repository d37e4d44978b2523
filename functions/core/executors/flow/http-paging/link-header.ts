/** One parameter of a link; the value is a token or a quoted string (RFC 8288, section 3). */
const PARAMETER = /\s*;\s*([^\s=;,"]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/y;
const TARGET = /[\s,]*<([^>]*)>/y;
/** The rest of a malformed link, up to and including the comma that ends it. */
const REST = /(?:"(?:[^"\\]|\\.)*"|[^,"])*(?:,|$)/y;

/**
 * Returns the target of the first link with the relation `next` in a `Link` header. The target may be relative. Links
 * with an `anchor` describe another resource and are ignored.
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
      // The first of several `rel` parameters applies (RFC 8288, section 3.3).
      if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), value);
    }
    const relations = parameters.get('rel')?.toLowerCase().split(/\s+/) ?? [];
    if (target !== undefined && relations.includes('next') && !parameters.has('anchor')) return target;
    if (!match(REST)) return undefined;
  }
  return undefined;
}
