import type { RequestRate } from './request-rate.ts';

/** Seconds of requests that a host may receive at once, after a time without any. */
const BURST_SECONDS = 4;
/** Minimum of a request rate's burst. */
const MIN_BURST = 10;
/** Maximum length of a host name (RFC 1035). Longer ones have no address. */
const MAX_HOST_LENGTH = 255;

/** Returns the rate at which the flows of a tenant may send requests to one host. */
export const hostRate = (perSecond: number): RequestRate => ({
  perSecond,
  burst: Math.max(MIN_BURST, BURST_SECONDS * perSecond),
});

/**
 * Returns the host of a URL in lower case, without port and trailing dots, so that all services of a host share one
 * rate; the empty string for a malformed URL.
 */
export const hostOf = (url: string): string =>
  (URL.parse(url)?.hostname ?? '').toLowerCase().replace(/\.+$/, '').slice(0, MAX_HOST_LENGTH);
