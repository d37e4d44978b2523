import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  formatSigningSecrets,
  parseSigningSecrets,
  ROTATION_OVERLAP_MS,
  rotateSecrets,
  validSecrets,
} from '../../../../../functions/core/domain/signing-secret.ts';
import { createOpen, createSeal } from '../../../../../functions/core/platform/envelope.ts';
import { createKms } from '../../../../../functions/core/platform/kms.ts';
import { createSigningSecrets } from '../../../../../functions/core/platform/signing-secrets.ts';
import { getSigningSecret, putSigningSecret } from '../../../../../functions/core/store/secrets.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { START } from '../../../../helpers/fakes/platform.ts';
import { SECRETS_KEY, startTestKms } from '../../../../helpers/system/test-kms.ts';
import { startTestStore, type TestStore } from '../../../../helpers/system/test-store.ts';

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

describe('signing secrets', () => {
  let store: TestStore;
  beforeAll(async () => {
    store = await startTestStore({ streams: false });
  });
  afterAll(() => store.stop());

  async function given() {
    const { endpoint, service } = await startTestKms();
    let time = START;
    const now = () => time;
    const secrets = () => {
      const envelopes = { kms: createKms({ endpoint }), keyArn: SECRETS_KEY, now };
      return createSigningSecrets({ db: store.db, seal: createSeal(envelopes), open: createOpen(envelopes), now });
    };
    const advance = (ms: number) => {
      time += ms;
    };
    return { secrets, tenant: newTenant(), advance, stopKms: () => service.stop() };
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

  test('reach the store encrypted, for their tenant only', async () => {
    const { secrets, tenant } = await given();
    const other = newTenant();
    await secrets().current(tenant);
    const stored = await getSigningSecret(store.db, tenant);
    if (!stored) throw new Error('the secret exists');
    expect(Buffer.from(stored.sealed).includes('whsec_')).toBe(false);

    expect(await putSigningSecret(store.db, other, stored, undefined)).toBe(true);

    await expect(secrets().current(other)).rejects.toMatchObject({ name: 'SecretDamagedError' });
  });

  test('survive a rotation that began before another one', async () => {
    const { secrets, tenant } = await given();
    await secrets().current(tenant);
    const seen = await getSigningSecret(store.db, tenant);
    if (!seen) throw new Error('the secret exists');
    const fresh = await secrets().rotate(tenant);

    expect(await putSigningSecret(store.db, tenant, seen, seen)).toBe(false);

    expect(await secrets().current(tenant)).toBe(fresh);
  });

  test('reject as unavailable while KMS is down', async () => {
    const { secrets, tenant, stopKms } = await given();
    await secrets().current(tenant);
    await stopKms();

    await expect(secrets().valid(tenant)).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'the signing secret is not available now; try again later',
    });
  });
});
