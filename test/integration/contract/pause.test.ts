import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobBody, JobsBody, ResultBody } from '../../helpers/clients/runner-bodies.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

let system: TestSystem;

beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system.stop());

const HOUR = 3_600_000;
const hourly = { id: 'hourly', name: 'Hourly', script: 'echo', args: ['hi'], schedule: '0 * * * *' };

async function given(roles: Parameters<TestSystem['as']>[1] = ['OPERATOR']) {
  const tenant = freshTenant('pause');
  await (await system.as(tenant)).post('/jobs', hourly);
  const api = await system.as(tenant, roles);
  return { api, show: async () => (await api.get<JobBody>('/jobs/hourly')).body.job };
}

/** A time on the clock of the system, which this file does not move. */
const ahead = (ms: number) => new Date(Date.now() + ms).toISOString();

describe('POST /jobs/:id/pause', () => {
  test('pauses the schedule until a time, which can be changed, and keeps the job enabled', async () => {
    const { api, show } = await given();
    const until = ahead(48 * HOUR);

    const paused = await api.post('/jobs/hourly/pause', { until });
    const job = await show();
    const list = await api.get<JobsBody>('/jobs');
    const endless = await api.post('/jobs/hourly/pause');

    expect(paused).toMatchObject({ status: 200, body: { ok: true, paused: true, paused_until: until } });
    expect(job).toMatchObject({ enabled: 1, paused: true, paused_until: until });
    expect(Date.parse(job.next_run ?? '')).toBeGreaterThanOrEqual(Date.parse(until));
    expect(list.body.jobs[0]).toMatchObject({ paused: true, paused_until: until, next_run: job.next_run });
    expect(endless.body).toMatchObject({ paused: true, paused_until: null });
    expect(await show()).toMatchObject({ paused: true, paused_until: null, next_run: null });
  });

  test('starts runs on demand meanwhile', async () => {
    const { api } = await given();
    await api.post('/jobs/hourly/pause');

    const { status, body } = await api.post<ResultBody>('/jobs/hourly/run');

    expect([status, body.result.status]).toEqual([200, 'ok']);
  });

  test('refuses a time that has passed or is more than 366 days ahead, and other input', async () => {
    const { api } = await given();
    const refused = async (body: object) => (await api.post('/jobs/hourly/pause', body)).body.error;

    expect(await refused({ until: ahead(-HOUR) })).toMatch(/^until: must be after the current time \(.*, got /);
    expect(await refused({ until: ahead(367 * 24 * HOUR) })).toMatch(/^until: must be at most 366 days ahead, got/);
    expect(await refused({ until: 'tomorrow' })).toMatch(/^until: must be an ISO 8601 time .*got "tomorrow"$/);
    expect(await refused({ for: 5 })).toMatch(/^body: unknown field 'for'/);
  });

  test('answers 404 for an unknown job, and 403 without the role to operate', async () => {
    const { api } = await given();
    const { api: viewer } = await given(['MEMBER']);

    expect(await api.post('/jobs/none/pause')).toMatchObject({ status: 404, body: { error: 'Job not found' } });
    expect(await api.post('/jobs/none/resume')).toMatchObject({ status: 404, body: { error: 'Job not found' } });
    expect(await viewer.post('/jobs/hourly/pause')).toMatchObject({ status: 403 });
    expect(await viewer.post('/jobs/hourly/resume')).toMatchObject({ status: 403 });
  });
});

describe('POST /jobs/:id/resume', () => {
  test('ends the pause at once, and has no effect without one', async () => {
    const { api, show } = await given();
    const before = await show();
    await api.post('/jobs/hourly/pause');

    const resumed = await api.post('/jobs/hourly/resume');
    const again = await api.post('/jobs/hourly/resume');

    for (const answer of [resumed, again]) {
      expect(answer).toMatchObject({ status: 200, body: { ok: true, paused: false, paused_until: null } });
    }
    expect(await show()).toMatchObject({ paused: false, paused_until: null, next_run: before.next_run });
  });
});
