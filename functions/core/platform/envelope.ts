import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Envelope } from '../domain/secret.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type DataKey, decryptDataKey, type EncryptionContext, generateDataKey, type Kms } from './kms.ts';
import { TtlCache } from './ttl-cache.ts';

/** The purpose of an encrypted value. IAM permissions to encrypt and to decrypt are granted by purpose. */
export type SecretUse = 'secret' | 'signing-secret' | 'hook-secret';

/** The place of an encrypted value. A ciphertext cannot be decrypted at another place. */
export interface SecretPlace {
  readonly tenant: TenantId;
  readonly use: SecretUse;
  readonly name: string;
}

/** Encrypts a value for its place. Rejects with the errors of KMS. */
export type Seal = (place: SecretPlace, plaintext: string) => Promise<Envelope>;

/**
 * Decrypts the value of a place. Rejects with the errors of KMS.
 *
 * @returns `undefined` if the envelope was damaged, or made for another place or by another KMS key
 */
export type Open = (place: SecretPlace, envelope: Envelope) => Promise<string | undefined>;

export interface EnvelopeOptions {
  readonly kms: Kms;
  /** ARN of the stage's symmetric KMS key. */
  readonly keyArn: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Bounds of a data key that encrypts. Each environment that writes secrets has data keys of its own. */
const SEALING_KEY_TTL_MS = 5 * 60_000;
const SEALING_KEY_USES = 100;
const SEALING_KEYS = 100;
/** Lifetime of a decrypted data key, after which the loss of the permission, or of the KMS key, takes effect. */
const OPENED_KEY_TTL_MS = 15 * 60_000;
const OPENED_KEYS = 1_000;

const CIPHER = 'aes-256-gcm';
/** Random initialization vectors are safe for 2^32 values under one key; `SEALING_KEY_USES` stays far below. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Creates an encryptor; call it once per execution environment and credentials. A data key belongs to one tenant and one
 * purpose (encryption context of KMS). The name of the value is authenticated by AES-GCM. A writer of secrets needs
 * only `kms:GenerateDataKey` and cannot decrypt what others have written.
 */
export function createSeal({ kms, keyArn, now }: EnvelopeOptions): Seal {
  const dataKeys = new TtlCache<{ readonly key: DataKey; uses: number }>({
    ttlMs: SEALING_KEY_TTL_MS,
    size: SEALING_KEYS,
    now,
  });
  const dataKeyFor = async (place: SecretPlace): Promise<DataKey> => {
    const id = `${place.tenant}\n${place.use}`;
    const known = dataKeys.get(id);
    if (known && known.uses < SEALING_KEY_USES) {
      known.uses++;
      return known.key;
    }
    const at = now();
    const key = await generateDataKey(kms, keyArn, kmsContext(place));
    dataKeys.set(id, { key, uses: 1 }, at);
    return key;
  };
  return async (place, plaintext) => {
    const { plaintext: key, wrapped } = await dataKeyFor(place);
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, key, iv).setAAD(authenticatedData(place));
    const sealed = Buffer.concat([iv, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return { sealed: new Uint8Array(sealed), wrappedKey: wrapped };
  };
}

/** Creates a decryptor that caches data keys; call it once per execution environment and credentials. */
export function createOpen({ kms, keyArn, now }: EnvelopeOptions): Open {
  const dataKeys = new TtlCache<Promise<Uint8Array | undefined>>({ ttlMs: OPENED_KEY_TTL_MS, size: OPENED_KEYS, now });

  /** Concurrent callers share a call to KMS; a failed call is not cached. */
  const dataKeyOf = (place: SecretPlace, wrapped: Uint8Array): Promise<Uint8Array | undefined> => {
    const id = [place.tenant, place.use, Buffer.from(wrapped).toString('base64')].join('\n');
    const known = dataKeys.get(id);
    if (known) return known;
    const decrypting = decryptDataKey(kms, keyArn, kmsContext(place), wrapped);
    dataKeys.set(id, decrypting, now());
    decrypting.catch(() => dataKeys.delete(id));
    return decrypting;
  };
  return async (place, { sealed, wrappedKey }) => {
    const key = await dataKeyOf(place, wrappedKey);
    return key && decrypt(key, place, Buffer.from(sealed));
  };
}

function decrypt(key: Uint8Array, place: SecretPlace, sealed: Buffer): string | undefined {
  try {
    const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(authenticatedData(place)).setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** KMS binds a data key to its tenant and purpose. */
const kmsContext = ({ tenant, use }: SecretPlace): EncryptionContext => ({
  tenant: /* guard: envelope.tenant */ tenant,
  use: /* guard: envelope.use */ use,
});

/** AES-GCM binds a value to its tenant, purpose and name. */
const authenticatedData = ({ tenant, use, name }: SecretPlace): Buffer =>
  Buffer.from(JSON.stringify([tenant, use, /* guard: envelope.name */ name]));
