import type { Db } from '../store/db.ts';
import { MAC_KEYS_PARTITION } from '../store/keys.ts';
import { findMacKey, putMacKey } from '../store/mac-keys.ts';
import { decryptDataKey, type EncryptionContext, generateDataKey, type Kms } from './kms.ts';

/** The purpose of MAC keys in the encryption context. IAM permissions are granted by purpose. */
export const MAC_KEY_USE = 'mac-key';

/** Differs from the contexts of all secrets, because no tenant has this name. */
const CONTEXT: EncryptionContext = { tenant: MAC_KEYS_PARTITION, use: MAC_KEY_USE };

export interface MacKeyOptions {
  /** Database with access to the partition of MAC keys. */
  readonly db: () => Db;
  readonly kms: Kms;
  /** ARN of the stage's KMS key of secrets, under which MAC keys are encrypted. */
  readonly keyArn: string;
}

/**
 * Returns the MAC key of a generation of API keys, and creates it on first use. All execution environments of a stage
 * obtain the same key: of several that create it at the same time, one stores it, and the others read it.
 *
 * @throws the errors of KMS and DynamoDB
 * @throws Error if the stored key cannot be decrypted under the KMS key
 */
export async function getMacKey({ db, kms, keyArn }: MacKeyOptions, generation: number): Promise<Uint8Array> {
  const stored = await findMacKey(db(), generation);
  if (!stored) {
    const { plaintext, wrapped } = await generateDataKey(kms, keyArn, CONTEXT);
    if (await putMacKey(db(), generation, wrapped)) return plaintext;
  }
  const wrapped = stored ?? (await findMacKey(db(), generation));
  const key = wrapped && (await decryptDataKey(kms, keyArn, CONTEXT, wrapped));
  if (key?.length !== 32) throw new Error(`the MAC key of generation ${generation} cannot be decrypted`);
  return key;
}
