import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { BIRTH_GRACE_MS } from '../../functions/core/domain/timing.ts';
import { getCounter, getSketches, listMinutes } from '../../functions/core/store/counters.ts';
import type { Db } from '../../functions/core/store/db.ts';
import { getJob } from '../../functions/core/store/jobs.ts';
import type { JobRef } from '../../functions/core/store/keys.ts';
import { putRegistration } from '../../functions/core/store/registrations.ts';
import { freshTenant, startTestSystem, type TestSystem, tenantId } from '../helpers/local.ts';
import { bytesOf, counted, everyRun, recount, recountMinutes, recountSketches } from '../helpers/recount.ts';
import { eventually, type Runner, runnerOf } from '../helpers/runner-client.ts';
import { systemDb } from '../helpers/system-db.ts';

/** The counters of the whole system, against the rows that they count. */

let system: TestSystem;
let db: Db;
let close: () => void;

beforeAll(async () => {
  system = await startTestSystem();
  ({ db, close } = systemDb(system));
});
afterAll(async () => {
  close?.();
  await system?.stop();
});

async function refOf(tenant: TenantId, id: string): Promise<JobRef> {
  const job = await getJob(db, tenant, id);
  return { tenant, jobId: id, incarnation: job?.incarnation ?? '' };
}

/** Runs of every end: ok, failing, timing out, cancelled while they run. */
async function aMixOfRuns(runner: Runner): Promise<void> {
  await runner.define({ id: 'good', script: 'echo', integration_id: 'shop', overlap_policy: 'allow' });
  await runner.define({ id: 'bad', script: 'fail', integration_id: 'shop' });
  await runner.define({ id: 'late', script: 'sleep', args: ['30'], timeout_ms: 1_000 });
  await runner.define({ id: 'long', script: 'sleep', args: ['30'] });
  const [canceled] = await Promise.all([
    runner.start('long'),
    runner.trigger('good'),
    runner.trigger('good'),
    runner.trigger('bad'),
    runner.trigger('late'),
  ]);
  await eventually(async () => expect((await runner.run('long', canceled.run_id)).status).toBe('running'));
  await runner.api.post(`/jobs/long/runs/${canceled.run_id}/cancel`);
  await runner.trigger('bad');
}

it('count runs of every end as a recount of their rows does', { timeout: 90_000 }, async () => {
  const tenant = tenantId(freshTenant());
  const runner = runnerOf(await system.as(tenant));

  await aMixOfRuns(runner);

  const jobs = await Promise.all(['good', 'bad', 'late', 'long'].map((id) => refOf(tenant, id)));
  const runsOf = await Promise.all(jobs.map((job) => everyRun(db, job)));
  const runs = runsOf.flat();
  const { current, ...rest } = recount(runs);
  expect(current).toEqual({ completed: 2, failed: 3, canceled: 1 });
  await eventually(async () => {
    const expected = { ...rest, current: { ...current, jobs: 4, storedBytes: bytesOf(runs) } };
    expect(await counted(db, tenant, { kind: 'tenant' })).toEqual(expected);
  });
  for (const [i, { jobId, incarnation }] of jobs.entries()) {
    const ofJob = runsOf[i] ?? [];
    await eventually(async () => {
      expect(await counted(db, tenant, { kind: 'job', jobId, incarnation })).toEqual(recount(ofJob));
      expect(await getSketches(db, tenant, { jobId, incarnation })).toEqual(recountSketches(ofJob));
    });
  }
  await eventually(async () => {
    const integration = runs.filter(({ integrationId }) => integrationId === 'shop');
    expect(await counted(db, tenant, { kind: 'integration', integrationId: 'shop' })).toEqual(recount(integration));
    expect(await listMinutes(db, tenant, system.clock.now(), 60)).toEqual(recountMinutes(runs));
  });
});

it('count refused registrations for their tenant and for the platform, until the cause is gone', async () => {
  const tenant = tenantId(freshTenant());
  const registration = { jobId: 'job', incarnation: 'abc12345', content: '', error: null, updatedAt: '' };
  const failedRegistrations = async () => {
    const health = await system.anonymous().get<{ failedRegistrations: number }>('/health');
    const { current } = await getCounter(db, tenant, { kind: 'tenant' });
    return { platform: health.body.failedRegistrations, tenant: current.failedRegistrations ?? 0 };
  };
  expect(await failedRegistrations()).toEqual({ platform: 0, tenant: 0 });

  await putRegistration(db, tenant, { ...registration, version: 1, status: 'failed', error: 'no such timezone' });
  await eventually(async () => expect(await failedRegistrations()).toEqual({ platform: 1, tenant: 1 }));

  await putRegistration(db, tenant, { ...registration, version: 2, status: 'registered' });
  await eventually(async () => expect(await failedRegistrations()).toEqual({ platform: 0, tenant: 0 }));
});

it('are published as metrics every minute', async () => {
  const tenant = tenantId(freshTenant());
  const runner = runnerOf(await system.as(tenant));
  await runner.define({ id: 'failing', script: 'fail' });
  await runner.trigger('failing');
  await eventually(async () => {
    expect(await counted(db, tenant, { kind: 'tenant' })).toMatchObject({ current: { failed: 1 } });
  });
  const seen = system.logs.length;

  system.clock.advance(60_000);

  const published = await eventually(() => {
    const line = system.logs.slice(seen).find(({ text }) => text.includes('stage.level'));
    return JSON.parse(line?.text ?? '') as Record<string, unknown>;
  });
  expect(published).toMatchObject({ stage: 'local', PendingRuns: 0, OldestPendingAge: 0, FailedRegistrations: 0 });
  expect(published.FailedRuns).toBeGreaterThanOrEqual(1);
});

it('keep in their totals what was deleted, and in their current counts what is there', async () => {
  const tenant = tenantId(freshTenant());
  const runner = runnerOf(await system.as(tenant));
  await runner.define({ id: 'kept', script: 'echo' });
  await runner.define({ id: 'deleted', script: 'echo' });
  await runner.trigger('kept');
  await runner.trigger('deleted');
  const runs = (await Promise.all(['kept', 'deleted'].map(async (id) => everyRun(db, await refOf(tenant, id))))).flat();

  await runner.api.delete('/jobs/deleted');
  // The sweeper removes what the job left, once nobody can be making a run of it any more.
  system.clock.advance(BIRTH_GRACE_MS + 60_000);

  await eventually(async () => {
    expect(await counted(db, tenant, { kind: 'tenant' })).toEqual({
      ...recount(runs),
      current: { completed: 1, jobs: 1 },
    });
  });
});
