import { JobdeckError } from '../domain/errors.ts';
import { formatToken, hasValidMac, parseToken, type ReceivedToken, type TokenKind } from '../domain/stage-token.ts';
import type { TenantId } from '../domain/tenant.ts';
import type { Db } from '../store/db.ts';
import { requireEnv, requireNumberEnv } from './env.ts';
import { Env } from './env-names.ts';
import { createKms } from './kms.ts';
import { getMacKey } from './mac-key.ts';

/** Milliseconds after a failure to load a MAC key during which no key is loaded. */
const FAILURE_PAUSE_MS = 1_000;

/** Issues API keys and tokens of hooks, and recognizes those that the stage has issued, without any call to AWS per key. */
export interface ApiKeyIssuer {
  /**
   * Returns a new key for the tenant.
   *
   * @param kind @defaultValue `apiKey`
   * @throws JobdeckError `auth.api_keys_unavailable`
   */
  issue(tenant: TenantId, id: string, secret: string, kind?: TokenKind): Promise<string>;
  /**
   * Verifies the form and the MAC of a key.
   *
   * @param kind @defaultValue `apiKey`
   * @returns `undefined` if the stage has not issued the key, or more than one generation ago
   * @throws JobdeckError `auth.api_keys_unavailable` if a MAC key cannot be loaded
   */
  verify(bearer: string, kind?: TokenKind): Promise<ReceivedToken | undefined>;
}

export interface ApiKeyIssuerOptions {
  /** Returns the MAC key of a generation. The same generation always yields the same key. */
  readonly getMacKey: (generation: number) => Promise<Uint8Array>;
  /** Generation under which keys are issued. */
  readonly generation: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Creates the issuer; call it once per execution environment, which loads each MAC key once.
 *
 * Keys of the current and of the previous generation are accepted, and those of the next one: while a deployment
 * raises the generation, functions that it has already replaced issue keys that the others must accept.
 */
export function createApiKeyIssuer({ getMacKey: load, generation, now }: ApiKeyIssuerOptions): ApiKeyIssuer {
  const loaded = new Map<number, Promise<Uint8Array>>();
  let failure: { readonly at: number; readonly error: JobdeckError } | undefined;

  const loadOnce = async (wanted: number): Promise<Uint8Array> => {
    try {
      return await load(wanted);
    } catch (cause) {
      loaded.delete(wanted);
      const message = 'API keys cannot be verified or issued now; try again';
      failure = { at: now(), error: new JobdeckError('unavailable', 'auth.api_keys_unavailable', message, { cause }) };
      throw failure.error;
    }
  };
  const macKeyOf = async (wanted: number): Promise<Uint8Array> => {
    const known = loaded.get(wanted);
    if (known) return known;
    // guard: api-key.kms-down
    if (failure && Math.abs(now() - failure.at) < FAILURE_PAUSE_MS) throw failure.error;
    const loading = loadOnce(wanted);
    loaded.set(wanted, loading);
    return loading;
  };
  return {
    issue: async (tenant, id, secret, kind = 'apiKey') =>
      formatToken(kind, { tenant, id, secret, generation }, await macKeyOf(generation)),
    async verify(bearer, kind = 'apiKey') {
      const received = parseToken(kind, bearer);
      // guard: api-key.generation
      if (!received || Math.abs(received.generation - generation) > 1) return undefined;
      return /* guard: api-key.mac */ hasValidMac(received, await macKeyOf(received.generation)) ? received : undefined;
    },
  };
}

/**
 * Creates the issuer with the stage's MAC keys. The function's own role may read them, sessions of tenants may not.
 *
 * @param db returns the database with the credentials of the function's own role
 */
export function createStageApiKeyIssuer(db: () => Db): ApiKeyIssuer {
  const options = { db, kms: createKms(), keyArn: requireEnv(Env.secretsKeyArn) };
  return createApiKeyIssuer({
    getMacKey: (generation) => getMacKey(options, generation),
    generation: requireNumberEnv(Env.apiKeyGeneration),
    now: Date.now,
  });
}
