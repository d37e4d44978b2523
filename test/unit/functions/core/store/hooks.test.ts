import { ulid } from 'ulidx';
import { describe, expect, it } from 'vitest';
import { acceptsToken, type Hook, MAX_HOOKS, rotateToken } from '../../../../../functions/core/domain/hook.ts';
import {
  createHook,
  findHook,
  listHooks,
  nameHook,
  removeHook,
  replaceHook,
} from '../../../../../functions/core/store/hooks.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';

const db = memoryDb();
const NOW = Date.parse('2026-11-30T12:00:00Z');

const aHook = (overrides: Partial<Hook> = {}): Hook => ({
  tenant: newTenant(),
  id: ulid(),
  name: null,
  managedBy: null,
  job: 'deploy',
  scheme: 'github',
  description: 'main',
  enabled: true,
  tokenHash: 'current',
  former: { tokenHash: 'former', until: new Date(NOW + 1_000).toISOString() },
  secret: { sealed: new Uint8Array([1]), wrappedKey: new Uint8Array([2]) },
  createdAt: new Date(NOW).toISOString(),
  createdBy: 'ana',
  ...overrides,
});

describe('the store of hooks', () => {
  it('stores hooks with and without optional fields', async () => {
    const tenant = newTenant();
    const hooks = [
      aHook({ tenant, name: 'deploy-main', managedBy: 'shop' }),
      aHook({ tenant, description: null, former: null, secret: null, scheme: 'none' }),
    ];

    for (const hook of hooks) expect(await createHook(db, hook)).toBe('created');

    for (const hook of hooks) expect((await findHook(db, tenant, hook.id))?.hook).toEqual(hook);
    expect(await listHooks(db, tenant)).toEqual(expect.arrayContaining(hooks));
    expect(await findHook(db, newTenant(), hooks[0]?.id ?? '')).toBeUndefined();
  });

  it('holds one hundred hooks of a tenant at most, even under concurrent creation', async () => {
    const tenant = newTenant();
    for (let i = 0; i < MAX_HOOKS - 1; i++) await createHook(db, aHook({ tenant }));

    const created = await Promise.all([1, 2, 3].map(() => createHook(db, aHook({ tenant }))));

    expect(created.toSorted()).toEqual(['created', 'full', 'full']);
    const [first] = await listHooks(db, tenant);
    expect(await removeHook(db, tenant, first?.id ?? '')).toBe(true);
    expect(await removeHook(db, tenant, first?.id ?? '')).toBe(false);
    expect(await createHook(db, aHook({ tenant }))).toBe('created');
  });

  it('replaces a hook only as it was read', async () => {
    const hook = aHook();
    await createHook(db, hook);
    const seen = await findHook(db, hook.tenant, hook.id);
    if (!seen) throw new Error('no hook');

    const both = [rotateToken(hook, 'a', 1_000, NOW), { ...hook, enabled: false }];
    const replaced = await Promise.all(both.map((changed) => replaceHook(db, seen, changed)));
    await removeHook(db, hook.tenant, hook.id);

    expect(replaced.filter(Boolean)).toHaveLength(1);
    expect(await replaceHook(db, seen, hook)).toBe(false);
    expect(await findHook(db, hook.tenant, hook.id)).toBeUndefined();
  });
});

describe('names of hooks', () => {
  it('belong to one hook of a tenant, even under concurrent creation', async () => {
    const [tenant, other] = [newTenant(), newTenant()];

    const created = await Promise.all([1, 2].map(() => createHook(db, aHook({ tenant, name: 'deploy' }))));

    expect(created.toSorted()).toEqual(['created', 'name-taken']);
    expect(await listHooks(db, tenant)).toHaveLength(1);
    expect(await createHook(db, aHook({ tenant: other, name: 'deploy' }))).toBe('created');
  });

  it('reach a hook that was created without one once', async () => {
    const hook = aHook();
    await createHook(db, hook);
    await createHook(db, aHook({ tenant: hook.tenant, name: 'taken' }));
    const seen = await findHook(db, hook.tenant, hook.id);
    if (!seen) throw new Error('no hook');

    expect(await nameHook(db, seen, { ...hook, name: 'taken' })).toBe('name-taken');
    const named = await Promise.all(['a', 'b'].map((name) => nameHook(db, seen, { ...hook, name })));

    expect(named.toSorted()).toEqual(['changed', 'replaced']);
    const name = (await findHook(db, hook.tenant, hook.id))?.hook.name;
    const free = ['a', 'b'].find((one) => one !== name) ?? '';
    expect(await createHook(db, aHook({ tenant: hook.tenant, name: free }))).toBe('created');
  });

  it('become free with the deletion of their hooks, also of one that is named meanwhile', async () => {
    const hook = aHook();
    await createHook(db, hook);
    const seen = await findHook(db, hook.tenant, hook.id);
    if (!seen) throw new Error('no hook');

    const [removed] = await Promise.all([
      removeHook(db, hook.tenant, hook.id),
      nameHook(db, seen, { ...hook, name: 'deploy' }),
    ]);

    expect(removed).toBe(true);
    expect(await findHook(db, hook.tenant, hook.id)).toBeUndefined();
    const next = aHook({ tenant: hook.tenant, name: 'deploy' });
    expect(await createHook(db, next)).toBe('created');
    expect(await removeHook(db, next.tenant, next.id)).toBe(true);
    expect(await createHook(db, aHook({ tenant: hook.tenant, name: 'deploy' }))).toBe('created');
  });
});

describe('acceptsToken', () => {
  it('accepts the token of the hook, and the former one until its end', () => {
    expect(acceptsToken(aHook(), 'current', NOW)).toBe(true);
    expect(acceptsToken(aHook(), 'former', NOW)).toBe(true);
    expect(acceptsToken(aHook(), 'former', NOW + 1_000)).toBe(false);
    expect(acceptsToken(aHook({ former: null }), 'former', NOW)).toBe(false);
    expect(acceptsToken(aHook(), 'other', NOW)).toBe(false);
  });

  it('accepts no token of a disabled hook', () => {
    for (const hash of ['current', 'former']) expect(acceptsToken(aHook({ enabled: false }), hash, NOW)).toBe(false);
  });
});
