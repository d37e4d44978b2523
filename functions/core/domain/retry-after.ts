/** A wait that an answer asks for is kept to up to so many milliseconds; after that the request is sent again. */
export const MAX_RETRY_AFTER_MS = 60 * 60_000;

/**
 * The seconds that a `Retry-After` header asks for (RFC 9110, 10.2.3): a number, or the time until a date.
 *
 * @returns undefined when there is no header, or none that can be read
 */
export function parseRetryAfter(header: string | null | undefined, now: Date): number | undefined {
  if (header === null || header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now.getTime()) / 1000));
}
