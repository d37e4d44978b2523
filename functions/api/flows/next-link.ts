/** Documentation of the header. */
export const NEXT_LINK = { Link: 'The next page, with `rel="next"`. Missing on the last page.' };

/** Returns a `Link` header to the next page of a list (RFC 8288). */
export function nextLinkHeader(path: string, query: Readonly<Record<string, string>>) {
  return { link: `<${path}?${new URLSearchParams(query).toString()}>; rel="next"` };
}
