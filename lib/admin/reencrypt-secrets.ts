import type { Envelope } from '../../functions/core/domain/secret.ts';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import type { SecretPlace } from '../../functions/core/platform/envelope.ts';
import { findHook, listHooks, replaceHook } from '../../functions/core/store/hooks.ts';
import {
  getSigningSecret,
  listSecrets,
  putSigningSecret,
  replaceEnvelope,
} from '../../functions/core/store/secrets.ts';
import type { AdminContext } from './admin-context.ts';

/** The result of an encryption of all secrets of a tenant. */
export interface Reencryption {
  /** Number of values that are encrypted under new data keys. */
  readonly encrypted: number;
  /** Names of secrets that cannot be decrypted; they are unchanged. */
  readonly damaged: readonly string[];
}

/**
 * Encrypts the secrets, the signing secret and the secrets of hooks of a tenant under new data keys. Their values do not change, and runs can
 * read them at any time. Environments of the API use a data key for 5 minutes and 100 values, so a secret that is set
 * meanwhile or shortly after may be encrypted under an older data key: call the function again after 5 minutes.
 */
export async function reencryptSecrets({ db, envelopes }: AdminContext, tenant: TenantId): Promise<Reencryption> {
  const damaged: string[] = [];
  let encrypted = 0;
  const renew = async (
    place: SecretPlace,
    seen: Envelope,
    replace: (envelope: Awaited<ReturnType<typeof envelopes.seal>>) => Promise<boolean>,
  ): Promise<void> => {
    const value = await envelopes.open(place, seen);
    if (value === undefined)
      damaged.push(place.use === 'hook-secret' ? `hook ${place.name}` : place.name || 'the signing secret');
    else if (await replace(await envelopes.seal(place, value))) encrypted++;
  };
  for (const seen of await listSecrets(db, tenant)) {
    await renew({ tenant, use: 'secret', name: seen.name }, seen, (envelope) =>
      replaceEnvelope(db, tenant, seen, envelope),
    );
  }
  for (const { id } of await listHooks(db, tenant)) {
    const seen = await findHook(db, tenant, id);
    if (!seen?.hook.secret) continue;
    await renew({ tenant, use: 'hook-secret', name: id }, seen.hook.secret, (secret) =>
      replaceHook(db, seen, { ...seen.hook, secret }),
    );
  }
  const signing = await getSigningSecret(db, tenant);
  if (signing) {
    await renew({ tenant, use: 'signing-secret', name: '' }, signing, (envelope) =>
      putSigningSecret(db, tenant, { ...envelope, updatedAt: signing.updatedAt }, signing),
    );
  }
  return { encrypted, damaged };
}
