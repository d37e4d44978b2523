import { beforeEach, describe, expect, it } from 'vitest';
import { MAX_STATE_VALUES } from '../../../../../functions/core/domain/script-state.ts';
import { parseTenantId, type TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { type Db, get, put } from '../../../../../functions/core/store/db.ts';
import { scriptStateCountKey, scriptStateKey } from '../../../../../functions/core/store/keys.ts';
import {
  getState,
  listState,
  listStateNamespaces,
  putState,
  removeState,
  type StateCondition,
} from '../../../../../functions/core/store/script-state.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';

const NOW = Date.parse('2026-03-02T01:00:00.000Z');
const HOUR = 3_600_000;
const tenant = parseTenantId('acme') as TenantId;
const other = parseTenantId('other') as TenantId;

let db: Db;
beforeEach(() => {
  db = memoryDb();
});

const at = (key: string, namespace = 'orders') => ({ namespace, key });

interface Given {
  readonly namespace?: string;
  readonly ttlSeconds?: number;
  readonly condition?: StateCondition;
  readonly now?: number;
}

const store = (key: string, value: unknown, { namespace, ttlSeconds, condition, now = NOW }: Given = {}) =>
  putState(db, tenant, at(key, namespace), { value, ttlSeconds: ttlSeconds ?? null }, now, condition);
const read = async (key: string, now = NOW) => (await getState(db, tenant, at(key), now))?.value;
const counted = async () => (await get(db, db.tables.jobs, scriptStateCountKey(tenant)))?.count;
const setCount = (count: number, countedAt?: string) =>
  put(db, db.tables.jobs, { ...scriptStateCountKey(tenant), count, countedAt });
const list = (
  options: { readonly prefix?: string; readonly after?: string; readonly limit?: number } = {},
  now = NOW,
) => listState(db, tenant, 'orders', { prefix: '', limit: 100, ...options }, now);

describe('putState', () => {
  it('stores, replaces and counts values by namespace, key and tenant', async () => {
    await store('after', { id: 1 });
    await store('after', [2]);
    await store('after', 'elsewhere', { namespace: 'other' });
    await putState(db, other, at('after'), { value: 'of another tenant', ttlSeconds: null }, NOW);

    expect(await getState(db, tenant, at('after'), NOW)).toEqual({
      ...at('after'),
      value: [2],
      tag: expect.stringMatching(/^[\w-]{22}$/),
      updatedAt: '2026-03-02T01:00:00.000Z',
      expiresAt: null,
    });
    expect(await counted()).toBe(2);
  });

  it('hides a value at its expiry, and removes the expiry of a value that is stored without one', async () => {
    await store('a', 1, { ttlSeconds: 60 });
    await store('b', 1, { ttlSeconds: 60 });
    await store('b', 2);

    expect(await read('a', NOW + 59_999)).toBe(1);
    expect(await read('a', NOW + 60_000)).toBeUndefined();
    expect(await read('b', NOW + 60_000)).toBe(2);
  });

  it('replaces a value only at one of the named versions', async () => {
    const first = await store('a', 1);
    const tag = typeof first === 'object' ? first.tag : '';

    expect(await store('a', 2, { condition: { tags: ['other', tag] } })).toMatchObject({ value: 2 });
    expect(await store('a', 3, { condition: { tags: [tag] } })).toBe('changed');
    expect(await store('a', 3, { condition: { tags: [] } })).toBe('changed');
    expect(await store('missing', 3, { condition: { tags: [tag] } })).toBe('changed');
    expect(await store('missing', 3, { condition: 'present' })).toBe('changed');
    expect(await read('a')).toBe(2);
    expect(await counted()).toBe(1);
  });

  it('creates a value only if there is none, or one that has expired', async () => {
    await store('lock', 'a', { ttlSeconds: 60 });

    expect(await store('lock', 'b', { condition: 'absent', now: NOW + 59_000 })).toBe('changed');
    expect(await store('lock', 'c', { condition: 'present', now: NOW + 60_000 })).toBe('changed');
    expect(await store('lock', 'b', { condition: 'absent', now: NOW + 60_000 })).toMatchObject({ value: 'b' });
    expect(await counted()).toBe(1);
  });

  it('creates a value once of several at a time, and counts it once', async () => {
    const outcomes = await Promise.all([1, 2, 3, 4].map((value) => store('lock', value, { condition: 'absent' })));

    expect(outcomes.filter((outcome) => outcome !== 'changed')).toHaveLength(1);
    expect(await counted()).toBe(1);
  });

  it('counts values exactly that are stored and deleted at a time', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `key-${i % 5}`);
    await Promise.all(keys.map((key) => store(key, key)));

    await Promise.all(keys.map((key) => removeState(db, tenant, at(key), NOW)));
    await store('last', 1);

    expect(await counted()).toBe(1);
  });

  it('refuses a new value of a tenant with the maximum number, and replaces existing ones', async () => {
    await store('a', 1);
    await setCount(MAX_STATE_VALUES, new Date(NOW).toISOString());

    expect(await store('b', 1, { now: NOW + HOUR - 1 })).toBe('full');
    expect(await store('a', 2)).toMatchObject({ value: 2 });
    expect(await read('b')).toBeUndefined();
  });

  it('counts the values again at the maximum, because DynamoDB removes expired ones', async () => {
    await store('a', 1);
    await setCount(MAX_STATE_VALUES);

    expect(await store('b', 1)).toMatchObject({ value: 1 });
    expect(await counted()).toBe(2);
  });
});

describe('removeState', () => {
  it('deletes a value that exists, at the named version', async () => {
    const stored = await store('a', 1);
    const tag = typeof stored === 'object' ? stored.tag : '';

    expect(await removeState(db, tenant, at('a'), NOW, { tags: ['other'] })).toBe(false);
    expect(await removeState(db, other, at('a'), NOW)).toBe(false);
    expect(await removeState(db, tenant, at('a'), NOW, { tags: [tag] })).toBe(true);
    expect(await removeState(db, tenant, at('a'), NOW)).toBe(false);
    expect(await counted()).toBe(0);
  });
});

describe('listState', () => {
  it('lists values by key, page by page, those of the namespace alone', async () => {
    for (const key of ['b#1', 'a', 'b', 'é', '~', '\u{10ffff}']) await store(key, key);
    await store('a', 1, { namespace: 'order' });
    await store('a', 1, { namespace: 'orders2' });

    const first = await list({ limit: 3 });
    const second = await list({ limit: 3, after: first.next ?? '' });

    expect(first.entries.map(({ key }) => key)).toEqual(['a', 'b', 'b#1']);
    expect(first.next).toBe('b#1');
    expect(second.entries.map(({ key }) => key)).toEqual(['~', 'é', '\u{10ffff}']);
    expect(second.next).toBeNull();
    expect((await list({ prefix: 'b' })).entries.map(({ key }) => key)).toEqual(['b', 'b#1']);
    expect((await list({ prefix: 'b', after: 'b' })).entries.map(({ key }) => key)).toEqual(['b#1']);
    expect((await list({ prefix: 'a', after: 'b' })).entries).toEqual([]);
  });

  it('omits expired values, and ends a page at 2 MB', async () => {
    await store('a', 1, { ttlSeconds: 1 });
    for (let i = 0; i < 25; i++) await store(`b${i}`, 'x'.repeat(100_000));

    const { entries, next } = await list({}, NOW + 1_000);

    expect(entries).toHaveLength(20);
    expect(next).toBe(entries.at(-1)?.key);
    expect((await list({ after: next ?? '' }, NOW)).entries).toHaveLength(5);
  });
});

describe('listStateNamespaces', () => {
  it('lists namespaces by name, page by page, without those of scripts alone', async () => {
    for (const namespace of ['orders', 'a', 'a-b', 'a.b', '_private', 'Z']) {
      await store('one', 1, { namespace });
      await store('two', 1, { namespace });
    }

    const first = await listStateNamespaces(db, tenant, { limit: 3 });
    const rest = await listStateNamespaces(db, tenant, { limit: 3, after: first.next ?? '' });

    expect(first).toEqual({ namespaces: ['Z', 'a', 'a-b'], next: 'a-b' });
    expect(rest).toEqual({ namespaces: ['a.b', 'orders'], next: null });
    expect(await listStateNamespaces(db, other, { limit: 3 })).toEqual({ namespaces: [], next: null });
  });
});

it('keeps a key with any character apart from its namespace', async () => {
  await store('a#b', 1, { namespace: 'default' });

  expect(scriptStateKey(tenant, at('a#b', 'default')).sk).toBe('KV#default#a#b');
  expect((await listState(db, tenant, 'default', { prefix: '', limit: 1 }, NOW)).entries).toMatchObject([
    { key: 'a#b' },
  ]);
});
