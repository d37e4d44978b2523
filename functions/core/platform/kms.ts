import type { KMSClient, KMSClientConfig } from '@aws-sdk/client-kms';

/** @defaultValue credentials, region and endpoint of the environment */
type Configuration = Pick<KMSClientConfig, 'credentials' | 'requestHandler' | 'endpoint'>;

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
  const timeouts = { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS };
  return new Client({ ...configuration, requestHandler: { ...requestHandler, ...timeouts } });
}

/**
 * Computes an HMAC-SHA-256 under a key that never leaves KMS.
 *
 * @param message 1–4,096 bytes
 *
 * @returns 32 bytes
 * @throws the errors of KMS
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateMac.html
 */
export async function generateMac(kms: Kms, keyArn: string, message: string): Promise<Uint8Array> {
  const [client, { GenerateMacCommand }] = await Promise.all([kms.client(), import('./kms-client.ts')]);
  const { Mac } = await client.send(
    new GenerateMacCommand({ KeyId: keyArn, MacAlgorithm: 'HMAC_SHA_256', Message: Buffer.from(message) }),
  );
  if (Mac?.length !== 32) throw new Error(`KMS returned a MAC of ${Mac?.length ?? 0} bytes instead of 32`);
  return Mac;
}
