import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROLES } from '../../../functions/core/domain/access.ts';
import { getJob, replaceJob } from '../../../functions/core/store/jobs.ts';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { type StatsBody, statisticsClient } from '../../helpers/clients/statistics.ts';
import { type HoldingServer, startHoldingServer } from '../../helpers/fakes/holding-server.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { freshTenant, startTestSystem, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';
import { waitForAssertion } from '../../helpers/wait.ts';

let system: TestSystem;
let switchboard: HoldingServer;

beforeAll(async () => {
  [system, switchboard] = await Promise.all([startTestSystem(), startHoldingServer()]);
});
afterAll(async () => {
  await system?.stop();
  await switchboard?.stop();
});

const MINUTE = 60_000;
const nothing: StatsBody = { totalJobs: 0, running: 0, failedRegistrations: 0, okLastHour: 0, errorsLastHour: 0 };

async function given(tenant = freshTenant()) {
  const api = await system.as(tenant);
  return { tenant, api, runner: runnerClient(api), ...statisticsClient(api, tenant) };
}

describe('GET /stats', () => {
  test('returns the contract’s five fields', async () => {
    const { api } = await given();

    const { status, body } = await api.get('/stats');

    expect(status).toBe(200);
    expect(body).toEqual(nothing);
    expect(Object.keys(body)).toEqual(Object.keys(nothing));
  });

  test('counts defined and deleted jobs', async () => {
    const { api, runner, stats } = await given();
    for (const id of ['a', 'b', 'c']) await runner.define({ id, script: 'echo' });
    await waitForAssertion(async () => expect(await stats()).toEqual({ ...nothing, totalJobs: 3 }));

    await api.patch('/jobs/a', { name: 'Another name' });
    await api.post('/jobs/b/disable');
    await api.delete('/jobs/c');

    await waitForAssertion(async () => expect(await stats()).toEqual({ ...nothing, totalJobs: 2 }));
  });

  test('counts running runs and outcomes: timeouts as errors, without canceled runs', async () => {
    const { api, tenant, runner, stats } = await given();
    const http = { url: `${switchboard.url}/${tenant}` };
    await runner.define({ id: 'ok', script: 'echo' });
    await runner.define({ id: 'fails', script: 'fail' });
    await runner.define({ id: 'late', type: 'http', http, timeout_ms: 1_000 });
    await runner.define({ id: 'held', type: 'http', http });

    for (let n = 0; n < 3; n++) expect(await runner.trigger('ok')).toMatchObject({ status: 'ok' });
    expect(await runner.trigger('fails')).toMatchObject({ status: 'error' });
    expect(await runner.trigger('late')).toMatchObject({ status: 'timeout' });
    const { run_id: runId } = await runner.start('held');

    const ended = { ...nothing, totalJobs: 4, okLastHour: 3, errorsLastHour: 2 };
    await waitForAssertion(async () => expect(await stats()).toEqual({ ...ended, running: 1 }));
    expect(await api.post(`/jobs/held/runs/${runId}/cancel`)).toMatchObject({ status: 200 });
    await waitForAssertion(async () => expect(await stats()).toEqual(ended));
  });

  test('counts a refused schedule until its cause is resolved', async () => {
    const { api, tenant, runner, stats } = await given();
    for (const id of ['good', 'bad']) await runner.define({ id, script: 'echo', schedule: '0 4 * * *' });
    await runner.waitForRegistration('bad');
    const { db, close } = systemDb(system);
    const job = await getJob(db, tenantId(tenant), 'bad');
    // A definition over HTTP cannot cause this: AWS knows fewer time zones than the runtime.
    if (job) await replaceJob(db, { ...job, version: job.version + 1, timezone: 'Mars/Olympus' });
    close();
    await waitForAssertion(async () =>
      expect(await stats()).toEqual({ ...nothing, totalJobs: 2, failedRegistrations: 1 }),
    );
    await waitForAssertion(async () => {
      expect((await system.anonymous().get('/health')).body).toMatchObject({ ok: true, failedRegistrations: 1 });
    });

    expect(await api.patch('/jobs/bad', { timezone: 'Europe/Berlin' })).toMatchObject({ status: 200 });

    await waitForAssertion(async () => expect(await stats()).toEqual({ ...nothing, totalJobs: 2 }));
    expect((await system.anonymous().get('/health')).body).toMatchObject({ failedRegistrations: 0 });
  });

  test('ignores other tenants and refuses a query', async () => {
    const [one, other] = [await given(), await given()];
    await one.runner.define({ id: 'ok', script: 'echo' });
    await one.runner.trigger('ok');
    await waitForAssertion(async () => expect(await one.stats()).toEqual({ ...nothing, totalJobs: 1, okLastHour: 1 }));

    expect(await other.stats()).toEqual(nothing);
    expect(await other.api.get(`/stats?tenant=${one.tenant}`)).toMatchObject({
      status: 400,
      body: { error: "query: unknown query parameter 'tenant'; none is known here" },
    });
  });

  test.each(ROLES)('allows %s', async (role) => {
    const client = await system.as(freshTenant(), [role]);
    expect(await client.get('/stats')).toMatchObject({ status: 200, body: nothing });
  });

  test('refuses requests without a valid token', async () => {
    expect(await system.anonymous().get('/stats')).toMatchObject({
      status: 401,
      body: { error: 'A bearer token is required' },
    });
    const anonymous = await system.as(freshTenant(), []);
    expect(await anonymous.get('/stats')).toMatchObject({
      status: 403,
      body: { error: expect.stringMatching(/^Needs one/) },
    });
  });

  // Last, because it moves the clock.
  test('drops outcomes after one hour, to the minute, although the runs still exist', async () => {
    const { tenant, runner, stats } = await given();
    await runner.define({ id: 'ok', script: 'echo' });
    await runner.define({ id: 'fails', script: 'fail' });
    await runner.trigger('fails');
    const { run_id: runId } = await runner.trigger('ok');
    const { finished_at: finishedAt } = await runner.run('ok', runId);
    await waitForAssertion(async () =>
      expect(await stats()).toMatchObject({ okLastHour: 1, errorsLastHour: 1, totalJobs: 2, running: 0 }),
    );
    const minute = Math.floor(Date.parse(finishedAt ?? '') / MINUTE) * MINUTE;

    system.clock.set(minute + 59 * MINUTE);
    const within = await (await given(tenant)).stats();
    system.clock.set(minute + 60 * MINUTE);
    const later = await given(tenant);

    expect(within).toMatchObject({ okLastHour: 1 });
    expect(await later.stats()).toEqual({ ...nothing, totalJobs: 2 });
    expect(await later.runner.runs('ok')).toHaveLength(1);
  });
});
