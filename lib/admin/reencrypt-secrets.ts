import type { TenantId } from '../../functions/core/domain/tenant.ts';
import type { SecretPlace } from '../../functions/core/platform/envelope.ts';
import {
  getSigningSecret,
  listSecrets,
  putSigningSecret,
  replaceEnvelope,
  type StoredSecret,
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
 * Encrypts the secrets and the signing secret of a tenant under new data keys. Their values do not change, and runs can
 * read them at any time. Environments of the API use a data key for 5 minutes and 100 values, so a secret that is set
 * meanwhile or shortly after may be encrypted under an older data key: call the function again after 5 minutes.
 */
export async function reencryptSecrets({ db, envelopes }: AdminContext, tenant: TenantId): Promise<Reencryption> {
  const damaged: string[] = [];
  let encrypted = 0;
  const renew = async (
    place: SecretPlace,
    seen: StoredSecret,
    replace: (envelope: Awaited<ReturnType<typeof envelopes.seal>>) => Promise<boolean>,
  ): Promise<void> => {
    const value = await envelopes.open(place, seen);
    if (value === undefined) damaged.push(place.name || 'the signing secret');
    else if (await replace(await envelopes.seal(place, value))) encrypted++;
  };
  for (const seen of await listSecrets(db, tenant)) {
    await renew({ tenant, use: 'secret', name: seen.name }, seen, (envelope) =>
      replaceEnvelope(db, tenant, seen, envelope),
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
