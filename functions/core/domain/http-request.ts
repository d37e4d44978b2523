import { InvalidInput } from './errors.ts';
import { isHeaderValue } from './header-value.ts';
import { isReservedHeader } from './reserved-headers.ts';
import { assertNoSecretReferences } from './secret.ts';

/** `token` of RFC 9110, section 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The URL and headers of a request that a tenant defines. */
export interface HttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Validates the URL and headers of a tenant's request. Secret references in headers are validated separately, over all
 * headers of a job (`headerFields`).
 *
 * @param field path of the object that holds `url` and `headers`, named as in the request
 * @throws InvalidInput
 */
export function validateRequest(field: string, { url, headers }: HttpRequest): void {
  const parsed = URL.parse(url);
  if (!parsed || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') || parsed.hostname === '') {
    throw new InvalidInput(`${field}.url`, `must be an http or https URL with a host, got '${url}'`);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new InvalidInput(`${field}.url`, `must not hold credentials; send them in ${field}.headers`);
  }
  assertNoSecretReferences(`${field}.url`, url, `values of ${field}.headers`);
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const header = `${field}.headers.${name}`;
    if (!HEADER_NAME.test(name)) throw new InvalidInput(header, 'must be a valid header name');
    if (isReservedHeader(name)) throw new InvalidInput(header, 'is reserved for the platform');
    // The message omits the value, which may be a secret.
    if (!isHeaderValue(value)) throw new InvalidInput(header, 'must be one line of printable characters');
    if (seen.has(name.toLowerCase())) throw new InvalidInput(header, 'is given twice');
    seen.add(name.toLowerCase());
  }
}

/** Returns header values with their field paths, as `validateSecretReferences` expects them. */
export function headerFields(field: string, { headers }: HttpRequest): (readonly [field: string, value: string])[] {
  return Object.entries(headers).map(([name, value]) => [`${field}.headers.${name}`, value]);
}
