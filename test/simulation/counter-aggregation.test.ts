import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDeltas } from '../../functions/core/domain/counters.ts';
import type { Run } from '../../functions/core/domain/run.ts';
import { DAY_MS } from '../../functions/core/domain/timing.ts';
import { shardTag } from '../../functions/core/domain/watermark.ts';
import { aggregate, type CounterChange } from '../../functions/core/engine/counters/aggregate.ts';
import { getCounter } from '../../functions/core/store/counters.ts';
import { get } from '../../functions/core/store/db.ts';
import { counterKey } from '../../functions/core/store/keys.ts';
import { endedRun } from '../helpers/builders/ended-run.ts';
import { aJob } from '../helpers/builders/jobs.ts';
import { faultyDb } from '../helpers/fakes/faulty-db.ts';
import { testPlatform } from '../helpers/fakes/platform.ts';
import { startTestStore, type TestStore } from '../helpers/system/test-store.ts';

let store: TestStore;

beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store?.stop());

const HOUR = 3_600_000;
const TENANT = { kind: 'tenant' } as const;

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
});
