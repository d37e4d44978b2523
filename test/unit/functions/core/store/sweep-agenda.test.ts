import { describe, expect, it } from 'vitest';
import type { Run } from '../../../../../functions/core/domain/run.ts';
import { SWEEP_DELAY_MS, SWEEP_SHARD_NAMES, sweepShardOf } from '../../../../../functions/core/domain/sweep-agenda.ts';
import type { TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { DAY_MS } from '../../../../../functions/core/domain/timing.ts';
import { addToCounter, getCounter } from '../../../../../functions/core/store/counters.ts';
import { get } from '../../../../../functions/core/store/db.ts';
import { counterKey } from '../../../../../functions/core/store/keys.ts';
import {
  type AgendaEntry,
  getAgendaEntry,
  hastenSweep,
  listTenantsAfter,
  type NextEntry,
  postponeSweep,
  walkDueTenants,
} from '../../../../../functions/core/store/sweep-agenda.ts';
import { putTenant } from '../../../../../functions/core/store/tenants.ts';
import { givenJobCounts, givenRuns } from '../../../../helpers/builders/counted-runs.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { aJob, newTenant } from '../../../../helpers/builders/jobs.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform } from '../../../../helpers/fakes/platform.ts';

const db = memoryDb();
const TENANT = { kind: 'tenant' } as const;
const NOTHING: NextEntry = {
  sweepAt: null,
  definitionsAt: null,
  delaysAt: null,
  purgeAt: null,
  walkAfter: undefined,
  retriesAfter: undefined,
  delaysAfter: undefined,
};

async function entryOf(tenant: TenantId): Promise<AgendaEntry> {
  const entry = await getAgendaEntry(db, tenant);
  if (!entry) throw new Error(`${tenant} has no counter`);
  return entry;
}

/** Counts a change of a tenant's runs and returns the tenant. */
async function givenChange(platform: TestPlatform, tenant = newTenant(), number = 1): Promise<TenantId> {
  const active: Partial<Run> = { state: 'queued', startedAt: null, finishedAt: null };
  await givenRuns(platform, endedRun({ ...aJob({ tenant }) }, number, active));
  return tenant;
}

/** Postpones the sweep of a tenant far ahead. */
async function givenIdle(platform: TestPlatform): Promise<TenantId> {
  const tenant = await givenChange(platform);
  await postponeSweep(db, tenant, await entryOf(tenant), { ...NOTHING, sweepAt: START + DAY_MS }, START);
  return tenant;
}

async function dueUntil(until: number): Promise<readonly TenantId[]> {
  const due: TenantId[] = [];
  for (const shard of SWEEP_SHARD_NAMES) {
    for await (const page of walkDueTenants(db, shard, until)) due.push(...page.map(({ tenant }) => tenant));
  }
  return due;
}

describe('addToCounter', () => {
  it('makes a sweep due a minute after the first change of a tenant', async () => {
    const tenant = await givenChange(testPlatform(db));

    expect(await entryOf(tenant)).toMatchObject({ sweepAt: START + SWEEP_DELAY_MS, definitionsAt: 0, changes: 1 });
    expect(await dueUntil(START + SWEEP_DELAY_MS)).toContain(tenant);
    expect(await dueUntil(START + SWEEP_DELAY_MS - 1)).not.toContain(tenant);
  });

  it('keeps an earlier entry, so that the index is not written', async () => {
    const platform = testPlatform(db);
    const tenant = await givenChange(platform);
    platform.advance(SWEEP_DELAY_MS * 3);

    await givenChange(platform, tenant, 2);

    expect(await entryOf(tenant)).toMatchObject({ sweepAt: START + SWEEP_DELAY_MS, changes: 2 });
  });

  it('brings a later entry forward', async () => {
    const platform = testPlatform(db);
    const tenant = await givenIdle(platform);
    platform.advance(1_000);

    await givenChange(platform, tenant, 2);

    expect(await entryOf(tenant)).toMatchObject({ sweepAt: START + 1_000 + SWEEP_DELAY_MS, definitionsAt: null });
  });

  it('makes the definitions due after a change of them, and starts their walk again', async () => {
    const platform = testPlatform(db);
    const tenant = await givenChange(platform);
    const next = { ...NOTHING, sweepAt: START + DAY_MS, definitionsAt: START + DAY_MS, walkAfter: 'm' };
    await postponeSweep(db, tenant, await entryOf(tenant), next, START);

    await givenJobCounts(platform, tenant, 0, 0);

    const due = { sweepAt: START + SWEEP_DELAY_MS, definitionsAt: 0, walkAfter: undefined, definitionChanges: 1 };
    expect(await entryOf(tenant)).toMatchObject(due);
  });

  it('fails if a sweep has postponed the entry since it was read, and succeeds with the entry it found', async () => {
    const platform = testPlatform(db);
    const tenant = await givenChange(platform);
    const seen = await getCounter(db, tenant, TENANT);
    await postponeSweep(db, tenant, await entryOf(tenant), { ...NOTHING, sweepAt: START + DAY_MS }, START);

    const sum = {
      add: { d_queued: 1 },
      last: null,
      first: '99999',
      sequence: '99999',
      changesOldPart: false,
      sweep: 'runs',
    } as const;
    const updated = await addToCounter(db, counterKey(tenant, TENANT), seen, 'shard1', sum, START);

    expect(updated.ok).toBe(false);
    expect(await entryOf(tenant)).toMatchObject({ sweepAt: START + DAY_MS });
  });
});

describe('postponeSweep', () => {
  it('removes a tenant of which nothing is expected from the index', async () => {
    const tenant = await givenChange(testPlatform(db));

    await postponeSweep(db, tenant, await entryOf(tenant), NOTHING, START);

    const item = await get(db, db.tables.counters, counterKey(tenant, TENANT));
    expect(item).not.toHaveProperty('sweepAt');
    expect(item).not.toHaveProperty('sweepShard');
    expect(await dueUntil(START + 1_000 * DAY_MS)).not.toContain(tenant);
  });

  it('keeps the tenant due in a minute if a change was counted during the sweep', async () => {
    const platform = testPlatform(db);
    const tenant = await givenChange(platform);
    const seen = await entryOf(tenant);
    await givenChange(platform, tenant, 2);

    const postponed = await postponeSweep(db, tenant, seen, { ...NOTHING, sweepAt: START + DAY_MS }, START + 2_000);

    expect(postponed).toBe(false);
    expect(await entryOf(tenant)).toMatchObject({ sweepAt: START + 2_000 + SWEEP_DELAY_MS, definitionsAt: 0 });
  });

  it('keeps the positions of unfinished walks if a change was counted during the sweep', async () => {
    const platform = testPlatform(db);
    const tenant = await givenChange(platform);
    const seen = await entryOf(tenant);
    await givenJobCounts(platform, tenant, 1, 0);

    const positions = { retriesAfter: 'a', delaysAfter: 'b' };
    await postponeSweep(db, tenant, seen, { ...NOTHING, sweepAt: START + DAY_MS, ...positions }, START + 2_000);

    expect(await entryOf(tenant)).toMatchObject({ sweepAt: START + 2_000 + SWEEP_DELAY_MS, ...positions });
  });

  it('leaves the definitions due if they changed during a sweep of an active tenant', async () => {
    const platform = testPlatform(db);
    const tenant = await givenChange(platform);
    const seen = await entryOf(tenant);
    await givenJobCounts(platform, tenant, 1, 0);

    const next = { ...NOTHING, sweepAt: START + SWEEP_DELAY_MS, definitionsAt: START + DAY_MS };
    await postponeSweep(db, tenant, seen, next, START);

    expect(await entryOf(tenant)).toMatchObject({ sweepAt: START + SWEEP_DELAY_MS, definitionsAt: 0 });
  });

  it('leaves the entry of another sweep that has postponed it', async () => {
    const tenant = await givenChange(testPlatform(db));
    const seen = await entryOf(tenant);
    await postponeSweep(db, tenant, seen, { ...NOTHING, sweepAt: START + DAY_MS }, START);

    const postponed = await postponeSweep(db, tenant, seen, { ...NOTHING, sweepAt: START + 9 * DAY_MS }, START);

    expect(postponed).toBe(false);
    expect(await entryOf(tenant)).toMatchObject({ sweepAt: START + DAY_MS });
  });

  it('creates no counter', async () => {
    const tenant = newTenant();
    const seen = { ...(await entryOf(await givenChange(testPlatform(db)))), sweepAt: null, changes: 0 };

    await postponeSweep(db, tenant, seen, { ...NOTHING, sweepAt: START + DAY_MS }, START);

    expect(await getAgendaEntry(db, tenant)).toBeUndefined();
  });
});

describe('hastenSweep', () => {
  it('brings a later entry forward and leaves an earlier one', async () => {
    const tenant = await givenIdle(testPlatform(db));

    await hastenSweep(db, tenant, START + 5_000);
    await hastenSweep(db, tenant, START + 6_000);

    expect(await entryOf(tenant)).toMatchObject({ sweepAt: START + 5_000, changes: 3 });
  });

  it('enters a tenant of which nothing was expected', async () => {
    const tenant = await givenChange(testPlatform(db));
    await postponeSweep(db, tenant, await entryOf(tenant), NOTHING, START);

    await hastenSweep(db, tenant, START + 5_000);

    expect(await dueUntil(START + 5_000)).toContain(tenant);
  });

  it('keeps a sweep that is in progress from postponing the tenant beyond the time', async () => {
    const tenant = await givenChange(testPlatform(db));
    const seen = await entryOf(tenant);
    await hastenSweep(db, tenant, START + DAY_MS / 2);

    await postponeSweep(db, tenant, seen, { ...NOTHING, sweepAt: START + DAY_MS }, START);

    expect(await entryOf(tenant)).toMatchObject({ sweepAt: START + SWEEP_DELAY_MS });
  });

  it('has no effect on a tenant without a counter', async () => {
    const tenant = newTenant();

    await hastenSweep(db, tenant, START);

    expect(await getAgendaEntry(db, tenant)).toBeUndefined();
  });
});

describe('sweepShardOf', () => {
  it('spreads the tenants over all partitions', () => {
    const used = new Set(Array.from({ length: 200 }, () => sweepShardOf(newTenant())));

    expect([...used].sort()).toEqual([...SWEEP_SHARD_NAMES].sort());
  });
});

describe('listTenantsAfter', () => {
  it('walks all tenants once', async () => {
    const own = memoryDb();
    const tenants = Array.from({ length: 25 }, newTenant).sort();
    for (const tenant of tenants) await putTenant(own, tenant);

    const first = await listTenantsAfter(own, null, 10);
    const second = await listTenantsAfter(own, first.at(-1) ?? null, 10);
    const third = await listTenantsAfter(own, second.at(-1) ?? null, 10);

    expect([...first, ...second, ...third]).toEqual(tenants);
    expect(third).toHaveLength(5);
  });
});
