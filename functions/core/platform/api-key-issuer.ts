import { formatApiKey, hasValidMac, parseApiKey, type ReceivedApiKey } from '../domain/api-key.ts';
import { JobdeckError } from '../domain/errors.ts';
import type { TenantId } from '../domain/tenant.ts';
import { requireEnv, requireNumberEnv } from './env.ts';
import { Env } from './env-names.ts';
import { createKms, generateMac } from './kms.ts';

/** Milliseconds after a failed derivation during which KMS is not asked again. */
const FAILURE_PAUSE_MS = 1_000;

/** Issues API keys and recognizes those that the stage has issued, without any call to AWS per key. */
export interface ApiKeyIssuer {
  /**
   * Returns a new key for the tenant.
   *
   * @throws JobdeckError `auth.keys_unavailable`
   */
  issue(tenant: TenantId, id: string, secret: string): Promise<string>;
  /**
   * Verifies the form and the MAC of a key.
   *
   * @returns `undefined` if the stage has not issued the key, or more than one generation ago
   * @throws JobdeckError `auth.keys_unavailable` if the first derivation of a MAC key fails
   */
  verify(bearer: string): Promise<ReceivedApiKey | undefined>;
}

export interface ApiKeyIssuerOptions {
  /** Derives the MAC key of a generation. The same generation always yields the same key. */
  readonly deriveMacKey: (generation: number) => Promise<Uint8Array>;
  /** Generation under which keys are issued. */
  readonly generation: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Creates the issuer; call it once per execution environment, which derives each MAC key once.
 *
 * Keys of the current and of the previous generation are accepted, and those of the next one: while a deployment
 * raises the generation, functions that it has already replaced issue keys that the others must accept.
 */
export function createApiKeyIssuer({ deriveMacKey, generation, now }: ApiKeyIssuerOptions): ApiKeyIssuer {
  const derived = new Map<number, Promise<Uint8Array>>();
  let failure: { readonly at: number; readonly error: JobdeckError } | undefined;

  const derive = async (of: number): Promise<Uint8Array> => {
    try {
      return await deriveMacKey(of);
    } catch (cause) {
      derived.delete(of);
      const message = 'API keys cannot be verified or issued now; try again';
      failure = { at: now(), error: new JobdeckError('unavailable', 'auth.keys_unavailable', message, { cause }) };
      throw failure.error;
    }
  };
  const macKeyOf = async (of: number): Promise<Uint8Array> => {
    const known = derived.get(of);
    if (known) return known;
    // guard: api-key.kms-down
    if (failure && Math.abs(now() - failure.at) < FAILURE_PAUSE_MS) throw failure.error;
    const deriving = derive(of);
    derived.set(of, deriving);
    return deriving;
  };
  return {
    issue: async (tenant, id, secret) => formatApiKey({ tenant, id, secret, generation }, await macKeyOf(generation)),
    async verify(bearer) {
      const received = parseApiKey(bearer);
      // guard: api-key.generation
      if (!received || Math.abs(received.generation - generation) > 1) return undefined;
      return /* guard: api-key.mac */ hasValidMac(received, await macKeyOf(received.generation)) ? received : undefined;
    },
  };
}

/** Creates the issuer with the stage's KMS key. The function's own role may derive MAC keys, sessions of tenants may not. */
export function createStageApiKeyIssuer(): ApiKeyIssuer {
  const kms = createKms();
  const keyArn = requireEnv(Env.apiKeysKeyArn);
  return createApiKeyIssuer({
    deriveMacKey: (generation) => generateMac(kms, keyArn, `jobdeck API keys, generation ${generation}`),
    generation: requireNumberEnv(Env.apiKeyGeneration),
    now: Date.now,
  });
}
