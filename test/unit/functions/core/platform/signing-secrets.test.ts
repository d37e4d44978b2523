import { SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  formatSigningSecrets,
  parseSigningSecrets,
  ROTATION_OVERLAP_MS,
  rotateSecrets,
  validSecrets,
} from '../../../../../functions/core/domain/signing-secret.ts';
import { createSigningSecrets } from '../../../../../functions/core/platform/signing-secrets.ts';
import { startParameterStore } from '../../../../../lib/local/parameter-store.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { START } from '../../../../helpers/fakes/platform.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';

const WHSEC = /^whsec_[A-Za-z0-9+/]{43}=$/;

describe('stored signing secrets', () => {
  test('form one text, equal to the secret if there is only one', () => {
    const secrets = rotateSecrets(parseSigningSecrets('whsec_b2xk'), 'whsec_bmV3', START);

    expect(parseSigningSecrets(formatSigningSecrets(secrets))).toEqual(secrets);
    expect(validSecrets(secrets, START)).toEqual(['whsec_bmV3', 'whsec_b2xk']);
  });

  test('stay valid for a day after their replacement', () => {
    const secrets = rotateSecrets(parseSigningSecrets('whsec_b2xk'), 'whsec_bmV3', START);

    expect(validSecrets(secrets, START + ROTATION_OVERLAP_MS - 1)).toHaveLength(2);
    expect(validSecrets(secrets, START + ROTATION_OVERLAP_MS)).toEqual(['whsec_bmV3']);
  });

  test('stay valid for a day each after any number of rotations, within the limit of signatures', () => {
    let secrets = parseSigningSecrets('whsec_0');
    for (let i = 1; i <= 3; i++) secrets = rotateSecrets(secrets, `whsec_${i}`, START + i * 3_600_000);
    expect(validSecrets(secrets, START + 4 * 3_600_000)).toEqual(['whsec_3', 'whsec_2', 'whsec_1', 'whsec_0']);

    for (let i = 4; i <= 20; i++) secrets = rotateSecrets(secrets, `whsec_${i}`, START + 5 * 3_600_000);
    expect(secrets).toHaveLength(6);
  });

  test('disappear at the next rotation after their expiry', () => {
    const once = rotateSecrets(parseSigningSecrets('whsec_0'), 'whsec_1', START);
    expect(rotateSecrets(once, 'whsec_2', START + ROTATION_OVERLAP_MS).map(({ secret }) => secret)).toEqual([
      'whsec_2',
      'whsec_1',
    ]);
  });
});

describe('SSM parameters', () => {
  async function given() {
    const service = await startParameterStore(temporaryFolder());
    onTestFinished(() => service.stop());
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const ssm = new SSMClient({ endpoint: service.url, region: 'us-east-1', credentials, maxAttempts: 1 });
    let now = START;
    const secrets = () => createSigningSecrets(ssm, '/jobdeck/local', () => now);
    return { secrets, tenant: newTenant(), advance: (ms: number) => (now += ms) };
  }

  test('create a secret on first use, and only one for two concurrent callers', async () => {
    const { secrets, tenant } = await given();
    const [one, other] = await Promise.all([secrets().current(tenant), secrets().current(tenant)]);

    expect(one).toMatch(WHSEC);
    expect(other).toBe(one);
  });

  test('use a new secret everywhere after a minute, beside the old one for a day', async () => {
    const { secrets, tenant, advance } = await given();
    const [api, worker] = [secrets(), secrets()];
    const [old] = await worker.valid(tenant);

    const fresh = await api.rotate(tenant);

    expect(fresh).toMatch(WHSEC);
    expect(fresh).not.toBe(old);
    expect(await api.current(tenant)).toBe(fresh);
    expect(await worker.valid(tenant)).toEqual([old]);
    advance(60_000);
    expect(await worker.valid(tenant)).toEqual([fresh, old]);
    advance(ROTATION_OVERLAP_MS);
    expect(await worker.valid(tenant)).toEqual([fresh]);
  });
});
