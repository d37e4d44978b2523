/**
 * Returns the URL with query parameters set. A parameter replaces its previous value in place, or is appended. Other
 * parameters keep their exact spelling.
 */
export function setQueryParameters(url: URL, parameters: Readonly<Record<string, string | number>>): string {
  let parts = url.search === '' ? [] : url.search.slice(1).split('&');
  for (const [name, value] of Object.entries(parameters)) {
    const part = `${encodeParameterName(name)}=${encodeURIComponent(String(value).toWellFormed())}`;
    const place = parts.findIndex((given) => parameterName(given) === name);
    parts =
      place < 0 ? [...parts, part] : parts.with(place, part).filter((p, i) => i <= place || parameterName(p) !== name);
  }
  const result = new URL(url);
  result.search = parts.join('&');
  return result.href;
}

const parameterName = (part: string): string | undefined => new URLSearchParams(part).keys().next().value;

/**
 * Keeps characters that a query may contain unencoded (RFC 3986, section 3.4): some servers do not decode names such as
 * `$skip`.
 */
const encodeParameterName = (name: string): string =>
  encodeURIComponent(name).replaceAll(/%(?:24|2C|2F|3A|40)/g, decodeURIComponent);
