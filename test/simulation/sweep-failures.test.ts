import { describe, expect, it } from 'vitest';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Run } from '../../functions/core/domain/run.ts';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { DAY_MS, MINUTE_MS, purgeTime } from '../../functions/core/domain/timing.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { sweepDeletedJobs } from '../../functions/core/engine/sweep/purge.ts';
import { sweepDueTenant } from '../../functions/core/engine/sweep/sweep-due-tenant.ts';
import { PURGE_CHUNK, PURGE_LIMIT, PURGE_LOOKAHEAD } from '../../functions/core/engine/sweep/sweep-limits.ts';
import { purgeTenant } from '../../functions/core/engine/sweep/sweep-purge.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { query } from '../../functions/core/store/db.ts';
import { listDeletedJobs } from '../../functions/core/store/deleted-jobs.ts';
import { equals } from '../../functions/core/store/expression.ts';
import { advanceTickWatermark } from '../../functions/core/store/job-states.ts';
import { deleteJob } from '../../functions/core/store/jobs.ts';
import { runKey, runPartition } from '../../functions/core/store/keys.ts';
import { putOutput } from '../../functions/core/store/output.ts';
import { getReconcileRequest } from '../../functions/core/store/reconcile-requests.ts';
import { getRun, putRun } from '../../functions/core/store/runs.ts';
import { getAgendaEntry } from '../../functions/core/store/sweep-agenda.ts';
import { givenAgendaEntry } from '../helpers/builders/agenda.ts';
import { endedRun } from '../helpers/builders/ended-run.ts';
import { givenJob, newTenant } from '../helpers/builders/jobs.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import { refusingDb, type StoreCall } from '../helpers/fakes/refusing-db.ts';

/** Sweeps of a tenant of which something cannot be repaired, or that has very many runs. */
const db = memoryDb();

/** Creates two runs that lost their messages, the older one of which cannot be updated. */
async function givenBrokenRun(platform: TestPlatform) {
  const tenant = newTenant();
  const [broken, other] = [
    await triggerJob(platform, await givenJob(platform, { tenant, id: 'broken', schedule: null })),
    await triggerJob(platform, await givenJob(platform, { tenant, id: 'other', schedule: null })),
  ];
  platform.sent.length = 0;
  const isRefused = ({ command, input }: StoreCall) => command === 'UpdateItem' && input.includes(broken.ulid);
  return { tenant, broken, other, damaged: withDb(platform, refusingDb(db, isRefused)) };
}

describe('a tenant with a run that cannot be repaired', () => {
  it('gets its other runs repaired', async () => {
    const platform = testPlatform(db);
    const { tenant, other, damaged } = await givenBrokenRun(platform);
    platform.advance(2 * MINUTE_MS);

    const sweep = sweepTenant(damaged, tenant);

    await expect(sweep).rejects.toThrow('the store refused UpdateItem');
    expect(platform.sent).toEqual([expect.objectContaining({ ulid: other.ulid })]);
  });

  it('gets its missed ticks recorded and its registrations checked', async () => {
    const platform = testPlatform(db);
    const { tenant, damaged } = await givenBrokenRun(platform);
    const job = await givenJob(platform, { tenant, id: 'ticking', schedule: '* * * * *' });
    await advanceTickWatermark(db, job, new Date(START).toISOString());
    platform.advance(12 * MINUTE_MS);

    await sweepTenant(damaged, tenant).catch(() => {});

    expect(platform.measured).toContainEqual(expect.objectContaining({ values: { MissedTicks: 1 } }));
    expect(await getReconcileRequest(db, tenant, job.id)).toMatchObject({ attempts: 1 });
  });

  it('appears in the log with the part of the sweep that failed', async () => {
    const platform = testPlatform(db);
    const { tenant, damaged } = await givenBrokenRun(platform);
    platform.advance(2 * MINUTE_MS);

    await sweepTenant(damaged, tenant).catch(() => {});

    const failed = platform.logged.filter(({ message }) => message === 'sweep.part_failed');
    expect(failed.map(({ fields }) => fields)).toEqual([
      expect.objectContaining({
        tenant,
        part: 'queued',
        error: expect.stringContaining('the store refused') as string,
      }),
    ]);
  });

  it('causes another sweep after a minute, not with each redelivery of the failed message', async () => {
    const platform = testPlatform(db);
    const { tenant, damaged } = await givenBrokenRun(platform);
    platform.advance(2 * MINUTE_MS);
    await givenAgendaEntry(db, tenant, platform.now());

    await expect(sweepDueTenant(damaged, { v: 1, tenant })).rejects.toThrow();
    const entry = await getAgendaEntry(db, tenant);
    platform.sent.length = 0;
    platform.advance(MINUTE_MS);
    await sweepDueTenant(damaged, { v: 1, tenant }, 2);

    expect(entry).toMatchObject({ sweepAt: START + 3 * MINUTE_MS, definitionsAt: expect.any(Number) as number });
    expect(platform.logged.filter(({ message }) => message === 'sweep.part_failed')).toHaveLength(1);
  });

  it('keeps the progress of the walk over its definitions', async () => {
    const platform = testPlatform(db);
    const { tenant, damaged } = await givenBrokenRun(platform);
    for (const id of ['x', 'y', 'z']) {
      const job = await givenJob(platform, { tenant, id, schedule: '* * * * *' });
      await advanceTickWatermark(db, job, new Date(START).toISOString());
    }
    platform.advance(40 * MINUTE_MS);
    await givenAgendaEntry(db, tenant, platform.now());
    const event: TestPlatform['metrics']['event'] = (...args) => {
      platform.advance(1_000);
      platform.metrics.event(...args);
    };

    await sweepDueTenant({ ...damaged, metrics: { ...platform.metrics, event } }, { v: 1, tenant }).catch(() => {});

    // Each of the 30 missed ticks of a job takes a second; a sweep has 40 s.
    expect(await getAgendaEntry(db, tenant)).toMatchObject({ walkAfter: 'y' });
  });

  it('gets the reconciliation of its other jobs requested if that of one cannot be', async () => {
    const platform = testPlatform(db);
    const tenant = newTenant();
    for (const id of ['a', 'b']) await givenJob(platform, { tenant, id, schedule: null });
    platform.advance(2 * MINUTE_MS);
    const isRefused = ({ command, input }: StoreCall) => command === 'PutItem' && input.includes('REGREQ#a');
    const damaged = withDb(platform, refusingDb(db, isRefused));

    const sweep = sweepTenant(damaged, tenant);

    const failed = { result: expect.objectContaining({ definitionsAt: platform.now() }) as unknown };
    await expect(sweep).rejects.toMatchObject(failed);
    expect(await getReconcileRequest(db, tenant, 'b')).toMatchObject({ attempts: 1 });
  });

  it('gets missed ticks of its other jobs recorded if those of one job cannot be', async () => {
    const platform = testPlatform(db);
    const tenant = newTenant();
    for (const id of ['a', 'b']) {
      const job = await givenJob(platform, { tenant, id, schedule: '* * * * *' });
      await advanceTickWatermark(db, job, new Date(START).toISOString());
    }
    platform.advance(12 * MINUTE_MS);
    const isRefused = ({ command, input }: StoreCall) => command === 'GetItem' && input.includes('DEF#a');
    const damaged = withDb(platform, refusingDb(db, isRefused));

    await expect(sweepTenant(damaged, tenant)).rejects.toThrow('the store refused GetItem');

    expect(platform.measured.filter(({ values }) => 'MissedTicks' in values)).not.toEqual([]);
  });
});

describe('a tenant with more than 1,000 runs that wait for a retry', () => {
  it('gets the message of a due one repaired though all older ones are due later', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow' });
    const queued = { state: 'queued', startedAt: null, finishedAt: null } as const;
    const [later, overdue] = [HOURS_LATER, new Date(START - 10 * MINUTE_MS).toISOString()];
    for (let i = 0; i < 1_001; i++) await putRun(db, endedRun(job, i, { ...queued, dueAt: later }));
    const due = endedRun(job, 2_000, { ...queued, dueAt: overdue });
    await putRun(db, due);
    platform.advance(2_100_000);

    await sweepTenant(platform, job.tenant);

    expect(platform.sent).toEqual([expect.objectContaining({ ulid: due.ulid })]);
    expect(await getRun(db, due)).toMatchObject({ resends: 1 });
  });
});

describe('a tenant with runs that hold a slot', () => {
  it('has the row of each read once in a sweep', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow', startGraceSeconds: 30 });
    const run = await triggerJob(platform, job);
    platform.advance(2 * MINUTE_MS);
    let reads = 0;
    const count = ({ command, input }: StoreCall) => {
      if (command === 'BatchGetItem' && input.includes(run.ulid)) reads++;
      return false;
    };

    await sweepTenant(withDb(platform, refusingDb(db, count)), job.tenant);

    expect(reads).toBe(1);
    expect(await getRun(db, run)).toMatchObject({ resends: 1, lateStartAt: expect.any(String) as string });
  });
});

describe('a sweep whose time is over', () => {
  it('requests no reconciliation, repairs no run, and is due again', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    await triggerJob(platform, job);
    platform.sent.length = 0;
    platform.advance(2 * MINUTE_MS);

    const result = await sweepTenant(platform, job.tenant, { hasTime: () => false });

    expect(platform.sent).toEqual([]);
    expect(await getReconcileRequest(db, job.tenant, job.id)).toBeUndefined();
    expect(result).toMatchObject({ nextAt: platform.now(), definitionsAt: platform.now() });
  });

  it('ends behind a page of runs', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow' });
    const admitted = { state: 'queued', startedAt: null, finishedAt: null } as const;
    for (let i = 0; i < 1_001; i++) await putRun(db, endedRun(job, i, admitted));
    let pages = 0;
    const count = ({ command, input }: StoreCall) => {
      if (command === 'Query' && input.includes(`${job.tenant}#admitted`) && input.includes('1000')) pages++;
      return false;
    };

    await sweepTenant(withDb(platform, refusingDb(db, count)), job.tenant, { hasTime: () => false });

    expect(pages).toBe(1);
  });
});

const HOURS_LATER = new Date(START + 600 * MINUTE_MS).toISOString();

describe('a purge', () => {
  /** Creates a job with an expired run that has output in parts, whose removal the store may refuse. */
  async function givenExpiredRun(platform: TestPlatform, tenant: TenantId, id: string) {
    const job = await givenJob(platform, { tenant, id, schedule: null });
    const run = endedRun(job, 1, { stdoutParts: 1 });
    await putRun(db, run);
    await putOutput(db, run, 1, 'stdout', ['text'], run.purgeAt);
    return run;
  }

  it('removes the runs of other jobs if one job cannot be purged', async () => {
    const platform = testPlatform(db);
    const tenant = newTenant();
    const broken = await givenExpiredRun(platform, tenant, 'broken');
    const other = await givenExpiredRun(platform, tenant, 'other');
    const isRefused = ({ command, input }: StoreCall) => command === 'Query' && input.includes(broken.jobId);
    platform.advance(40 * DAY_MS);

    await expect(purgeTenant(withDb(platform, refusingDb(db, isRefused)), tenant)).rejects.toThrow('the store refused');

    expect(await getRun(db, other)).toBeUndefined();
    expect(await getRun(db, broken)).toBeDefined();
  });

  it('removes the other runs of a job if one run cannot be removed', async () => {
    const platform = testPlatform(db);
    const tenant = newTenant();
    const broken = await givenExpiredRun(platform, tenant, 'job');
    const other = { ...broken, ulid: `${broken.ulid.slice(0, -1)}2` };
    await putRun(db, other);
    const isRefused = ({ command, input }: StoreCall) => command === 'Query' && input.includes(broken.ulid);
    platform.advance(40 * DAY_MS);

    await expect(purgeTenant(withDb(platform, refusingDb(db, isRefused)), tenant)).rejects.toThrow('the store refused');

    expect(await getRun(db, other)).toBeUndefined();
  });

  it('removes runs of later chunks if one of the oldest cannot be removed', async () => {
    const platform = testPlatform(db);
    const broken = await givenExpiredRun(platform, newTenant(), 'job');
    const { jobId: id, tenant, incarnation } = broken;
    for (let i = 2; i <= 2 * PURGE_CHUNK; i++) await putRun(db, endedRun({ id, tenant, incarnation }, i));
    const isRefused = ({ command, input }: StoreCall) => command === 'Query' && input.includes(broken.ulid);
    platform.advance(40 * DAY_MS);

    await expect(purgeTenant(withDb(platform, refusingDb(db, isRefused)), tenant)).rejects.toThrow('the store refused');

    const rows = await query(db, db.tables.runs, equals('pk', runPartition(broken)));
    expect(rows.map(({ sk }) => sk)).toEqual([runKey(broken).sk]);
  });

  it('removes flow runs behind any number of script runs of the same job that are not due', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    const runOf = (number: number, days: number, overrides: Partial<Run> = {}) =>
      endedRun(job, number, { purgeAt: purgeTime(START, days), ...overrides });
    const flow = { lineage: '', exportId: 'source_1', plan: null, ended: null };
    // The job became a flow when the retention was shorter.
    for (let number = 1; number <= 2 * PURGE_LOOKAHEAD; number++) await putRun(db, runOf(number, 365));
    const [expired, later] = [runOf(901, 7, { flow }), runOf(902, 14, { flow })];
    for (const run of [expired, later]) await putRun(db, run);
    platform.advance(8 * DAY_MS);

    const next = await purgeTenant(platform, job.tenant);

    expect([await getRun(db, expired), (await getRun(db, later))?.ulid]).toEqual([undefined, later.ulid]);
    expect(next.at).toBe(START + 14 * DAY_MS);
  });

  it('cancels the other runs of a deleted job if one cannot be canceled', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow' });
    const broken = await triggerJob(platform, job);
    // Runs of the same millisecond have a random order.
    platform.advance(1);
    const other = await triggerJob(platform, job);
    await deleteJob(db, job, new Date(START).toISOString());
    const isRefused = ({ command, input }: StoreCall) => command === 'UpdateItem' && input.includes(broken.ulid);

    const sweep = sweepDeletedJobs(withDb(platform, refusingDb(db, isRefused)), job.tenant);

    await expect(sweep).rejects.toThrow('the store refused');
    expect(await getRun(db, other)).toMatchObject({ state: 'canceled' });
  });

  it('removes the runs of other deleted jobs if one deleted job cannot be purged', async () => {
    const platform = testPlatform(db);
    const tenant = newTenant();
    const broken = await givenExpiredRun(platform, tenant, 'broken');
    const other = await givenExpiredRun(platform, tenant, 'other');
    for (const { jobId: id, incarnation } of [broken, other])
      await deleteJob(db, { tenant, id, incarnation } as Job, new Date(START).toISOString());
    const isRefused = ({ command, input }: StoreCall) => command === 'Query' && input.includes(broken.jobId);
    platform.advance(40 * DAY_MS);

    const sweep = sweepDeletedJobs(withDb(platform, refusingDb(db, isRefused)), tenant);

    await expect(sweep).rejects.toThrow('the store refused');
    expect((await listDeletedJobs(db, tenant)).map(({ jobId }) => jobId)).toEqual(['broken']);
  });

  it('continues with the next sweep, a minute later, if it is unfinished', async () => {
    const platform = testPlatform(db);
    const tenant = newTenant();
    const job = await givenJob(platform, { tenant, schedule: null });
    for (let i = 0; i <= PURGE_LIMIT; i++) await putRun(db, endedRun(job, i));
    platform.advance(40 * DAY_MS);
    await givenAgendaEntry(db, tenant, platform.now());
    const startedAt = platform.now();
    // Time passes during the sweep.
    const ticking = Object.defineProperty({ ...platform }, 'now', {
      value: () => {
        platform.advance(1);
        return platform.now();
      },
    });

    await sweepDueTenant(ticking, { v: 1, tenant });

    expect((await getAgendaEntry(db, tenant))?.purgeAt).toBeLessThan(startedAt + MINUTE_MS);
  });
});
