import type { Db } from '../store/db.ts';
import { requireEnv } from './env.ts';
import { Env } from './env-names.ts';
import { createOpen, createSeal } from './envelope.ts';
import { createKms } from './kms.ts';
import { createSecretReader, type ReadSecret } from './secrets.ts';
import { createSigningSecrets, type SigningSecrets } from './signing-secrets.ts';

/** The tenants' secrets, as functions that work for all tenants use them. */
export interface TenantSecrets {
  readonly read: ReadSecret;
  readonly signing: SigningSecrets;
}

/** Creates readers of secrets with the function's own role; call it once per execution environment. */
export function createTenantSecrets(platform: { readonly db: Db; readonly now: () => number }): TenantSecrets {
  const envelopes = { kms: createKms(), keyArn: requireEnv(Env.secretsKeyArn), now: platform.now };
  const open = createOpen(envelopes);
  return {
    read: createSecretReader({ ...platform, open }),
    signing: createSigningSecrets({ ...platform, seal: createSeal(envelopes), open }),
  };
}
