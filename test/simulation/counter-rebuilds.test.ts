import { describe, expect, it } from 'vitest';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { correctCounter, getCounter, joinRebuild } from '../../functions/core/store/counters.ts';
import { getGeneration, raiseGeneration } from '../../functions/core/store/limits.ts';
import { getRebuild, putRebuild, type Rebuild, removeRebuild } from '../../functions/core/store/rebuilds.ts';
import { newTenant } from '../helpers/builders/jobs.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { START } from '../helpers/fakes/platform.ts';

/** Each step of a rebuild is performed once, even by two concurrent callers. */
const db = memoryDb();
const TENANT = { kind: 'tenant' } as const;
const aRebuild = (generation: number): Rebuild => ({
  generation,
  step: 0,
  startedAt: START,
  bornSince: null,
  at: null,
  marking: false,
  markers: 0,
  walked: false,
});

describe("two concurrent rebuilds of a tenant's counters", () => {
  it('begin, record a step and end once', async () => {
    const tenant = newTenant();
    const [first, next] = [aRebuild(1), { ...aRebuild(1), step: 1, bornSince: START }];

    expect([await putRebuild(db, tenant, undefined, first), await putRebuild(db, tenant, undefined, first)]).toEqual([
      true,
      false,
    ]);
    expect([await putRebuild(db, tenant, first, next), await putRebuild(db, tenant, first, next)]).toEqual([
      true,
      false,
    ]);
    expect(await removeRebuild(db, tenant, first)).toBe(false);
    expect(await getRebuild(db, tenant)).toEqual(next);
    expect(await removeRebuild(db, tenant, next)).toBe(true);
  });

  it('correct a counter once', async () => {
    const tenant = newTenant();
    await joinRebuild(db, tenant, TENANT, 1);
    const correct = () => correctCounter(db, tenant, TENANT, { generation: 1, missing: { completed: 3 } }, START);

    expect([await correct(), await correct()]).toEqual([true, false]);

    expect((await getCounter(db, tenant, TENANT)).current).toEqual({ completed: 3 });
  });
});

describe('joinRebuild', () => {
  const part = async (tenant: TenantId) => (await getCounter(db, tenant, TENANT)).rebuild?.generation;

  it('rejects a counter that may have missed runs of the rebuild', async () => {
    const tenant = newTenant();
    await raiseGeneration(db, tenant, 2);

    await joinRebuild(db, tenant, TENANT, 2);

    expect(await part(tenant)).toBeUndefined();
  });

  it('rejects a generation before the current one, also for new runs', async () => {
    const tenant = newTenant();
    await joinRebuild(db, tenant, TENANT, 2);
    await joinRebuild(db, tenant, TENANT, 1);
    await raiseGeneration(db, tenant, 2);
    await raiseGeneration(db, tenant, 1);

    expect([await part(tenant), await getGeneration(db, tenant)]).toEqual([2, 2]);
  });
});
