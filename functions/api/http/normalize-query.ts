/**
 * Matches an ISO 8601 time whose positive UTC offset lost its plus sign: in a query that is not percent-encoded, `+`
 * means a space.
 */
const OFFSET_AFTER_SPACE = /^(\d{4}-\d\d-\d\dT[\d:.]+) (\d\d:\d\d)$/;

/** The query of an event. API Gateway joins the values of a repeated parameter by commas in `queryStringParameters`. */
interface RawQuery {
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | undefined;
  readonly rawQueryString: string;
}

/**
 * Restores the plus sign in times such as `2024-01-15T10:00:00.123000+00:00`, which Python's `isoformat()` writes and
 * clients paste into URLs without encoding. All other values are returned unchanged.
 *
 * @param repeatable names of parameters whose values are returned as lists
 * @returns decoded values by name
 */
export function normalizeQuery(
  { queryStringParameters = {}, rawQueryString }: RawQuery,
  repeatable: readonly string[] = [],
): Record<string, string | readonly string[]> {
  const query: Record<string, string | readonly string[]> = Object.fromEntries(
    Object.entries(queryStringParameters).map(([name, value = '']) => [
      name,
      value.replace(OFFSET_AFTER_SPACE, '$1+$2'),
    ]),
  );
  const raw = new URLSearchParams(repeatable.length > 0 ? rawQueryString : '');
  for (const name of repeatable) if (raw.has(name)) query[name] = raw.getAll(name);
  return query;
}
