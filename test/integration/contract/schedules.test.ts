import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobBody, JobsBody } from '../../helpers/clients/runner-bodies.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

/** Several schedules of one job. */

let system: TestSystem;

beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system.stop());

const several = {
  id: 'report',
  name: 'Report',
  script: 'echo',
  schedules: [
    { schedule: '0 9 * * 1-5', timezone: 'Europe/Berlin', payload: { region: 'eu', ratio: 1.5 } },
    { schedule: '0 9 * * 1-5', timezone: 'America/New_York', payload: { region: 'us' } },
    { schedule: '0 0 1 * *' },
  ],
};
const shown = several.schedules.map((one) => ({ timezone: 'UTC', payload: null, ...one }));

const asNewTenant = () => system.as(freshTenant('schedules'));

describe('schedules', () => {
  test('appear in order, with the first as schedule and timezone', async () => {
    const api = await asNewTenant();
    await api.post('/jobs', several);

    const { body } = await api.get<JobBody>('/jobs/report');
    const list = await api.get<JobsBody>('/jobs');

    expect(body.job).toMatchObject({ schedule: '0 9 * * 1-5', timezone: 'Europe/Berlin', schedules: shown });
    expect(list.body.jobs[0]?.schedules).toEqual(shown);
    expect(body.job.next_run).not.toBeNull();
  });

  test('define the same job when a response is sent back', async () => {
    const api = await asNewTenant();
    await api.post('/jobs', several);
    const { body } = await api.get<JobBody>('/jobs/report');

    const sentBack = await api.put('/jobs/report', body.job);
    const patched = await api.patch('/jobs/report', { schedule: body.job.schedule, timezone: body.job.timezone });

    expect(sentBack).toMatchObject({ status: 200, body: { changed: false, version: 1 } });
    expect(patched.status).toBe(200);
    expect((await api.get<JobBody>('/jobs/report')).body.job.schedules).toEqual(shown);
  });

  test('are merged in the next runs of a validation', async () => {
    const api = await asNewTenant();
    const schedules = [
      { schedule: '0 0 1 1 *', timezone: 'UTC' },
      { schedule: '0 1 1 1 *', timezone: 'Europe/Berlin' },
      { schedule: '0 12 1 1 *', timezone: 'UTC' },
    ];

    const { body } = await api.post<{ next_runs: string[] }>('/jobs/validate', { ...several, schedules });

    expect(body.next_runs.map((time) => time.slice(4, 16))).toEqual([
      '-01-01T00:00',
      '-01-01T12:00',
      '-01-01T00:00',
      '-01-01T12:00',
      '-01-01T00:00',
    ]);
  });

  test('are replaced by a single schedule, which several replace again', async () => {
    const api = await asNewTenant();
    await api.post('/jobs', several);
    const read = async () => (await api.get<JobBody>('/jobs/report')).body.job;

    await api.patch('/jobs/report', { schedule: '5 5 * * *' });
    const single = await read();
    await api.patch('/jobs/report', { schedules: [{ schedule: '6 6 * * *', timezone: 'Asia/Tokyo' }] });
    const again = await read();
    await api.patch('/jobs/report', { schedule: null });
    const none = await read();

    expect(single).toMatchObject({ schedule: '5 5 * * *', timezone: 'Europe/Berlin', schedules: null });
    expect(again).toMatchObject({ schedule: '6 6 * * *', timezone: 'Asia/Tokyo' });
    expect(again.schedules).toEqual([{ schedule: '6 6 * * *', timezone: 'Asia/Tokyo', payload: null }]);
    expect(none).toMatchObject({ schedule: null, schedules: null, next_run: null });
  });

  test('of a change have the time zone of the change or of the job by default', async () => {
    const api = await asNewTenant();
    await api.post('/jobs', { ...several, schedules: null, schedule: '0 6 * * *', timezone: 'Europe/Berlin' });
    const schedules = [{ schedule: '0 6 * * *' }, { schedule: '0 18 * * *', timezone: 'UTC' }];
    const change = async (fields: object) => {
      const { status } = await api.patch('/jobs/report', { schedules, ...fields });
      const { job } = (await api.get<JobBody>('/jobs/report')).body;
      return [status, job.timezone, ...(job.schedules ?? []).map(({ timezone }) => timezone)];
    };

    expect(await change({})).toEqual([200, 'Europe/Berlin', 'Europe/Berlin', 'UTC']);
    expect(await change({ timezone: 'Asia/Tokyo' })).toEqual([200, 'Asia/Tokyo', 'Asia/Tokyo', 'UTC']);
    expect(await change({ timezone: null })).toEqual([200, 'UTC', 'UTC', 'UTC']);
  });

  test.each([[[]], [null]])('are removed by %j, which changes no single schedule', async (schedules) => {
    const api = await asNewTenant();
    await api.post('/jobs', several);
    await api.post('/jobs', { id: 'single', name: 'A', script: 'echo', schedule: '0 6 * * *', timezone: 'Asia/Tokyo' });

    await api.patch('/jobs/report', { schedules });
    await api.patch('/jobs/single', { schedules });

    expect((await api.get<JobBody>('/jobs/report')).body.job).toMatchObject({ schedule: null, schedules: null });
    expect((await api.get<JobBody>('/jobs/single')).body.job).toMatchObject({
      schedule: '0 6 * * *',
      timezone: 'Asia/Tokyo',
      schedules: null,
    });
  });

  test.each([
    [{ schedule: '1 1 * * *' }, /^schedule: must be absent beside schedules, or equal schedules\[0\]\.schedule .*got/],
    [{ timezone: 'Asia/Tokyo' }, /^timezone: must be absent beside schedules, or equal schedules\[0\]\.timezone .*got/],
    [{ schedules: [{ schedule: '99 * * * *' }] }, /^schedules\[0\]\.schedule: minute must be 0–59/],
    [{ schedules: [{ schedule: '0 1 * * *', timezone: 'Mars/X' }] }, /^schedules\[0\]\.timezone: must be an IANA name/],
    [{ schedules: [{ schedule: '0 1 * * *' }, { schedule: '0 1 * * *' }] }, /^schedules\[1\]: must differ from sch/],
    [{ schedules: [{ timezone: 'UTC' }] }, /^schedules\[0\]\.schedule: is required/],
    [{ schedules: [{ schedule: '0 1 * * *', tags: [] }] }, /^schedules\[0\]: unknown field 'tags'/],
    [
      { schedules: Array.from({ length: 11 }, (_, i) => ({ schedule: `${i} 1 * * *` })) },
      /^schedules: must have at mo/,
    ],
    [
      { script: null, http: { url: 'https://api.example.com', method: 'GET' } },
      /^schedules\[0\]\.payload: must be absent: it would be the body of a request/,
    ],
  ])('are refused with the field: %j', async (changes, message) => {
    const api = await asNewTenant();

    const { status, body } = await api.post('/jobs', { ...several, ...changes });

    expect([status, body.error]).toEqual([400, expect.stringMatching(message)]);
  });

  test('keep their time zones: that of the job cannot be changed alone', async () => {
    const api = await asNewTenant();
    await api.post('/jobs', several);

    const { status, body } = await api.patch('/jobs/report', { timezone: 'Asia/Tokyo' });

    expect([status, body.error]).toEqual([
      400,
      expect.stringMatching(/^timezone: must be absent: each of the job’?'?s/),
    ]);
  });
});
