import { createHash, randomBytes } from 'node:crypto';
import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { ulid } from 'ulidx';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeyVerifier } from '../../../../../functions/api/http/api-key-verifier.ts';
import { verifyKeyOrToken } from '../../../../../functions/api/http/bearer-verifier.ts';
import {
  type ApiKey,
  formatApiKey,
  hashApiKey,
  hasValidMac,
  isApiKey,
  MAX_API_KEYS,
  parseApiKey,
} from '../../../../../functions/core/domain/api-key.ts';
import { parseTenantId, type TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { createApiKeyIssuer } from '../../../../../functions/core/platform/api-key-issuer.ts';
import {
  createApiKey,
  getApiKey,
  listApiKeys,
  recordApiKeyUse,
  removeApiKey,
} from '../../../../../functions/core/store/api-keys.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { START, testPlatform } from '../../../../helpers/fakes/platform.ts';
import { recordCommands } from '../../../../helpers/fakes/recording-db.ts';
import { startTestStore, type TestStore } from '../../../../helpers/system/test-store.ts';

const SECRET = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I';
const ID = '01JNXA3V5T9YV0Q2Z6W8M4R7B1';
const MAC = 'bWFjLW1hYy1tYWMtbWFjLW1hYy1tYWMtbWFjLW1hYy1';
const tenant = parseTenantId('a_b-c') as TenantId;
/** The MAC keys of a stage. */
const macKeyOf = (generation: number) => createHash('sha256').update(`generation ${generation}`).digest();
const format = (tenant: TenantId, id: string, secret: string, generation = 1) =>
  formatApiKey({ tenant, id, secret, generation }, macKeyOf(generation));
const iso = (time: number) => new Date(time).toISOString();

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store.stop());

function aKey(overrides: Partial<ApiKey> = {}): { readonly bearer: string; readonly key: ApiKey } {
  const whose = { tenant: newTenant(), id: ulid(), ...overrides };
  const bearer = format(whose.tenant, whose.id, randomBytes(32).toString('base64url'));
  return {
    bearer,
    key: {
      ...whose,
      name: 'ci',
      roles: ['OPERATOR'],
      hash: hashApiKey(bearer),
      createdAt: iso(START),
      createdBy: 'ana@acme.test',
      lastUsedAt: null,
      ...overrides,
    },
  };
}

/** Stores a key and creates a verifier. */
async function given(overrides: Partial<ApiKey> = {}) {
  const made = aKey(overrides);
  await createApiKey(store.db, made.key);
  const platform = testPlatform(store.db);
  const { log, logged, now } = platform;
  const { db, requests } = recordCommands(store.db);
  const derived: number[] = [];
  const apiKeys = createApiKeyIssuer({
    getMacKey: async (generation) => {
      derived.push(generation);
      return macKeyOf(generation);
    },
    generation: 1,
    now,
  });
  const opened: TenantId[] = [];
  const dbOf = (of: TenantId) => {
    opened.push(of);
    return db;
  };
  const verify = createKeyVerifier({ apiKeys, dbOf, log, now });
  const advance = (ms: number) => platform.advance(ms);
  return { ...made, verify, apiKeys, requests, derived, opened, log, logged, now, advance };
}

describe('parseApiKey', () => {
  test('returns the tenant and the id of a key', () => {
    const key = format(tenant, ID, SECRET, 7);

    const signed = `jk_a_b-c.${ID}.${SECRET}.7`;
    expect(key).toMatch(new RegExp(`^${signed.replaceAll('.', '\\.')}\\.[A-Za-z0-9_-]{43}$`));
    expect(isApiKey(key)).toBe(true);
    expect(parseApiKey(key)).toEqual({ tenant, id: ID, generation: 7, signed, mac: key.split('.').at(-1) });
  });

  test('returns the text that the MAC authenticates, so that no part can be exchanged', () => {
    const received = parseApiKey(format(tenant, ID, SECRET));
    const other = parseApiKey(format(newTenant(), ID, SECRET));
    if (!received || !other) throw new Error('the keys are well-formed');

    expect(hasValidMac(received, macKeyOf(1))).toBe(true);
    expect(hasValidMac(received, macKeyOf(2))).toBe(false);
    expect(hasValidMac({ ...received, mac: other.mac }, macKeyOf(1))).toBe(false);
    for (const part of [ID, SECRET, '1']) {
      const changed = received.signed.replace(
        part,
        part.replace(/.$/, (last) => (last === '2' ? '3' : '2')),
      );
      expect(hasValidMac({ ...received, signed: changed }, macKeyOf(1)), changed).toBe(false);
    }
  });

  test('distinguishes API keys from JWTs', () => {
    expect(isApiKey('eyJhbGciOiJSUzI1NiJ9.e30.c2ln')).toBe(false);
  });

  test.each([
    '',
    'jk_',
    `a_b-c.${ID}.${SECRET}.1.${MAC}`,
    `JK_a_b-c.${ID}.${SECRET}.1.${MAC}`,
    `jk_.${ID}.${SECRET}.1.${MAC}`,
    `jk_a#b.${ID}.${SECRET}.1.${MAC}`,
    `jk_${'a'.repeat(65)}.${ID}.${SECRET}.1.${MAC}`,
    `jk_a.${ID.toLowerCase()}.${SECRET}.1.${MAC}`,
    `jk_a.${ID}0.${SECRET}.1.${MAC}`,
    `jk_a.${ID}.${SECRET.slice(1)}.1.${MAC}`,
    `jk_a.${ID}.${SECRET}=.1.${MAC}`,
    `jk_a.${ID}.${SECRET}.0.${MAC}`,
    `jk_a.${ID}.${SECRET}.01.${MAC}`,
    `jk_a.${ID}.${SECRET}.1e3.${MAC}`,
    `jk_a.${ID}.${SECRET}.1000000.${MAC}`,
    `jk_a.${ID}.${SECRET}.1.${MAC.slice(1)}`,
    `jk_a.${ID}.${SECRET}.1.${MAC}.`,
    `jk_a.${ID}.${SECRET}.1`,
    `jk_a.${ID}.${SECRET}`,
    `jk_a.${ID}`,
  ])('rejects %j', (key) => {
    expect(parseApiKey(key)).toBeUndefined();
  });

  test('selects the verifier by the form of the token', async () => {
    const caller = (name: string) => async () => ({ tenant, roles: [], name });
    const verify = verifyKeyOrToken(caller('token'), caller('key'));

    expect(await verify('jk_nonsense')).toMatchObject({ name: 'key' });
    expect(await verify('a.b.c')).toMatchObject({ name: 'token' });
  });
});

describe('createKeyVerifier with a valid key', () => {
  test('returns the tenant, the roles, the name and the id of the key', async () => {
    const { key, bearer, verify } = await given({ name: 'nightly sync', roles: ['MANAGER', 'system_admin'] });

    expect(await verify(bearer)).toEqual({
      tenant: key.tenant,
      roles: ['MANAGER', 'system_admin'],
      name: 'key:nightly sync',
      id: `key:${key.id}`,
    });
  });

  test('caches a key for 30 s', async () => {
    const { bearer, verify, requests, advance } = await given({ lastUsedAt: iso(START) });
    for (let i = 0; i < 3; i++) await verify(bearer);
    advance(29_999);
    await verify(bearer);
    expect(requests).toHaveLength(1);

    advance(1);
    await verify(bearer);

    expect(requests).toHaveLength(2);
  });
});

describe('createKeyVerifier with an invalid key', () => {
  test('rejects all invalid keys with the same error', async () => {
    const { key, bearer, verify } = await given();
    const other = await given();
    const [, id, secret] = bearer.split('.') as [string, string, string];
    await verify(bearer);
    await verify(other.bearer);
    const wrong = randomBytes(32).toString('base64url');
    const bearers = [
      'jk_',
      'jk_nonsense',
      format(newTenant(), id, secret),
      format(other.key.tenant, id, secret),
      format(key.tenant, ulid(), secret),
      format(key.tenant, id, wrong),
      format(key.tenant, id, other.bearer.split('.')[2] ?? ''),
      bearer.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      bearer.replace(`jk_${key.tenant}`, `jk_${other.key.tenant}`),
      format(key.tenant, id, secret, 3),
    ];

    const refusals = await Promise.all(
      bearers.map((one) =>
        verify(one).then(
          () => 'taken',
          ({ kind, code, message }) => `${kind} ${code} ${message}`,
        ),
      ),
    );

    expect(new Set(refusals)).toEqual(
      new Set([
        'unauthenticated auth.invalid_token The bearer token is not an API key that is known here, or not any more',
      ]),
    );
  });

  test('rejects a revoked key after 30 s at most', async () => {
    const { key, bearer, verify, advance } = await given();
    await verify(bearer);
    advance(15_000);
    await verify(bearer);

    expect(await removeApiKey(store.db, key.tenant, key.id)).toBe(true);
    advance(15_000);

    await expect(verify(bearer)).rejects.toMatchObject({ kind: 'unauthenticated' });
    expect(await removeApiKey(store.db, key.tenant, key.id)).toBe(false);
  });

  test('opens no session and calls nothing for keys of invented tenants', async () => {
    const { verify, apiKeys, requests, opened, derived, key } = await given();
    const invented = (i: number) => `jk_invented-${i}.${ulid()}.${SECRET}.1.${MAC}`;

    for (let i = 0; i < 600; i++) await expect(verify(invented(i))).rejects.toMatchObject({ kind: 'unauthenticated' });

    expect({ requests, opened, derived }).toEqual({ requests: [], opened: [], derived: [1] });
    await expect(verify(await apiKeys.issue(key.tenant, ulid(), SECRET))).rejects.toThrow();
    expect(opened).toEqual([key.tenant]);
  });

  test('reads a revoked key once in 30 s', async () => {
    const { key, verify, apiKeys, requests, advance } = await given();
    const revoked = await apiKeys.issue(key.tenant, ulid(), SECRET);

    for (let i = 0; i < 3; i++) await expect(verify(revoked)).rejects.toMatchObject({ kind: 'unauthenticated' });

    expect(requests).toHaveLength(1);
    advance(30_000);
    await expect(verify(revoked)).rejects.toMatchObject({ kind: 'unauthenticated' });
    expect(requests).toHaveLength(2);
  });
});

describe('the last use of a key', () => {
  const lastUse = async ({ tenant, id }: ApiKey) => (await getApiKey(store.db, tenant, id))?.lastUsedAt;

  test('changes at the first use and then once an hour', async () => {
    const { key, bearer, verify, requests, advance } = await given();
    const writes = () => requests.filter((request) => request.startsWith('UpdateItem')).length;
    await verify(bearer);
    await verify(bearer);
    expect(await lastUse(key)).toBe(iso(START));

    advance(3_599_999);
    await verify(bearer);
    expect(await lastUse(key)).toBe(iso(START));
    advance(1);
    await verify(bearer);

    expect(await lastUse(key)).toBe(iso(START + 3_600_000));
    expect(writes()).toBe(2);
  });

  test('never moves back in time and does not restore a revoked key', async () => {
    const { key } = await given();
    await recordApiKeyUse(store.db, key, START + 7_200_000);
    await recordApiKeyUse(store.db, key, START);
    expect(await lastUse(key)).toBe(iso(START + 7_200_000));
    await removeApiKey(store.db, key.tenant, key.id);

    await recordApiKeyUse(store.db, key, START + 14_400_000);

    expect(await getApiKey(store.db, key.tenant, key.id)).toBeUndefined();
  });

  test('fails to be recorded without rejecting the request or logging the key', async () => {
    const { key, bearer, apiKeys, log, logged, now } = await given();
    const { db } = store;
    const send: DynamoDBClient['send'] = async (command: Parameters<DynamoDBClient['send']>[0]) => {
      if (command instanceof UpdateItemCommand) throw new Error('no more writes');
      return db.client.send(command);
    };
    const client = Object.assign(Object.create(db.client) as DynamoDBClient, { send });
    const verify = createKeyVerifier({ apiKeys, dbOf: () => ({ ...db, client }), log, now });

    for (let i = 0; i < 3; i++) expect(await verify(bearer)).toMatchObject({ tenant: key.tenant });

    expect(logged).toEqual([
      {
        level: 'warn',
        message: 'key.use_not_recorded',
        fields: { tenant: key.tenant, key: key.id, error: 'Error: no more writes' },
      },
    ]);
  });
});

describe('the API keys of a tenant', () => {
  test('never exceed one hundred, even under concurrent creation', async () => {
    const tenant = newTenant();
    const make = (id = ulid()) => createApiKey(store.db, aKey({ tenant, id }).key);
    for (let i = 0; i < MAX_API_KEYS - 2; i++) expect(await make()).toBe(true);

    const made = await Promise.all(Array.from({ length: 4 }, () => make()));

    expect(made.filter(Boolean)).toHaveLength(2);
    const keys = await listApiKeys(store.db, tenant);
    expect(keys).toHaveLength(MAX_API_KEYS);
    expect(await make()).toBe(false);
    await removeApiKey(store.db, tenant, keys[0]?.id ?? '');
    expect(await make()).toBe(true);
    expect(await make()).toBe(false);
  });

  test('appear oldest first and without their secrets', async () => {
    const tenant = newTenant();
    const [first, second] = [aKey({ tenant, id: ulid(1) }), aKey({ tenant, id: ulid(2), name: 'b' })];
    for (const { key } of [second, first, aKey()]) await createApiKey(store.db, key);

    const listed = await listApiKeys(store.db, tenant);

    expect(listed).toEqual([first.key, second.key]);
    for (const { bearer } of [first, second]) {
      expect(JSON.stringify(listed)).not.toContain(bearer.split('.')[2]);
    }
  });
});
