import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { RUN_CREATION_GRACE_MS } from '../../functions/core/domain/timing.ts';
import { getCounter, listMinutes } from '../../functions/core/store/counters.ts';
import type { Db } from '../../functions/core/store/db.ts';
import { getJob } from '../../functions/core/store/jobs.ts';
import type { JobRef } from '../../functions/core/store/keys.ts';
import { putRegistration } from '../../functions/core/store/registrations.ts';
import { type Runner, runnerClient } from '../helpers/clients/runner.ts';
import {
  computeCountsOf,
  listEveryRun,
  readCounter,
  recount,
  recountMinutes,
  storedBytesOf,
} from '../helpers/oracles/recount.ts';
import { sweepEvent } from '../helpers/system/sweep-event.ts';
import { systemDb } from '../helpers/system/system-db.ts';
import { freshTenant, startTestSystem, type TestSystem, tenantId } from '../helpers/system/test-system.ts';
import { waitForAssertion } from '../helpers/wait.ts';

/** Counters of the whole system, compared with the rows that they count. */

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

/** Starts runs of every outcome: ok, failed, timed out, canceled while running. */
async function aMixOfRuns(runner: Runner): Promise<void> {
  await runner.define({ id: 'good', script: 'echo', integration_id: 'shop', overlap_policy: 'allow' });
  await runner.define({ id: 'bad', script: 'fail', integration_id: 'shop' });
  await runner.define({ id: 'late', script: 'sleep', args: ['30'], timeout_ms: 1_000 });
  await runner.define({ id: 'long', script: 'sleep', args: ['300'] });
  const [canceled] = await Promise.all([
    runner.start('long'),
    runner.trigger('good'),
    runner.trigger('good'),
    runner.trigger('bad'),
    runner.trigger('late'),
  ]);
  await waitForAssertion(async () => expect((await runner.run('long', canceled.run_id)).status).toBe('running'));
  await runner.api.post(`/jobs/long/runs/${canceled.run_id}/cancel`);
  await runner.trigger('bad');
}

it('counts runs of every outcome like a recount of their rows', async () => {
  const tenant = tenantId(freshTenant());
  const runner = runnerClient(await system.as(tenant));

  await aMixOfRuns(runner);

  const jobs = await Promise.all(['good', 'bad', 'late', 'long'].map((id) => refOf(tenant, id)));
  const runsOf = await Promise.all(jobs.map((job) => listEveryRun(db, job)));
  const runs = runsOf.flat();
  const { current, total: ended, last } = recount(runs);
  const rest = { total: { ...ended, ...computeCountsOf(runs) }, last };
  expect(current).toEqual({ completed: 2, failed: 3, canceled: 1 });
  await waitForAssertion(async () => {
    const expected = { ...rest, current: { ...current, jobs: 4, storedBytes: storedBytesOf(runs) } };
    expect(await readCounter(db, tenant, { kind: 'tenant' })).toEqual(expected);
  });
  for (const [i, { jobId, incarnation }] of jobs.entries()) {
    const ofJob = runsOf[i] ?? [];
    await waitForAssertion(async () => {
      expect(await readCounter(db, tenant, { kind: 'job', jobId, incarnation })).toEqual(recount(ofJob));
    });
  }
  await waitForAssertion(async () => {
    const integration = runs.filter(({ integrationId }) => integrationId === 'shop');
    expect(await readCounter(db, tenant, { kind: 'integration', integrationId: 'shop' })).toEqual(recount(integration));
    expect(await listMinutes(db, tenant, system.clock.now(), 60)).toEqual(recountMinutes(runs));
  });
});

it('counts refused registrations per tenant and in total until their cause is resolved', async () => {
  const tenant = tenantId(freshTenant());
  const registration = { jobId: 'job', incarnation: 'abc12345', content: '', error: null, updatedAt: '' };
  const failedRegistrations = async () => {
    const health = await system.anonymous().get<{ failedRegistrations: number }>('/health');
    const { current } = await getCounter(db, tenant, { kind: 'tenant' });
    return { platform: health.body.failedRegistrations, tenant: current.failedRegistrations ?? 0 };
  };
  expect(await failedRegistrations()).toEqual({ platform: 0, tenant: 0 });

  await putRegistration(db, tenant, { ...registration, version: 1, status: 'failed', error: 'no such timezone' });
  await waitForAssertion(async () => expect(await failedRegistrations()).toEqual({ platform: 1, tenant: 1 }));

  await putRegistration(db, tenant, { ...registration, version: 2, status: 'registered' });
  await waitForAssertion(async () => expect(await failedRegistrations()).toEqual({ platform: 0, tenant: 0 }));
});

it('publishes counters as metrics every minute', async () => {
  const tenant = tenantId(freshTenant());
  const runner = runnerClient(await system.as(tenant));
  await runner.define({ id: 'failing', script: 'fail' });
  await runner.trigger('failing');
  await waitForAssertion(async () => {
    expect(await readCounter(db, tenant, { kind: 'tenant' })).toMatchObject({ current: { failed: 1 } });
  });
  const seen = system.logs.length;

  system.clock.advance(60_000);

  const published = await waitForAssertion(() => {
    const line = system.logs.slice(seen).find(({ text }) => text.includes('stage.measured'));
    return JSON.parse(line?.text ?? '') as Record<string, unknown>;
  });
  expect(published).toMatchObject({ stage: 'local', PendingRuns: 0, OldestPendingAge: 0, FailedRegistrations: 0 });
  expect(published.FailedRuns).toBeGreaterThanOrEqual(1);
});

it('keeps deleted runs in totals and only existing ones in current counts', async () => {
  const tenant = tenantId(freshTenant());
  const runner = runnerClient(await system.as(tenant));
  await runner.define({ id: 'kept', script: 'echo' });
  await runner.define({ id: 'deleted', script: 'echo' });
  await runner.trigger('kept');
  await runner.trigger('deleted');
  const runs = (
    await Promise.all(['kept', 'deleted'].map(async (id) => listEveryRun(db, await refOf(tenant, id))))
  ).flat();

  await runner.api.delete('/jobs/deleted');
  // The sweeper purges a deleted job once no new run of the job can appear.
  system.clock.advance(RUN_CREATION_GRACE_MS + 60_000);
  await system.functions.get('sweeper')?.invoke(sweepEvent(tenant));

  await waitForAssertion(async () => {
    const { total, last } = recount(runs);
    expect(await readCounter(db, tenant, { kind: 'tenant' })).toEqual({
      total: { ...total, ...computeCountsOf(runs) },
      last,
      current: { completed: 1, jobs: 1 },
    });
  });
});
