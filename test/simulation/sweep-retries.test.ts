import { describe, expect, it } from 'vitest';
import type { Job } from '../../functions/core/domain/job.ts';
import { MINUTE_MS } from '../../functions/core/domain/timing.ts';
import { sweepDueTenant } from '../../functions/core/engine/sweep/sweep-due-tenant.ts';
import { RETRIES_LIMIT, RETRIES_PAGE } from '../../functions/core/engine/sweep/sweep-limits.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { listDeletedJobs } from '../../functions/core/store/deleted-jobs.ts';
import { advanceTickWatermark } from '../../functions/core/store/job-states.ts';
import { deleteJob } from '../../functions/core/store/jobs.ts';
import { getRun, putRun } from '../../functions/core/store/runs.ts';
import { getAgendaEntry } from '../../functions/core/store/sweep-agenda.ts';
import { givenAgendaEntry } from '../helpers/builders/agenda.ts';
import { endedRun } from '../helpers/builders/ended-run.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import { refusingDb, type StoreCall } from '../helpers/fakes/refusing-db.ts';

/** A tenant with more runs that wait for a retry than one sweep can read. */
const db = memoryDb();
const QUEUED = { state: 'queued', startedAt: null, finishedAt: null } as const;
const HOURS_LATER = new Date(START + 600 * MINUTE_MS).toISOString();

/** Creates runs that wait for a retry in 10 hours. */
async function givenUndueRetries(job: Job, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await putRun(db, endedRun(job, i, { ...QUEUED, dueAt: HOURS_LATER }));
}

/** Creates a job whose runs wait for a retry that is overdue. */
async function givenDueRetries(platform: TestPlatform, count: number): Promise<Job> {
  const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow' });
  const dueAt = new Date(START - 10 * MINUTE_MS).toISOString();
  for (let i = 0; i < count; i++) await putRun(db, endedRun(job, i, { ...QUEUED, dueAt }));
  platform.advance(600 * MINUTE_MS);
  return job;
}

/** Wraps the platform so that the read of each 100 rows takes 10 seconds. */
function slowly(platform: TestPlatform, job: Job): TestPlatform {
  const takeTime = ({ command, input }: StoreCall) => {
    if (command === 'BatchGetItem' && input.includes(`${job.tenant}#${job.id}`)) platform.advance(10_000);
    return false;
  };
  return withDb(platform, refusingDb(db, takeTime));
}

describe('a tenant with more runs that wait for a retry than a sweep has time for', () => {
  it('gets its deleted jobs removed and its missed ticks recorded by the same sweep', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { id: 'retried', schedule: null, overlapPolicy: 'allow' });
    await givenUndueRetries(job, 600);
    const { tenant } = job;
    const deleted = await givenJob(platform, { tenant, id: 'deleted', schedule: null });
    await deleteJob(db, deleted, new Date(START - 600 * MINUTE_MS).toISOString());
    const ticking = await givenJob(platform, { tenant, id: 'ticking', schedule: '0 * * * *' });
    await advanceTickWatermark(db, ticking, new Date(START).toISOString());
    platform.advance(80 * MINUTE_MS);
    await givenAgendaEntry(db, tenant, platform.now());

    await sweepDueTenant(slowly(platform, job), { v: 1, tenant });

    expect(await listDeletedJobs(db, tenant)).toEqual([]);
    expect(platform.measured).toContainEqual(expect.objectContaining({ values: { MissedTicks: 1 } }));
  });

  it('gets a due one repaired by a later sweep, which continues behind those read before', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow' });
    await givenUndueRetries(job, 600);
    const due = endedRun(job, 2_000, { ...QUEUED, dueAt: new Date(START - 10 * MINUTE_MS).toISOString() });
    await putRun(db, due);
    platform.advance(40 * MINUTE_MS);
    await givenAgendaEntry(db, job.tenant, platform.now());
    const slow = slowly(platform, job);

    const progress: (string | undefined)[] = [];
    for (let sweep = 0; sweep < 8; sweep++) {
      await sweepDueTenant(slow, { v: 1, tenant: job.tenant });
      progress.push((await getAgendaEntry(db, job.tenant))?.retriesAfter);
      platform.advance(MINUTE_MS);
    }

    expect(await getRun(db, due)).toMatchObject({ resends: 1 });
    expect(progress[0]).toContain(endedRun(job, 99).ulid);
    expect(progress).toContain(undefined);
  });

  it('has a limited number of their rows read by one sweep', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow' });
    await givenUndueRetries(job, RETRIES_LIMIT + 1);
    platform.advance(180 * MINUTE_MS);

    const first = await sweepTenant(platform, job.tenant);
    const second = await sweepTenant(platform, job.tenant, { retriesAfter: first.retriesAfter });

    expect(first.retriesAfter).toContain(endedRun(job, RETRIES_LIMIT - 1).ulid);
    expect(second).toMatchObject({ retriesAfter: undefined, nextAt: platform.now() + MINUTE_MS });
  });

  it('gets those repaired by the next sweep that one did not reach in its time', async () => {
    const platform = testPlatform(db);
    const job = await givenDueRetries(platform, RETRIES_PAGE + 20);

    const first = await sweepTenant(platform, job.tenant, { hasTime: () => platform.sent.length < 30 });
    await sweepTenant(platform, job.tenant, { retriesAfter: first.retriesAfter });

    expect(platform.sent).toHaveLength(RETRIES_PAGE + 20);
  });

  it('gets those repaired by the next sweep whose part failed as a whole', async () => {
    const platform = testPlatform(db);
    const job = await givenDueRetries(platform, 2 * RETRIES_PAGE + 20);
    let failures = 0;
    const failOnce = ({ command, input }: StoreCall) =>
      command === 'BatchGetItem' && input.includes('STATE#') && failures++ === 0;

    const hasTime = () => platform.sent.length < RETRIES_PAGE;
    const refused = withDb(platform, refusingDb(db, failOnce));
    const failed = await sweepTenant(refused, job.tenant, { hasTime }).catch((error) => error);
    await sweepTenant(platform, job.tenant, { retriesAfter: failed.result.retriesAfter });

    expect(failures).toBeGreaterThan(0);
    expect(platform.sent).toHaveLength(2 * RETRIES_PAGE + 20);
  });
});
