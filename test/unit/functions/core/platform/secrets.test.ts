import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOpen, createSeal } from '../../../../../functions/core/platform/envelope.ts';
import { createKms } from '../../../../../functions/core/platform/kms.ts';
import { createSecretReader, createSecrets } from '../../../../../functions/core/platform/secrets.ts';
import { secretKey } from '../../../../../functions/core/store/keys.ts';
import { getSecret, putSecret } from '../../../../../functions/core/store/secrets.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { recordCommands } from '../../../../helpers/fakes/recording-db.ts';
import { SECRETS_KEY, startTestKms } from '../../../../helpers/system/test-kms.ts';
import { startTestStore, type TestStore } from '../../../../helpers/system/test-store.ts';

const TIME = '1970-01-01T00:00:00.000Z';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
});
afterAll(() => store.stop());

/** The API and a worker with clocks of their own, and the requests that the worker sends. */
async function given() {
  const { endpoint, service } = await startTestKms();
  let time = 0;
  const now = () => time;
  const { db, requests } = recordCommands(store.db);
  const envelopes = () => ({ kms: createKms({ endpoint }), keyArn: SECRETS_KEY, now });
  return {
    secrets: createSecrets({ db: store.db, seal: createSeal(envelopes()), now }),
    read: createSecretReader({ db, open: createOpen(envelopes()), now }),
    requests,
    stopKms: () => service.stop(),
    tenant: newTenant(),
    advance: (ms: number) => {
      time += ms;
    },
  };
}

describe('createSecrets', () => {
  it('shows the metadata of a secret to its manager, and the value to its user', async () => {
    const { secrets, read, tenant } = await given();

    await secrets.put(tenant, 'api.token', 'hunter2 {{not:a secret}}');

    const info = { name: 'api.token', updatedAt: TIME };
    expect(await secrets.get(tenant, 'api.token')).toEqual(info);
    expect(await secrets.list(tenant)).toEqual([info]);
    expect(await read(tenant, 'api.token')).toBe('hunter2 {{not:a secret}}');
  });

  it('stores no plaintext', async () => {
    const { secrets, tenant } = await given();

    await secrets.put(tenant, 'token', 'hunter2-hunter2');

    const stored = await getSecret(store.db, tenant, 'token');
    expect(Buffer.from(stored?.sealed ?? []).includes('hunter2')).toBe(false);
    expect(stored?.sealed).toHaveLength(12 + 15 + 16);
  });

  it('returns undefined for an unknown name', async () => {
    const { secrets, read, tenant } = await given();

    expect(await secrets.get(tenant, 'x')).toBeUndefined();
    expect(await secrets.remove(tenant, 'x')).toBe(false);
    expect(await secrets.list(tenant)).toEqual([]);
    expect(await read(tenant, 'x')).toBeUndefined();
  });

  it('keeps secrets of tenants apart', async () => {
    const { secrets, read, tenant } = await given();
    const other = newTenant();
    await secrets.put(tenant, 'token', 'mine');

    expect(await read(other, 'token')).toBeUndefined();
    expect(await secrets.list(other)).toEqual([]);
    await secrets.put(other, 'token', 'theirs');
    expect(await secrets.remove(other, 'token')).toBe(true);
    expect(await read(tenant, 'token')).toBe('mine');
  });

  it('lists all secrets by name, and rejects the hundred and first, also of concurrent requests', async () => {
    const { secrets, tenant } = await given();
    const names = Array.from({ length: 98 }, (_, i) => `s${String(i).padStart(3, '0')}`);
    for (const name of names.toReversed()) await secrets.put(tenant, name, 'x');

    const made = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => secrets.put(tenant, name, 'x')));

    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    const listed = (await secrets.list(tenant)).map(({ name }) => name);
    expect(listed).toHaveLength(100);
    expect(listed).toEqual(listed.toSorted());
    const refused = secrets.put(tenant, 'one-more', 'x');
    await expect(refused).rejects.toMatchObject({
      kind: 'conflict',
      message: 'There are 100 secrets, which is the maximum; delete one first',
    });
    await secrets.put(tenant, 's097', 'y');
    await secrets.remove(tenant, 's000');
    await secrets.put(tenant, 'one-more', 'x');
  });

  it('reports that KMS is unavailable', async () => {
    const { secrets, tenant, stopKms } = await given();
    await stopKms();

    await expect(secrets.put(tenant, 'token', 'x')).rejects.toMatchObject({
      kind: 'unavailable',
      message: "secret 'token' is not available now; try again later",
    });
    expect(await secrets.list(tenant)).toEqual([]);
  });
});

describe('createSecretReader', () => {
  it('reads a value once a minute, and a missing value each time', async () => {
    const { secrets, read, tenant, requests, advance } = await given();
    await read(tenant, 'token');
    await secrets.put(tenant, 'token', 'one');
    requests.length = 0;
    expect(await read(tenant, 'token')).toBe('one');
    advance(59_999);
    expect(await read(tenant, 'token')).toBe('one');
    expect(requests).toHaveLength(1);

    await secrets.put(tenant, 'token', 'two');
    advance(1);

    expect(await read(tenant, 'token')).toBe('two');
  });

  it('reads new values of a known data key while KMS is down, and reports others as unavailable', async () => {
    const { secrets, read, tenant, advance, stopKms } = await given();
    const other = newTenant();
    for (const name of ['a', 'b']) await secrets.put(tenant, name, name);
    await secrets.put(other, 'a', 'theirs');
    await read(tenant, 'a');
    await stopKms();
    advance(60_000);

    expect(await read(tenant, 'b')).toBe('b');
    await expect(read(other, 'a')).rejects.toMatchObject({ name: 'SecretUnavailableError', kind: 'unavailable' });
    advance(15 * 60_000);
    await expect(read(tenant, 'b')).rejects.toMatchObject({ name: 'SecretUnavailableError' });
  });

  it('rejects a ciphertext that was copied from another secret or tenant', async () => {
    const { secrets, read, tenant } = await given();
    const other = newTenant();
    await secrets.put(tenant, 'token', 'mine');
    const stolen = await getSecret(store.db, tenant, 'token');
    if (!stolen) throw new Error('the secret exists');

    await putSecret(store.db, tenant, { ...stolen, name: 'elsewhere' });
    await putSecret(store.db, other, stolen);

    expect(secretKey(other, 'token')).not.toEqual(secretKey(tenant, 'token'));
    for (const [holder, name] of [
      [tenant, 'elsewhere'],
      [other, 'token'],
    ] as const) {
      await expect(read(holder, name)).rejects.toMatchObject({
        name: 'SecretDamagedError',
        message: `secret '${name}' cannot be decrypted; PUT /v1/secrets/${name} sets it again`,
      });
    }
    expect(await read(tenant, 'token')).toBe('mine');
  });
});
