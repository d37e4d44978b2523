import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_STATE_VALUES } from '../../../functions/core/domain/script-state.ts';
import { put } from '../../../functions/core/store/db.ts';
import { scriptStateCountKey } from '../../../functions/core/store/keys.ts';
import { putState } from '../../../functions/core/store/script-state.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { freshTenant, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';

/** Values that scripts and clients share. */

const CURSOR = '/state/sync-orders/cursor';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let system: TestSystem;
let store: ReturnType<typeof systemDb>;

beforeAll(async () => {
  system = await shareTestSystem();
  store = systemDb(system);
});
afterAll(async () => {
  store?.close();
  await system?.stop();
});

async function given(roles: Parameters<TestSystem['as']>[1] = ['OPERATOR']) {
  const tenant = freshTenant('state');
  return { tenant, api: await system.as(tenant, roles) };
}

const notFound = { status: 404, body: { error: 'Value not found' } };

describe('/state', () => {
  test('stores, returns, lists and deletes values of any JSON type', async () => {
    const { api } = await given();
    const values = { cursor: { after: 4711 }, flag: false, nothing: null, list: [1, 'two'], 'a:b c%#é': 'text' };
    for (const [key, value] of Object.entries(values)) {
      const path = `/state/sync-orders/${encodeURIComponent(key)}`;
      expect(await api.put(path, { value })).toMatchObject({ status: 200, body: { key, value, expires_at: null } });
      expect(await api.get(path)).toMatchObject({
        status: 200,
        body: { key, value, expires_at: null, updated_at: expect.stringMatching(TIME) },
      });
    }

    const { body } = await api.get<{ readonly entries: readonly { readonly key: string }[] }>('/state/sync-orders');

    expect(body.entries.map(({ key }) => key)).toEqual(['a:b c%#é', 'cursor', 'flag', 'list', 'nothing']);
    expect(await api.get('/state')).toMatchObject({ body: { namespaces: ['sync-orders'], next: null } });
    expect(await api.delete(CURSOR)).toMatchObject({ status: 200, body: { ok: true } });
    expect(await api.get(CURSOR)).toMatchObject(notFound);
    expect(await api.delete(CURSOR)).toMatchObject(notFound);
  });

  test('returns pages of values and namespaces', async () => {
    const { api } = await given();
    for (const key of ['a1', 'a2', 'b1']) await api.put(`/state/one/${key}`, { value: key });
    await api.put('/state/two/a', { value: 1 });

    expect(await api.get('/state/one?limit=2')).toMatchObject({ body: { entries: [{}, {}], next: 'a2' } });
    expect(await api.get('/state/one?limit=2&after=a2')).toMatchObject({
      body: { entries: [{ key: 'b1' }], next: null },
    });
    expect(await api.get('/state/one?prefix=b')).toMatchObject({ body: { entries: [{ key: 'b1' }] } });
    expect(await api.get('/state?limit=1')).toMatchObject({ body: { namespaces: ['one'], next: 'one' } });
    expect(await api.get('/state?limit=1&after=one')).toMatchObject({ body: { namespaces: ['two'], next: null } });
  });

  test('changes a value only at the named version', async () => {
    const { api } = await given();
    const created = await api.put(CURSOR, { value: 1 }, { 'if-none-match': '*' });
    const etag = created.headers.get('etag') ?? '';

    expect(await api.put(CURSOR, { value: 2 }, { 'if-none-match': '*' })).toMatchObject({
      status: 412,
      body: { error: 'if-none-match: the value exists' },
    });
    expect((await api.get(CURSOR)).headers.get('etag')).toBe(etag);
    expect(await api.put(CURSOR, { value: 2 }, { 'if-match': etag })).toMatchObject({ status: 200 });
    expect(await api.put(CURSOR, { value: 3 }, { 'if-match': etag })).toMatchObject({ status: 412 });
    expect(await api.delete(CURSOR, { 'if-match': etag })).toMatchObject({ status: 412 });
    expect(await api.put(CURSOR, { value: 3 }, { 'if-match': '*' })).toMatchObject({ status: 200 });
    expect(await api.get(CURSOR)).toMatchObject({ body: { value: 3 } });
  });

  test('returns the time at which a value expires, and omits it from then on', async () => {
    const { api, tenant } = await given();
    const stored = await api.put<Record<'expires_at' | 'updated_at', string>>(CURSOR, { value: 1, ttl_s: 3_600 });
    const past = { value: 1, ttlSeconds: 1 };
    await putState(store.db, tenantId(tenant), { namespace: 'sync-orders', key: 'old' }, past, Date.now() - 60_000);

    const lifetime = Date.parse(stored.body.expires_at) - Date.parse(stored.body.updated_at);
    expect(Math.ceil(lifetime / 1_000)).toBeOneOf([3_600, 3_601]);
    expect(await api.get('/state/sync-orders/old')).toMatchObject(notFound);
    expect(await api.get('/state/sync-orders')).toMatchObject({ body: { entries: [{ key: 'cursor' }] } });
  });

  test.each([
    ['/state/sync-orders/a', {}, 'value: is required: any JSON value'],
    [
      '/state/sync-orders/a',
      { value: 'x'.repeat(102_399) },
      'value: must have at most 102400 bytes as JSON, got 102401',
    ],
    ['/state/sync-orders/a', { value: 1, ttl_s: 0 }, 'ttl_s: must be 1–31622400, got 0'],
    ['/state/sync-orders/a', { value: 1, ttl: 5 }, /^ttl: unknown field|unknown field 'ttl'/],
    ['/state/-orders/a', { value: 1 }, /^namespace: must be 1–64 of .*, got "-orders"$/],
    ['/state/_meta/token', { value: 1 }, /^namespace: must not start with _, .*, got "_meta"$/],
    [`/state/sync-orders/${'x'.repeat(257)}`, { value: 1 }, /^key: must be 1–256 characters/],
  ])('rejects PUT %s with %j', async (path, body, error) => {
    const { api } = await given();

    expect(await api.put(path, body)).toMatchObject({ status: 400, body: { error: expect.stringMatching(error) } });
  });

  test('neither shows nor deletes values of scripts alone', async () => {
    const { api, tenant } = await given(['OWNER', 'ADMIN']);
    const place = { namespace: '_meta', key: 'token' };
    await putState(store.db, tenantId(tenant), place, { value: 'hunter2', ttlSeconds: null }, Date.now());

    expect(await api.get('/state')).toMatchObject({ body: { namespaces: [] } });
    expect(await api.get('/state/_meta')).toMatchObject({ body: { entries: [] } });
    expect(await api.get('/state/_meta/token')).toMatchObject(notFound);
    expect(await api.delete('/state/_meta/token')).toMatchObject(notFound);
  });

  test('lets any member read and operators change, and keeps tenants apart', async () => {
    const { api, tenant } = await given();
    await api.put(CURSOR, { value: 1 });
    const member = await system.as(tenant, ['MEMBER']);
    const foreign = (await given()).api;

    expect(await member.get(CURSOR)).toMatchObject({ status: 200 });
    expect(await member.put(CURSOR, { value: 2 })).toMatchObject({ status: 403 });
    expect(await member.delete(CURSOR)).toMatchObject({ status: 403 });
    expect(await foreign.get(CURSOR)).toMatchObject(notFound);
    expect(await foreign.get('/state')).toMatchObject({ body: { namespaces: [] } });
  });

  test('refuses a new value of a tenant with the maximum number', async () => {
    const { api, tenant } = await given();
    await put(store.db, store.db.tables.jobs, {
      ...scriptStateCountKey(tenantId(tenant)),
      count: MAX_STATE_VALUES,
      countedAt: new Date().toISOString(),
    });

    expect(await api.put(CURSOR, { value: 1 })).toMatchObject({
      status: 409,
      body: { error: expect.stringMatching(/^state: the tenant has 10000 values, which is the maximum/) },
    });
  });
});
