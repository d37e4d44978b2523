/** Headers of requests that mean something to the API. */
const REQUEST_HEADERS = [
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'prefer',
  'x-organization-id',
  'x-tenantid',
];
/** Headers of answers that scripts of a page may read beside those that browsers show anyway. */
const EXPOSED_HEADERS = ['allow', 'etag', 'link', 'location', 'preference-applied', 'retry-after', 'x-request-id'];
/** Seconds that a browser may keep the answer to a preflight. */
const MAX_AGE_SECONDS = 600;

type Headers = Readonly<Record<string, string>>;

/**
 * The headers by which a browser shows an answer to a page of another origin (https://fetch.spec.whatwg.org/#http-cors-protocol).
 * Cookies are never asked for: the token is in a header.
 *
 * @param origins origins whose pages may call the API; `*` stands for all
 * @param origin of the request
 */
export function corsHeaders(origins: readonly string[], origin: string | undefined): Headers {
  if (origins.length === 0) return {};
  if (origins.includes('*')) return { 'access-control-allow-origin': '*', ...exposeHeaders };
  // A cache must not give one origin the answer of another.
  const vary = { vary: 'origin' };
  return origin !== undefined && origins.includes(origin)
    ? { 'access-control-allow-origin': origin, ...exposeHeaders, ...vary }
    : vary;
}

const exposeHeaders = { 'access-control-expose-headers': EXPOSED_HEADERS.join(', ') };

/** The headers, beside `corsHeaders`, of the answer to a preflight for a path that has these methods. */
export const preflightHeaders = (origins: readonly string[], methods: readonly string[]): Headers =>
  origins.length === 0
    ? {}
    : {
        'access-control-allow-methods': methods.join(', '),
        'access-control-allow-headers': REQUEST_HEADERS.join(', '),
        'access-control-max-age': String(MAX_AGE_SECONDS),
      };
