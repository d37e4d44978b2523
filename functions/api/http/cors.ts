/** Request headers that the API reads. */
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
/**
 * Response headers that scripts of another origin may read, in addition to the headers that browsers expose by default.
 */
const EXPOSED_HEADERS = ['allow', 'etag', 'link', 'location', 'preference-applied', 'retry-after', 'x-request-id'];
/** Seconds that a browser may cache a preflight response. */
const MAX_AGE_SECONDS = 600;

type Headers = Readonly<Record<string, string>>;

/**
 * Returns the CORS headers of a response (https://fetch.spec.whatwg.org/#http-cors-protocol). Credentials are never
 * allowed: the token is sent in a header, not in a cookie.
 *
 * @param origins origins whose pages may call the API; `*` allows all origins
 * @param origin the `Origin` header of the request
 */
export function corsHeaders(origins: readonly string[], origin: string | undefined): Headers {
  if (origins.length === 0) return {};
  if (origins.includes('*')) return { 'access-control-allow-origin': '*', ...exposeHeaders };
  // A cache must not serve the response for one origin to another.
  const vary = { vary: 'origin' };
  return origin !== undefined && origins.includes(origin)
    ? { 'access-control-allow-origin': origin, ...exposeHeaders, ...vary }
    : vary;
}

const exposeHeaders = { 'access-control-expose-headers': EXPOSED_HEADERS.join(', ') };

/**
 * Returns the headers of a preflight response in addition to `corsHeaders`.
 *
 * @param methods the methods of the path
 */
export const preflightHeaders = (origins: readonly string[], methods: readonly string[]): Headers =>
  origins.length === 0
    ? {}
    : {
        'access-control-allow-methods': methods.join(', '),
        'access-control-allow-headers': REQUEST_HEADERS.join(', '),
        'access-control-max-age': String(MAX_AGE_SECONDS),
      };
