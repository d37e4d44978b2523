import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenantId } from '../../../../functions/core/domain/tenant.ts';
import { createOpen, createSeal } from '../../../../functions/core/platform/envelope.ts';
import { createHookSecrets } from '../../../../functions/core/platform/hook-secrets.ts';
import { createKms } from '../../../../functions/core/platform/kms.ts';
import { createSecretReader, createSecrets } from '../../../../functions/core/platform/secrets.ts';
import { createSigningSecrets } from '../../../../functions/core/platform/signing-secrets.ts';
import { createHook, findHook } from '../../../../functions/core/store/hooks.ts';
import { getSecret, getSigningSecret, putSecret } from '../../../../functions/core/store/secrets.ts';
import type { AdminContext } from '../../../../lib/admin/admin-context.ts';
import { reencryptSecrets } from '../../../../lib/admin/reencrypt-secrets.ts';
import { newTenant } from '../../../helpers/builders/jobs.ts';
import { SECRETS_KEY, startTestKms } from '../../../helpers/system/test-kms.ts';
import { startTestStore, type TestStore } from '../../../helpers/system/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
});
afterAll(() => store.stop());

/** A tenant with two secrets and a signing secret, and the context of an operator. */
async function given() {
  const { endpoint } = await startTestKms();
  const now = () => 0;
  const envelopes = () => {
    const options = { kms: createKms({ endpoint }), keyArn: SECRETS_KEY, now };
    return { seal: createSeal(options), open: createOpen(options) };
  };
  const api = { db: store.db, now, ...envelopes() };
  const [tenant, secrets, signing] = [newTenant(), createSecrets(api), createSigningSecrets(api)];
  await secrets.put(tenant, 'a', 'value of a');
  await secrets.put(tenant, 'b', 'value of b');
  const signed = await signing.current(tenant);
  const operator = { db: store.db, envelopes: envelopes() } as unknown as AdminContext;
  const read = (name: string) => createSecretReader({ db: store.db, now, ...envelopes() })(tenant, name);
  const current = (of: TenantId) => createSigningSecrets({ ...api, ...envelopes() }).current(of);
  return { tenant, secrets, signed, current, operator, read };
}

describe('reencryptSecrets', () => {
  it('encrypts all values under new data keys, which are those of the tenant only', async () => {
    const { tenant, operator, read, signed, current } = await given();
    const before = await getSecret(store.db, tenant, 'a');

    expect(await reencryptSecrets(operator, tenant)).toEqual({ encrypted: 3, damaged: [] });

    const after = await getSecret(store.db, tenant, 'a');
    expect(after?.updatedAt).toBe(before?.updatedAt);
    expect(after?.wrappedKey).not.toEqual(before?.wrappedKey);
    expect([await read('a'), await read('b'), await current(tenant)]).toEqual(['value of a', 'value of b', signed]);
    expect((await getSigningSecret(store.db, tenant))?.wrappedKey).not.toEqual(after?.wrappedKey);
  });

  it('encrypts the secrets of hooks under new data keys', async () => {
    const { tenant, operator } = await given();
    const hookSecrets = createHookSecrets(operator.envelopes);
    const id = '01JNXA3V5T9YV0Q2Z6W8M4R7B1';
    const secret = await hookSecrets.seal(tenant, id, 'value of the hook');
    const texts = { name: null, managedBy: null, description: null };
    const common = { tenant, ...texts, job: 'deploy', enabled: true, former: null, createdBy: 'ana' };
    const hook = { ...common, scheme: 'github' as const, tokenHash: 'x', createdAt: '2026-11-30T12:00:00.000Z' };
    await createHook(store.db, { ...hook, id, secret });
    await createHook(store.db, { ...hook, id: id.replace(/1$/, '2'), secret });
    await createHook(store.db, { ...hook, id: id.replace(/1$/, '3'), scheme: 'none', secret: null });

    expect(await reencryptSecrets(operator, tenant)).toEqual({
      encrypted: 4,
      damaged: ['hook 01JNXA3V5T9YV0Q2Z6W8M4R7B2'],
    });

    const after = (await findHook(store.db, tenant, id))?.hook;
    expect(after?.secret?.sealed).not.toEqual(secret.sealed);
    expect(after && (await hookSecrets.open(after))).toBe('value of the hook');
  });

  it('keeps a secret that changes meanwhile', async () => {
    const { tenant, secrets, operator, read } = await given();
    const { open } = operator.envelopes;
    const racing: AdminContext = {
      ...operator,
      envelopes: {
        ...operator.envelopes,
        open: async (place, envelope) => {
          if (place.name === 'a') await secrets.put(tenant, 'a', 'newer');
          return open(place, envelope);
        },
      },
    };

    expect(await reencryptSecrets(racing, tenant)).toMatchObject({ encrypted: 2 });

    expect(await read('a')).toBe('newer');
  });

  it('names secrets that cannot be decrypted', async () => {
    const { tenant, operator, read } = await given();
    const stored = await getSecret(store.db, tenant, 'a');
    if (!stored) throw new Error('the secret exists');
    await putSecret(store.db, tenant, { ...stored, name: 'copy' });

    expect(await reencryptSecrets(operator, tenant)).toEqual({ encrypted: 3, damaged: ['copy'] });

    expect(await read('a')).toBe('value of a');
  });
});
