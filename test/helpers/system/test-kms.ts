import { onTestFinished, vi } from 'vitest';
import { type KeyDefinition, type LocalKmsOptions, startKms } from '../../../lib/local/kms.ts';
import { arn, REGION } from '../../../lib/local/support/arn.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const aKey = (digit: number, name: string): KeyDefinition => {
  const id = `${digit}2345678-90ab-4cde-8f01-23456789abcd`;
  return { id, arn: arn('kms', `key/${id}`), aliases: [`alias/${name}`] };
};

const KEYS = [aKey(1, 'secrets'), aKey(2, 'other')] as const;

/** ARNs of the keys of the test's KMS. */
export const [SECRETS_KEY, OTHER_KEY] = KEYS.map((key) => key.arn) as [string, string];

/** Starts a KMS for one test and sets the environment of AWS clients. */
export async function startTestKms(options: Partial<LocalKmsOptions> = {}) {
  const dataDir = options.dataDir ?? temporaryFolder();
  const service = await startKms({ keys: KEYS, ...options, dataDir });
  vi.stubEnv('AWS_REGION', REGION);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await service.stop();
  });
  return { endpoint: service.url, dataDir, service };
}
