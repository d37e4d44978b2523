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
import { newTenant, START } from '../../../../helpers/fakes/platform.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';

const WHSEC = /^whsec_[A-Za-z0-9+/]{43}=$/;

describe('signing secrets', () => {
  test('are kept in one text, which a secret alone is too', () => {
    const secrets = rotateSecrets(parseSigningSecrets('whsec_b2xk'), 'whsec_bmV3', START);

    expect(parseSigningSecrets(formatSigningSecrets(secrets))).toEqual(secrets);
    expect(validSecrets(secrets, START)).toEqual(['whsec_bmV3', 'whsec_b2xk']);
  });

  test('stay good for a day after another took their place', () => {
    const secrets = rotateSecrets(parseSigningSecrets('whsec_b2xk'), 'whsec_bmV3', START);

    expect(validSecrets(secrets, START + ROTATION_OVERLAP_MS - 1)).toHaveLength(2);
    expect(validSecrets(secrets, START + ROTATION_OVERLAP_MS)).toEqual(['whsec_bmV3']);
  });

  test('are each good for a day, however often they are rotated, as far as a request has room', () => {
    let secrets = parseSigningSecrets('whsec_0');
    for (let i = 1; i <= 3; i++) secrets = rotateSecrets(secrets, `whsec_${i}`, START + i * 3_600_000);
    expect(validSecrets(secrets, START + 4 * 3_600_000)).toEqual(['whsec_3', 'whsec_2', 'whsec_1', 'whsec_0']);

    for (let i = 4; i <= 20; i++) secrets = rotateSecrets(secrets, `whsec_${i}`, START + 5 * 3_600_000);
    expect(secrets).toHaveLength(6);
  });

  test('that are over are forgotten by the next rotation', () => {
    const once = rotateSecrets(parseSigningSecrets('whsec_0'), 'whsec_1', START);
    expect(rotateSecrets(once, 'whsec_2', START + ROTATION_OVERLAP_MS).map(({ secret }) => secret)).toEqual([
      'whsec_2',
      'whsec_1',
    ]);
  });
});

describe('kept as parameters', () => {
  async function given() {
    const service = await startParameterStore(temporaryFolder());
    onTestFinished(() => service.stop());
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const ssm = new SSMClient({ endpoint: service.url, region: 'us-east-1', credentials, maxAttempts: 1 });
    let now = START;
    const secrets = () => createSigningSecrets(ssm, '/jobdeck/local', () => now);
    return { secrets, tenant: newTenant(), advance: (ms: number) => (now += ms) };
  }

  test('one is made when it is first asked for, also by two at once', async () => {
    const { secrets, tenant } = await given();
    const [one, other] = await Promise.all([secrets().current(tenant), secrets().current(tenant)]);

    expect(one).toMatch(WHSEC);
    expect(other).toBe(one);
  });

  test('a new one is known to all a minute later, and the old one beside it for a day', async () => {
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
