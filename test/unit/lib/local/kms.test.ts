import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DecryptCommand, GenerateDataKeyCommand, GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { AccessDenied } from '../../../../lib/local/iam/local-iam.ts';
import type { AccessRequest } from '../../../../lib/local/iam/policy.ts';
import type { LocalKmsOptions } from '../../../../lib/local/kms.ts';
import { OTHER_KEY, SECRETS_KEY, startTestKms } from '../../../helpers/system/test-kms.ts';

const CONTEXT = { tenant: 'acme', use: 'secret' };

async function given(options: Partial<LocalKmsOptions> = {}) {
  const { endpoint, ...rest } = await startTestKms(options);
  return { ...rest, client: new KMSClient({ endpoint, maxAttempts: 1 }) };
}

const newDataKey = (KeyId = SECRETS_KEY, EncryptionContext: Record<string, string> = CONTEXT) =>
  new GenerateDataKeyCommand({ KeyId, EncryptionContext, KeySpec: 'AES_256' });
const decrypt = (CiphertextBlob?: Uint8Array, EncryptionContext: Record<string, string> = CONTEXT, KeyId?: string) =>
  new DecryptCommand({ CiphertextBlob, EncryptionContext, ...(KeyId !== undefined && { KeyId }) });

describe('startKms', () => {
  it('decrypts a data key with its encryption context in any order', async () => {
    const { client } = await given();
    const { Plaintext, CiphertextBlob, KeyId } = await client.send(newDataKey());

    const opened = await client.send(decrypt(CiphertextBlob, { use: 'secret', tenant: 'acme' }, SECRETS_KEY));

    expect(Plaintext).toHaveLength(32);
    expect(opened).toMatchObject({ Plaintext, KeyId: SECRETS_KEY });
    expect(KeyId).toBe(SECRETS_KEY);
    expect(Buffer.from(CiphertextBlob ?? []).includes(Buffer.from(Plaintext ?? []))).toBe(false);
  });

  it.each<[string, Record<string, string>]>([
    ['another value', { ...CONTEXT, tenant: 'globex' }],
    ['a missing pair', { tenant: 'acme' }],
    ['an additional pair', { ...CONTEXT, name: 'token' }],
    ['another case', { ...CONTEXT, tenant: 'Acme' }],
  ])('rejects an encryption context with %s', async (_, context) => {
    const { client } = await given();
    const { CiphertextBlob } = await client.send(newDataKey());

    await expect(client.send(decrypt(CiphertextBlob, context))).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
  });

  it('rejects a damaged ciphertext and one of another key', async () => {
    const { client } = await given();
    const { CiphertextBlob = new Uint8Array() } = await client.send(newDataKey());
    const damaged = Uint8Array.from(CiphertextBlob, (byte, i) => (i === CiphertextBlob.length - 20 ? byte ^ 1 : byte));

    await expect(client.send(decrypt(damaged))).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
    await expect(client.send(decrypt(CiphertextBlob, CONTEXT, OTHER_KEY))).rejects.toMatchObject({
      name: 'IncorrectKeyException',
    });
  });

  it('rejects unknown keys and operations', async () => {
    const { client } = await given();
    const unknown = SECRETS_KEY.replace(/.$/, 'e');

    await expect(client.send(newDataKey(unknown))).rejects.toMatchObject({ name: 'NotFoundException' });
    const mac = { KeyId: SECRETS_KEY, Message: Buffer.from('x'), MacAlgorithm: 'HMAC_SHA_256' } as const;
    await expect(client.send(new GenerateMacCommand(mac))).rejects.toMatchObject({ name: 'UnknownOperationException' });
  });

  it('finds a key by its alias', async () => {
    const { client } = await given();

    expect(await client.send(newDataKey('alias/secrets'))).toMatchObject({ KeyId: SECRETS_KEY });
  });

  it('throttles requests above its rate', async () => {
    const { client } = await given({ requestsPerSecond: 0 });

    await expect(client.send(newDataKey())).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  it('keeps its keys in a file that only its owner may read, and reads ciphertexts after a restart', async () => {
    const { client, dataDir } = await given();
    const { CiphertextBlob, Plaintext } = await client.send(newDataKey());

    const { client: later } = await given({ dataDir });

    expect(await later.send(decrypt(CiphertextBlob))).toMatchObject({ Plaintext });
    expect(statSync(join(dataDir, 'kms.key')).mode & 0o777).toBe(0o600);
    const { client: other } = await given();
    await expect(other.send(decrypt(CiphertextBlob))).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });

  it('authorizes each request with the condition keys of KMS', async () => {
    const asked: AccessRequest[] = [];
    const denied: string[] = [];
    const { client } = await given({
      onDenied: (message) => denied.push(message),
      authorize: (_, request) => {
        asked.push(request);
        throw new AccessDenied('no');
      },
    });

    await expect(client.send(newDataKey('alias/secrets'))).rejects.toMatchObject({ name: 'AccessDeniedException' });

    expect(asked).toEqual([
      {
        action: 'kms:GenerateDataKey',
        resource: SECRETS_KEY,
        context: {
          'kms:EncryptionContextKeys': ['tenant', 'use'],
          'kms:EncryptionContext:tenant': ['acme'],
          'kms:EncryptionContext:use': ['secret'],
        },
      },
    ]);
    expect(denied).toEqual(['no']);
  });
});
