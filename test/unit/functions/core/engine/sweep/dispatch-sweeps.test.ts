import { describe, expect, it } from 'vitest';
import { sweepShardOf } from '../../../../../../functions/core/domain/sweep-agenda.ts';
import { dispatchSweeps } from '../../../../../../functions/core/engine/sweep/dispatch-sweeps.ts';
import { PASS_INTERVAL_MS } from '../../../../../../functions/core/engine/sweep/sweep-limits.ts';
import { putTenant } from '../../../../../../functions/core/store/tenants.ts';
import { givenAgendaEntry } from '../../../../../helpers/builders/agenda.ts';
import { newTenant } from '../../../../../helpers/builders/jobs.ts';
import { memoryDb } from '../../../../../helpers/fakes/memory-db.ts';
import { START, testPlatform } from '../../../../../helpers/fakes/platform.ts';
import { recordCommands } from '../../../../../helpers/fakes/recording-db.ts';

const MINUTE = 60_000;

describe('dispatchSweeps', () => {
  it('sends one message per tenant that is due until the next minute, delayed until then', async () => {
    const platform = testPlatform(memoryDb());
    const [overdue, soon, later] = [newTenant(), newTenant(), newTenant()];
    await givenAgendaEntry(platform.db, overdue, START - 10 * MINUTE);
    await givenAgendaEntry(platform.db, soon, START + 20_000);
    await givenAgendaEntry(platform.db, later, START + MINUTE + 1);

    await dispatchSweeps(platform);

    expect(platform.sweeps).toHaveLength(2);
    expect(platform.sweeps).toContainEqual({ tenant: overdue, delayMs: -10 * MINUTE });
    expect(platform.sweeps).toContainEqual({ tenant: soon, delayMs: 20_000 });
  });

  it('sends a tenant again that was not swept', async () => {
    const platform = testPlatform(memoryDb());
    const tenant = newTenant();
    await givenAgendaEntry(platform.db, tenant, START);

    await dispatchSweeps(platform);
    platform.advance(MINUTE);
    await dispatchSweeps(platform);

    expect(platform.sweeps.map((sweep) => sweep.tenant)).toEqual([tenant, tenant]);
  });

  it('dispatches the other partitions if one fails, and reports the failure', async () => {
    const platform = testPlatform(memoryDb());
    const tenants = Array.from({ length: 40 }, newTenant);
    for (const tenant of tenants) await givenAgendaEntry(platform.db, tenant, START);
    const lost = sweepShardOf(tenants[0] as (typeof tenants)[0]);
    const queues = {
      ...platform.queues,
      async sendSweeps(sweeps: Parameters<typeof platform.queues.sendSweeps>[0]) {
        if (sweeps.some(({ tenant }) => sweepShardOf(tenant) === lost)) throw new Error('the queue is down');
        await platform.queues.sendSweeps(sweeps);
      },
    };

    await expect(dispatchSweeps({ ...platform, queues })).rejects.toThrow('1 of 5 parts of the agenda');

    const others = tenants.filter((tenant) => sweepShardOf(tenant) !== lost);
    expect(platform.sweeps.map(({ tenant }) => tenant).sort()).toEqual(others.sort());
  });

  it('visits a tenant every other minute on an idle stage, at most one pass in ten minutes', async () => {
    const platform = testPlatform(memoryDb());
    const tenants = [newTenant(), newTenant(), newTenant()];
    for (const tenant of tenants) await putTenant(platform.db, tenant);

    const visits: number[] = [];
    for (let minute = 0; minute < 14; minute++) {
      await dispatchSweeps(platform);
      visits.push(platform.sweeps.length);
      platform.advance(MINUTE);
    }

    expect(visits).toEqual([1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 5, 5]);
    expect(PASS_INTERVAL_MS).toBe(10 * MINUTE);
    expect(platform.sweeps.slice(0, 3)).toEqual(tenants.sort().map((tenant) => ({ tenant, full: true, delayMs: 0 })));
  });

  it('visits one more tenant for every ten that are due, at most ten a minute', async () => {
    const visited: number[] = [];
    for (const due of [9, 30, 500]) {
      const platform = testPlatform(memoryDb());
      for (let i = 0; i < due; i++) {
        const tenant = newTenant();
        await putTenant(platform.db, tenant);
        await givenAgendaEntry(platform.db, tenant, START);
      }
      platform.advance(MINUTE);
      await dispatchSweeps(platform);
      visited.push(platform.sweeps.filter(({ full }) => full).length);
    }

    expect(visited).toEqual([0, 3, 10]);
  });

  it('makes as many calls for 500 idle tenants as for 50', async () => {
    const calls: number[] = [];
    for (const tenants of [50, 500]) {
      const platform = testPlatform(memoryDb());
      for (let i = 0; i < tenants; i++) {
        const tenant = newTenant();
        await putTenant(platform.db, tenant);
        await givenAgendaEntry(platform.db, tenant, START + 24 * 60 * MINUTE);
      }
      const { db, requests } = recordCommands(platform.db);
      await dispatchSweeps({ ...platform, db });
      calls.push(requests.length);
    }

    expect(calls[1]).toBe(calls[0]);
  });
});
