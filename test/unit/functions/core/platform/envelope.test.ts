import { describe, expect, it } from 'vitest';
import { createOpen, createSeal, type SecretPlace } from '../../../../../functions/core/platform/envelope.ts';
import { createKms } from '../../../../../functions/core/platform/kms.ts';
import type { AccessRequest } from '../../../../../lib/local/iam/policy.ts';
import type { LocalKmsOptions } from '../../../../../lib/local/kms.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { OTHER_KEY, SECRETS_KEY, startTestKms } from '../../../../helpers/system/test-kms.ts';

/** A seal and an opener of separate environments, and their requests to KMS. */
async function given(options: Partial<LocalKmsOptions> = {}) {
  const asked: AccessRequest[] = [];
  const { endpoint } = await startTestKms({ authorize: (_, request) => void asked.push(request), ...options });
  let time = 0;
  const envelopes = (keyArn = SECRETS_KEY) => ({ kms: createKms({ endpoint }), keyArn, now: () => time });
  const place: SecretPlace = { tenant: newTenant(), use: 'secret', name: 'token' };
  return {
    place,
    asked,
    seal: createSeal(envelopes()),
    open: createOpen(envelopes()),
    openWith: (keyArn: string) => createOpen(envelopes(keyArn)),
    actions: () => asked.map(({ action }) => action),
    advance: (ms: number) => {
      time += ms;
    },
  };
}

describe('envelopes', () => {
  it('open at their place', async () => {
    const { seal, open, place } = await given();
    const values = ['hunter2', '', 'å∫ç – 🦊', 'x'.repeat(4_096)];

    for (const value of values) expect(await open(place, await seal(place, value))).toBe(value);
  });

  it.each<[string, (place: SecretPlace) => SecretPlace]>([
    ['of another tenant', (place) => ({ ...place, tenant: newTenant() })],
    ['of another purpose', (place) => ({ ...place, use: 'signing-secret' })],
    ['of another name', (place) => ({ ...place, name: 'other' })],
  ])('do not open at a place %s', async (_, elsewhere) => {
    const { seal, open, place } = await given();
    const envelope = await seal(place, 'hunter2');

    expect(await open(elsewhere(place), envelope)).toBeUndefined();
  });

  it('do not open with the ciphertext of one secret and the data key of another tenant', async () => {
    const { seal, open, place } = await given();
    const foreign = { ...place, tenant: newTenant() };
    const [own, theirs] = [await seal(place, 'mine'), await seal(foreign, 'theirs')];

    expect(await open(place, { ...own, wrappedKey: theirs.wrappedKey })).toBeUndefined();
    expect(await open(foreign, { ...own, wrappedKey: theirs.wrappedKey })).toBeUndefined();
    expect(await open(place, { ...theirs, wrappedKey: own.wrappedKey })).toBeUndefined();
  });

  it('do not open if a byte changed, or with another KMS key', async () => {
    const { seal, open, openWith, place } = await given();
    const envelope = await seal(place, 'hunter2');

    for (const i of envelope.sealed.keys()) {
      const sealed = Uint8Array.from(envelope.sealed, (byte, at) => (at === i ? byte ^ 1 : byte));
      expect(await open(place, { ...envelope, sealed })).toBeUndefined();
    }
    expect(await open(place, { ...envelope, sealed: envelope.sealed.subarray(0, 20) })).toBeUndefined();
    expect(await openWith(OTHER_KEY)(place, envelope)).toBeUndefined();
  });

  it('reject with the error of KMS if it throttles', async () => {
    const { seal, place } = await given({ requestsPerSecond: 0 });

    await expect(seal(place, 'x')).rejects.toMatchObject({ name: 'ThrottlingException' });
  });
});

describe('createSeal', () => {
  it('uses a data key for one tenant and purpose, for five minutes and a hundred values', async () => {
    const { seal, place, actions, asked, advance } = await given();
    const first = await seal(place, 'a');
    for (let i = 0; i < 99; i++) expect((await seal(place, 'b')).wrappedKey).toEqual(first.wrappedKey);
    expect(actions()).toEqual(['kms:GenerateDataKey']);

    expect((await seal(place, 'c')).wrappedKey).not.toEqual(first.wrappedKey);
    await seal({ ...place, use: 'signing-secret' }, 'd');
    advance(5 * 60_000);
    await seal(place, 'e');

    expect(actions()).toHaveLength(4);
    expect(asked[2]?.context['kms:EncryptionContext:use']).toEqual(['signing-secret']);
    expect(asked[0]?.context).toEqual({
      'kms:EncryptionContextKeys': ['tenant', 'use'],
      'kms:EncryptionContext:tenant': [place.tenant],
      'kms:EncryptionContext:use': ['secret'],
    });
  });

  it('encrypts equal values differently', async () => {
    const { seal, place } = await given();

    const [one, other] = [await seal(place, 'x'), await seal(place, 'x')];

    expect(one.sealed).not.toEqual(other.sealed);
  });
});

describe('createOpen', () => {
  it('decrypts a data key once in 15 minutes, also for concurrent callers', async () => {
    const { seal, open, place, actions, advance } = await given();
    const envelopes = await Promise.all(['a', 'b'].map((value) => seal({ ...place, name: value }, value)));
    const decryptions = () => actions().filter((action) => action === 'kms:Decrypt').length;
    const [a, b] = envelopes as [Awaited<ReturnType<typeof seal>>, Awaited<ReturnType<typeof seal>>];
    const again = await seal({ ...place, name: 'a' }, 'a2');
    const known = decryptions();

    await Promise.all([open({ ...place, name: 'a' }, a), open({ ...place, name: 'a' }, a)]);
    expect(decryptions() - known).toBe(1);
    await open({ ...place, name: 'b' }, { ...b, wrappedKey: a.wrappedKey });
    await open({ ...place, name: 'a' }, again);
    const once = decryptions();
    advance(15 * 60_000);
    await open({ ...place, name: 'a' }, a);

    expect(decryptions()).toBe(once + 1);
  });
});
