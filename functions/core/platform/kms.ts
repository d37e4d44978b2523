import type { KMSClient, KMSClientConfig } from '@aws-sdk/client-kms';
import { requestTimeouts } from './request-timeouts.ts';

/** @defaultValue credentials, region and endpoint of the environment */
type Configuration = Pick<KMSClientConfig, 'credentials' | 'requestHandler' | 'endpoint' | 'region'>;

/** Milliseconds for a connection and for a response. KMS answers within 100 ms; a slow answer is retried. */
const CONNECTION_TIMEOUT_MS = 1_000;
const REQUEST_TIMEOUT_MS = 2_000;

/** A connection to AWS KMS that is opened on first use. */
export interface Kms {
  readonly client: () => Promise<KMSClient>;
}

/** Creates a connection to AWS KMS; call it once per execution environment and credentials. */
export function createKms(configuration: Configuration = {}): Kms {
  let opening: Promise<KMSClient> | undefined;
  return {
    client() {
      opening ??= openClient(configuration);
      return opening;
    },
  };
}

async function openClient({ requestHandler, ...configuration }: Configuration): Promise<KMSClient> {
  const { KMSClient: Client } = await import('./kms-client.ts');
  const timeouts = requestTimeouts(CONNECTION_TIMEOUT_MS, REQUEST_TIMEOUT_MS);
  return new Client({ ...configuration, requestHandler: { ...requestHandler, ...timeouts } });
}

/** Additional data that KMS binds to a ciphertext. It appears in CloudTrail, and IAM conditions refer to it. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** A data key in plaintext, and encrypted under a KMS key. */
export interface DataKey {
  /** 32 bytes, for AES-256. */
  readonly plaintext: Uint8Array;
  readonly wrapped: Uint8Array;
}

/**
 * Creates a data key.
 *
 * @throws the errors of KMS
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
 */
export async function generateDataKey(kms: Kms, keyArn: string, context: EncryptionContext): Promise<DataKey> {
  const [client, { GenerateDataKeyCommand }] = await Promise.all([kms.client(), import('./kms-client.ts')]);
  const { Plaintext, CiphertextBlob } = await client.send(
    new GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: 'AES_256', EncryptionContext: context }),
  );
  if (Plaintext?.length !== 32 || !CiphertextBlob) throw new Error('KMS returned no data key');
  return { plaintext: Plaintext, wrapped: CiphertextBlob };
}

/** Names of the errors by which KMS rejects the ciphertext or its context, so that a repetition is pointless. */
const INVALID_CIPHERTEXT_ERRORS: readonly string[] = ['InvalidCiphertextException', 'IncorrectKeyException'];

/**
 * Decrypts a data key.
 *
 * @returns `undefined` if the data key was not encrypted under this KMS key with this context
 * @throws the other errors of KMS
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
 */
export async function decryptDataKey(
  kms: Kms,
  keyArn: string,
  context: EncryptionContext,
  wrapped: Uint8Array,
): Promise<Uint8Array | undefined> {
  const [client, { DecryptCommand }] = await Promise.all([kms.client(), import('./kms-client.ts')]);
  try {
    const { Plaintext } = await client.send(
      new DecryptCommand({ KeyId: keyArn, CiphertextBlob: wrapped, EncryptionContext: context }),
    );
    return Plaintext;
  } catch (error) {
    if (error instanceof Error && INVALID_CIPHERTEXT_ERRORS.includes(error.name)) return undefined;
    throw error;
  }
}
