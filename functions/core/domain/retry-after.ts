/** Maximum wait requested by a response that is honored; after that the request is sent again. */
export const MAX_RETRY_AFTER_MS = 60 * 60_000;

/**
 * Parses a `Retry-After` header (RFC 9110, section 10.2.3): a number of seconds, or a date.
 *
 * @returns seconds, or `undefined` if the header is missing or malformed
 */
export function parseRetryAfter(header: string | null | undefined, now: Date): number | undefined {
  if (header === null || header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now.getTime()) / 1000));
}
