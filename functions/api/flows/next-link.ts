/** The header that leads to the next page of a list (RFC 8288): the same query, and where to go on. */
export function nextLink(path: string, query: Readonly<Record<string, string>>, cursor: string) {
  return { link: `<${path}?${new URLSearchParams({ ...query, cursor }).toString()}>; rel="next"` };
}
