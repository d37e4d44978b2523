/**
 * Matches an ISO 8601 time whose positive UTC offset lost its plus sign: in a query that is not percent-encoded, `+`
 * means a space.
 */
const OFFSET_AFTER_SPACE = /^(\d{4}-\d\d-\d\dT[\d:.]+) (\d\d:\d\d)$/;

/**
 * Restores the plus sign in times such as `2024-01-15T10:00:00.123000+00:00`, which Python's `isoformat()` writes and
 * clients paste into URLs without encoding. All other values are returned unchanged.
 *
 * @param query decoded values by name
 */
export function normalizeQuery(query: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value = '']) => [name, value.replace(OFFSET_AFTER_SPACE, '$1+$2')]),
  );
}
