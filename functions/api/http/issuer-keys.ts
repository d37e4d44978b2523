import { setTimeout as sleep } from 'node:timers/promises';
import { KidNotFoundInJwksError } from 'aws-jwt-verify/error';
import { assertIsJwks, findJwkInJwks, type Jwks, type JwksCache, type JwkWithKid } from 'aws-jwt-verify/jwk';
import { JobdeckError } from '../../core/domain/errors.ts';

/**
 * Milliseconds that an issuer may take to answer, for each try of a load. A broken connection, a late answer and any
 * status but 200 are tried again. All tries together end well before API Gateway's 30 s.
 */
const TIMEOUTS_MS: readonly number[] = [3_000, 4_000, 5_000];
/** Milliseconds between two tries. */
const RETRY_DELAY_MS = 200;
/** Keys are asked for again after this, so that one the issuer withdrew does not stay good for ever. */
const MAX_AGE_MS = 60 * 60_000;
/** An unknown key makes them be asked for again, but no more often than this: anybody can invent key ids. */
const UNKNOWN_KEY_BACKOFF_MS = 10_000;
/** After a failure the issuer is left alone for this long, and requests are answered at once. */
const FAILURE_BACKOFF_MS = 1_000;

const LOOPBACK_HOSTS = ['127.0.0.1', '[::1]', 'localhost'];

/** Keys of an issuer that could not be had: nobody can be authenticated, which is not the caller's fault. */
export class KeysUnavailableError extends JobdeckError {
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
  readonly #timeoutsMs: readonly number[];
  #keys: Jwks | undefined;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #failure: { readonly error: KeysUnavailableError; readonly at: number } | undefined;
  #fetching: Promise<Jwks> | undefined;

  /**
   * @param timeoutsMs milliseconds that the issuer may take, one for each try of a load
   * @throws Error when `uri` is neither https nor on this machine: keys are only as good as the way they came
   */
  constructor(uri: string, timeoutsMs = TIMEOUTS_MS) {
    this.#uri = new URL(uri);
    this.#timeoutsMs = timeoutsMs;
    const local = this.#uri.protocol === 'http:' && LOOPBACK_HOSTS.includes(this.#uri.hostname);
    if (this.#uri.protocol !== 'https:' && !local) throw new Error(`JWKS: must be an https URL, got ${uri}`);
  }

  async getJwk(_uri: string, { header }: Parameters<JwksCache['getJwk']>[1]): Promise<JwkWithKid> {
    const kid = header.kid ?? '';
    const age = performance.now() - this.#fetchedAt;
    const known = this.#keys && findJwkInJwks(this.#keys, kid);
    if (known && /* guard: jwks.issuer-down */ age < MAX_AGE_MS) return known;
    // guard: jwks.unknown-key
    if (this.#keys && !known && age < UNKNOWN_KEY_BACKOFF_MS) throw unknownKeyError(kid);
    const key = findJwkInJwks(await this.getJwks(), kid);
    if (!key) throw unknownKeyError(kid);
    return key;
  }

  getCachedJwk(_uri: string, { header }: Parameters<JwksCache['getCachedJwk']>[1]): JwkWithKid {
    const key = this.#keys && findJwkInJwks(this.#keys, header.kid ?? '');
    if (!key) throw unknownKeyError(header.kid ?? '');
    return key;
  }

  addJwks(_uri: string, jwks: Jwks): void {
    this.#keys = jwks;
    this.#fetchedAt = performance.now();
  }

  /** Loads the keys. Requests that come meanwhile share the load, its tries included. */
  async getJwks(): Promise<Jwks> {
    if (this.#failure && performance.now() - this.#failure.at < FAILURE_BACKOFF_MS) throw this.#failure.error;
    this.#fetching ??= loadKeys(this.#uri, this.#timeoutsMs).finally(() => {
      this.#fetching = undefined;
    });
    try {
      const keys = await this.#fetching;
      this.#failure = undefined;
      this.addJwks(this.#uri.href, keys);
      return keys;
    } catch (cause) {
      const error = new KeysUnavailableError(cause);
      this.#failure = { error, at: performance.now() };
      throw error;
    }
  }
}

const unknownKeyError = (kid: string) => new KidNotFoundInJwksError(`no key with id ${JSON.stringify(kid)}`);

/** @throws the error of the last try */
async function loadKeys(uri: URL, [timeoutMs, ...further]: readonly number[]): Promise<Jwks> {
  try {
    return await fetchKeys(uri, timeoutMs ?? 0);
  } catch (error) {
    if (further.length === 0) throw error;
    await sleep(RETRY_DELAY_MS);
    return loadKeys(uri, further);
  }
}

async function fetchKeys(uri: URL, timeoutMs: number): Promise<Jwks> {
  // A redirect could lead away from https.
  const response = await fetch(uri, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' });
  if (!response.ok) throw new Error(`JWKS: ${uri.href} answered ${response.status}`);
  const keys: unknown = await response.json();
  assertIsJwks(keys as Parameters<typeof assertIsJwks>[0]);
  return keys as Jwks;
}
