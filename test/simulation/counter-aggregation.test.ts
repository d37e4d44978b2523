import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rebuildMarkerDeltas, runDeltas } from '../../functions/core/domain/counters.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Run } from '../../functions/core/domain/run.ts';
import { DAY_MS } from '../../functions/core/domain/timing.ts';
import { shardTag } from '../../functions/core/domain/watermark.ts';
import { aggregate, type CounterChange, createHeadCache } from '../../functions/core/engine/counters/aggregate.ts';
import { getCounter, joinRebuild, setCut } from '../../functions/core/store/counters.ts';
import { get } from '../../functions/core/store/db.ts';
import { counterKey } from '../../functions/core/store/keys.ts';
import { endedRun } from '../helpers/builders/ended-run.ts';
import { aJob } from '../helpers/builders/jobs.ts';
import { faultyDb } from '../helpers/fakes/faulty-db.ts';
import { testPlatform } from '../helpers/fakes/platform.ts';
import { recordCommands } from '../helpers/fakes/recording-db.ts';
import { startTestStore, type TestStore } from '../helpers/system/test-store.ts';

let store: TestStore;

beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store?.stop());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TENANT = { kind: 'tenant' } as const;
const jobCounter = ({ id, incarnation }: Job) => ({ kind: 'job', jobId: id, incarnation }) as const;

let sequence = 0;
const madeAs = (run: Run): CounterChange[] => {
  sequence += 1;
  return runDeltas(undefined, run).map((delta) => ({ tenant: run.tenant, sequence: String(sequence), delta }));
};

describe('aggregate', () => {
  it('counts the records of shards with arbitrary ids', async () => {
    const platform = testPlatform(store.db);
    const job = aJob();

    for (let i = 0; i < 100; i++) await aggregate(platform, `shardId-${i}`, madeAs(endedRun(job, i)));

    expect((await getCounter(store.db, job.tenant, TENANT)).total.completed).toBe(100);
  });

  it('adds the compute time of the month, once for a redelivered batch', async () => {
    const platform = testPlatform(store.db);
    const job = aJob();
    const [first, ...rest] = [1, 2, 3].map((i) =>
      madeAs(endedRun(job, i, { executionMs: 250, priorComputeMs: 1_000 })),
    );
    const batch = [first ?? [], ...rest].flat();

    await aggregate(platform, 'shardId-1', first ?? []);
    await aggregate(platform, 'shardId-1', batch);
    await aggregate(platform, 'shardId-1', batch);

    expect((await getCounter(store.db, job.tenant, TENANT)).total).toMatchObject({
      completed: 3,
      compute_2031_05: 3_750,
    });
  });

  it('keeps the compute time of two months, also when runs of an earlier one are counted', async () => {
    const platform = testPlatform(store.db);
    const job = aJob();
    const startedIn = (month: string, number: number) =>
      endedRun(job, number, { startedAt: `${month}-20T00:00:00.000Z` });
    await aggregate(platform, 'shardId-1', madeAs(startedIn('2031-05', 1)));
    platform.advance(31 * DAY_MS);
    await aggregate(platform, 'shardId-1', madeAs(startedIn('2031-06', 2)));
    platform.advance(30 * DAY_MS);

    await aggregate(platform, 'shardId-1', [...madeAs(startedIn('2031-05', 3)), ...madeAs(startedIn('2031-07', 4))]);

    const { total } = await getCounter(store.db, job.tenant, TENANT);
    expect(total).toMatchObject({ completed: 4 });
    const months = Object.keys(total).filter((name) => name.startsWith('compute'));
    expect(months.sort()).toEqual(['compute_2031_06', 'compute_2031_07']);
  });

  it('removes watermarks of shards that ended a day ago and keeps the newest last run', async () => {
    const platform = testPlatform(store.db);
    const job = aJob();
    const latest = endedRun(job, 50);
    await aggregate(platform, 'first', madeAs(endedRun(job, 1)));
    await aggregate(platform, 'second', madeAs(latest));
    platform.advance(DAY_MS + 2 * HOUR);

    await aggregate(platform, 'third', madeAs(endedRun(job, 2)));

    const item = await get(store.db, store.db.tables.counters, counterKey(job.tenant, TENANT));
    const marks = Object.keys(item ?? {}).filter((name) => /^[wl]_/.test(name));
    expect(marks.sort()).toEqual([`l_${shardTag('third')}`, `w_${shardTag('third')}`]);
    const { last } = await getCounter(store.db, job.tenant, TENANT);
    expect(last).toMatchObject({ finishedAt: latest.finishedAt });
  });

  it('keeps a last run that a silent shard reports concurrently', async () => {
    const platform = testPlatform(store.db);
    const job = aJob();
    await aggregate(platform, 'silent', madeAs(endedRun(job, 1)));
    platform.advance(2 * HOUR);
    const latest = endedRun(job, 50);
    const meanwhile = () => aggregate(platform, 'silent', madeAs(latest));
    const db = faultyDb(store.db, { after: { command: 'BatchGetItemCommand', meanwhile } });

    await aggregate({ ...platform, db }, 'other', madeAs(endedRun(job, 2)));

    const { last, total } = await getCounter(store.db, job.tenant, TENANT);
    expect(last).toMatchObject({ finishedAt: latest.finishedAt });
    expect(total.completed).toBe(3);
  });

  it('adds the rest of a batch of which it has counted a part', async () => {
    const platform = testPlatform(store.db);
    const job = aJob();
    const [first, second] = [madeAs(endedRun(job, 1)), madeAs(endedRun(job, 2))];
    await aggregate(platform, 'shard', first);

    await aggregate(platform, 'shard', [...first, ...second], createHeadCache(platform.now));
    await aggregate(platform, 'shard', [...first, ...second], createHeadCache(platform.now));

    for (const counter of [TENANT, jobCounter(job)]) {
      expect((await getCounter(store.db, job.tenant, counter)).total.completed).toBe(2);
    }
  });

  it('counts batches once while two execution environments process them in turn', async () => {
    const platform = testPlatform(store.db);
    const job = aJob();
    const environments = [createHeadCache(platform.now), createHeadCache(platform.now)];
    const batches = Array.from({ length: 6 }, (_, i) => madeAs(endedRun(job, i)));

    for (const [i, batch] of batches.entries()) {
      await aggregate(platform, 'shard', [...(batches[i - 1] ?? []), ...batch], environments[i % 2]);
    }

    expect((await getCounter(store.db, job.tenant, jobCounter(job))).total.completed).toBe(6);
  });

  it('reads the counter of a job once in an execution environment and never that of a minute or a day', async () => {
    const { db, requests } = recordCommands(store.db);
    const platform = testPlatform(db);
    const job = aJob();
    const environment = createHeadCache(platform.now);
    const withoutTenant = (run: Run) => madeAs(run).filter(({ delta }) => delta.counter.kind !== 'tenant');

    for (let i = 0; i < 3; i++) await aggregate(platform, 'shard', withoutTenant(endedRun(job, i)), environment);

    expect(requests.filter((request) => request === 'BatchGetItem')).toHaveLength(1);
    // Three batches with a job, a minute and a day each.
    expect(requests.filter((request) => request === 'UpdateItem')).toHaveLength(9);
  });

  it('keeps a later last run that another execution environment has counted for the shard', async () => {
    const platform = testPlatform(store.db);
    const job = aJob();
    const outdated = createHeadCache(platform.now);
    const latest = endedRun(job, 50);
    await aggregate(platform, 'shard', madeAs(endedRun(job, 1)), outdated);
    await aggregate(platform, 'shard', madeAs(latest), createHeadCache(platform.now));

    await aggregate(platform, 'shard', madeAs(endedRun(job, 2)), outdated);

    const { last, total } = await getCounter(store.db, job.tenant, jobCounter(job));
    expect(last).toMatchObject({ finishedAt: latest.finishedAt });
    expect(total.completed).toBe(3);
  });

  it('counts runs of two shards that finished in the same millisecond', async () => {
    const platform = testPlatform(store.db);
    const job = aJob();
    const { finishedAt } = endedRun(job, 5);
    await aggregate(platform, 'one', madeAs(endedRun(job, 1, { finishedAt })));
    await aggregate(platform, 'other', madeAs(endedRun(job, 3, { finishedAt })));

    for (const shard of ['one', 'other']) await aggregate(platform, shard, madeAs(endedRun(job, 2)));

    expect((await getCounter(store.db, job.tenant, TENANT)).total.completed).toBe(4);
  });

  it('keeps the watermark of a shard that another execution environment has moved since', async () => {
    const platform = testPlatform(store.db);
    const job = aJob();
    const outdated = createHeadCache(platform.now);
    await aggregate(platform, 'old', madeAs(endedRun(job, 1)));
    platform.advance(DAY_MS + 50 * MINUTE);
    await aggregate(platform, 'new', madeAs(endedRun(job, 2)), outdated);
    const late = madeAs(endedRun(job, 3));
    await aggregate(platform, 'old', late, createHeadCache(platform.now));
    platform.advance(14 * MINUTE);
    await aggregate(platform, 'new', madeAs(endedRun(job, 4)), outdated);

    await aggregate(platform, 'old', late, createHeadCache(platform.now));

    expect((await getCounter(store.db, job.tenant, jobCounter(job))).total.completed).toBe(4);
  });

  it('counts a run as recent in a counter that was divided after its head was cached', async () => {
    const platform = testPlatform(store.db);
    const job = aJob();
    const outdated = createHeadCache(platform.now);
    await aggregate(platform, 'shard', madeAs(endedRun(job, 1)), outdated);
    const cut = endedRun(job, 2).createdAt;
    await setCut(store.db, job.tenant, jobCounter(job), null, cut, platform.now());

    await aggregate(platform, 'shard', madeAs(endedRun(job, 3)), outdated);

    const { current, recent } = await getCounter(store.db, job.tenant, jobCounter(job));
    expect({ current, recent }).toEqual({ current: { completed: 2 }, recent: { completed: 1 } });
  });

  it('counts a marker of a rebuild that the counter joined after its head was cached', async () => {
    const platform = testPlatform(store.db);
    const job = aJob();
    const outdated = createHeadCache(platform.now);
    await aggregate(platform, 'shard', madeAs(endedRun(job, 1)), outdated);
    await joinRebuild(store.db, job.tenant, jobCounter(job), 1);
    sequence += 1;
    const marker = { jobId: job.id, incarnation: job.incarnation, generation: 1, integrationIds: [] };
    const changes = rebuildMarkerDeltas(marker).map((delta) => ({
      tenant: job.tenant,
      sequence: String(sequence),
      delta,
    }));

    await aggregate(platform, 'shard', changes, outdated);

    const { rebuild } = await getCounter(store.db, job.tenant, jobCounter(job));
    expect(rebuild).toEqual({ generation: 1, counts: { fences: 1 } });
  });
});
