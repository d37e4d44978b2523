/**
 * Returns the URL with query parameters set, each in the place of an earlier value or else at the end. All other
 * parameters stay as they are, character by character.
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

/** Characters that a query may hold as they are (RFC 3986, 3.4): not every server decodes names such as `$skip`. */
const encodeParameterName = (name: string): string =>
  encodeURIComponent(name).replaceAll(/%(?:24|2C|2F|3A|40)/g, decodeURIComponent);
