import { KidNotFoundInJwksError } from 'aws-jwt-verify/error';
import { assertIsJwks, findJwkInJwks, type Jwks, type JwksCache, type JwkWithKid } from 'aws-jwt-verify/jwk';
import { JobdeckError } from '../../domain/errors.ts';

/** How long an issuer may take to answer. */
const FETCH_TIMEOUT_MS = 3_000;
/** Keys are asked for again after this, so that one the issuer withdrew does not stay good for ever. */
const KEEP_MS = 60 * 60_000;
/** An unknown key makes them be asked for again, but no more often than this: anybody can invent key ids. */
const UNKNOWN_KEY_PAUSE_MS = 10_000;
/** After a failure the issuer is left alone for this long, and requests are answered at once. */
const FAILURE_PAUSE_MS = 1_000;

const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];

/** Keys of an issuer that could not be had: nobody can be authenticated, which is not the caller's fault. */
export class KeysUnavailable extends JobdeckError {
  constructor(cause: unknown) {
    super('unavailable', 'auth.keys_unavailable', "The token cannot be checked: its issuer's keys cannot be had now", {
      cause,
    });
    this.name = 'KeysUnavailable';
  }
}

/**
 * The signing keys of one issuer, kept in memory. Ages are counted by the monotonic clock: a clock that is set does not
 * make keys older or younger.
 */
export class IssuerKeys implements JwksCache {
  readonly #uri: URL;
  #keys: Jwks | undefined;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #failure: { readonly error: KeysUnavailable; readonly at: number } | undefined;
  #fetching: Promise<Jwks> | undefined;

  /** @throws Error when `uri` is neither https nor on this machine: keys are only as good as the way they came */
  constructor(uri: string) {
    this.#uri = new URL(uri);
    const local = this.#uri.protocol === 'http:' && LOOPBACK.includes(this.#uri.hostname);
    if (this.#uri.protocol !== 'https:' && !local) throw new Error(`JWKS: must be an https URL, got ${uri}`);
  }

  async getJwk(_uri: string, { header }: Parameters<JwksCache['getJwk']>[1]): Promise<JwkWithKid> {
    const kid = header.kid ?? '';
    const age = performance.now() - this.#fetchedAt;
    const known = this.#keys && findJwkInJwks(this.#keys, kid);
    if (known && age < KEEP_MS) return known;
    if (this.#keys && !known && age < UNKNOWN_KEY_PAUSE_MS) throw unknownKey(kid);
    const key = findJwkInJwks(await this.getJwks(), kid);
    if (!key) throw unknownKey(kid);
    return key;
  }

  getCachedJwk(_uri: string, { header }: Parameters<JwksCache['getCachedJwk']>[1]): JwkWithKid {
    const key = this.#keys && findJwkInJwks(this.#keys, header.kid ?? '');
    if (!key) throw unknownKey(header.kid ?? '');
    return key;
  }

  addJwks(_uri: string, jwks: Jwks): void {
    this.#keys = jwks;
    this.#fetchedAt = performance.now();
  }

  /** Asks the issuer. Requests that come meanwhile share the question. */
  async getJwks(): Promise<Jwks> {
    if (this.#failure && performance.now() - this.#failure.at < FAILURE_PAUSE_MS) throw this.#failure.error;
    this.#fetching ??= fetchKeys(this.#uri).finally(() => {
      this.#fetching = undefined;
    });
    try {
      const keys = await this.#fetching;
      this.#failure = undefined;
      this.addJwks(this.#uri.href, keys);
      return keys;
    } catch (cause) {
      const error = new KeysUnavailable(cause);
      this.#failure = { error, at: performance.now() };
      throw error;
    }
  }
}

const unknownKey = (kid: string) => new KidNotFoundInJwksError(`no key with id ${JSON.stringify(kid)}`);

async function fetchKeys(uri: URL): Promise<Jwks> {
  // A redirect could lead away from https.
  const response = await fetch(uri, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: 'error' });
  if (!response.ok) throw new Error(`JWKS: ${uri.href} answered ${response.status}`);
  const keys: unknown = await response.json();
  assertIsJwks(keys as Parameters<typeof assertIsJwks>[0]);
  return keys as Jwks;
}
