import { setTimeout as sleep } from 'node:timers/promises';
import { KidNotFoundInJwksError } from 'aws-jwt-verify/error';
import { assertIsJwks, findJwkInJwks, type Jwks, type JwksCache, type JwkWithKid } from 'aws-jwt-verify/jwk';
import { JobdeckError } from '../../core/domain/errors.ts';
import { parseJwksUri } from './identity-config.ts';

/**
 * Timeouts in milliseconds of the attempts to load the keys. An attempt is repeated after a network error, a timeout or
 * a status other than 200. All attempts together end before the 30 s limit of API Gateway.
 */
const TIMEOUTS_MS: readonly number[] = [3_000, 4_000, 5_000];
/** Milliseconds between two attempts. */
const RETRY_DELAY_MS = 200;
/** Milliseconds after which the keys are reloaded, so that a key that the issuer revoked expires. */
const MAX_AGE_MS = 60 * 60_000;
/**
 * Minimum time in milliseconds between two reloads that an unknown key id causes. Key ids come from unverified tokens.
 */
const UNKNOWN_KEY_BACKOFF_MS = 10_000;
/** Milliseconds after a failed load during which requests fail immediately. */
const FAILURE_BACKOFF_MS = 1_000;

/** The issuer's keys could not be loaded, so that no token can be verified. */
export class KeysUnavailableError extends JobdeckError {
  constructor(cause: unknown) {
    super('unavailable', 'auth.keys_unavailable', "The token cannot be checked: its issuer's keys cannot be had now", {
      cause,
    });
    this.name = 'KeysUnavailableError';
  }
}

/**
 * Cache of the signing keys of one issuer. Ages are measured with the monotonic clock and do not change when the system
 * clock is set.
 */
export class IssuerKeys implements JwksCache {
  readonly #uri: URL;
  readonly #timeoutsMs: readonly number[];
  #keys: Jwks | undefined;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #failure: { readonly error: KeysUnavailableError; readonly at: number } | undefined;
  #fetching: Promise<Jwks> | undefined;

  /**
   * @param timeoutsMs timeouts in milliseconds, one for each attempt of a load
   * @throws Error if `uri` uses neither https nor a loopback host
   */
  constructor(uri: string, timeoutsMs = TIMEOUTS_MS) {
    this.#uri = parseJwksUri(uri);
    this.#timeoutsMs = timeoutsMs;
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

  /** Loads the keys. Concurrent requests share one load and its attempts. */
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

/** @throws the error of the last attempt */
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
  // A redirect could lead to a URL without TLS.
  const response = await fetch(uri, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' });
  if (!response.ok) throw new Error(`JWKS: ${uri.href} answered ${response.status}`);
  const keys: unknown = await response.json();
  assertIsJwks(keys as Parameters<typeof assertIsJwks>[0]);
  return keys as Jwks;
}
