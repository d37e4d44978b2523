import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorBody } from '../../helpers/clients/runner-bodies.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

let system: TestSystem;

beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(async () => {
  await system.stop();
});

const JOB = { id: 'a-job', name: 'A job', script: 'echo', schedule: '0 * * * *' };

async function givenJob(fields: object = {}) {
  const client = await system.as(freshTenant());
  expect(await client.post('/jobs', { ...JOB, ...fields })).toMatchObject({ status: 201 });
  return client;
}

describe('the rule of a job for missed ticks', () => {
  it('has the bounds of a day and 100 ticks by default', async () => {
    const client = await givenJob({ catch_up: 'all' });

    const shown = await client.get('/jobs/a-job');

    expect(shown.body).toMatchObject({ job: { catch_up: 'all', catch_up_window_s: 86_400, catch_up_limit: 100 } });
  });

  it('has the mode none by default, and after its removal', async () => {
    const client = await givenJob();
    const before = await client.get('/jobs/a-job');
    await client.patch('/jobs/a-job', { catch_up: 'last', catch_up_window_s: 3_600, catch_up_limit: 5 });
    const changed = await client.get('/jobs/a-job');

    await client.patch('/jobs/a-job', { catch_up: null });

    expect(before.body).toMatchObject({ job: { catch_up: 'none' } });
    expect(changed.body).toMatchObject({ job: { catch_up: 'last', catch_up_window_s: 3_600, catch_up_limit: 5 } });
    expect((await client.get('/jobs/a-job')).body).toMatchObject({
      job: { catch_up: 'none', catch_up_window_s: 3_600, catch_up_limit: 5 },
    });
  });

  it.each([
    [{ catch_up: 'some' }, 'catch_up: must be none or last or all, got "some"'],
    [{ catch_up: true }, 'catch_up: must be none or last or all, got true'],
    [{ catch_up_window_s: 0 }, 'catch_up_window_s: must be 1–2678400, got 0'],
    [{ catch_up_window_s: 2_678_401 }, 'catch_up_window_s: must be 1–2678400, got 2678401'],
    [{ catch_up_limit: 0 }, 'catch_up_limit: must be 1–1000, got 0'],
    [{ catch_up_limit: 1_001 }, 'catch_up_limit: must be 1–1000, got 1001'],
    [{ catch_up_limit: 1.5 }, 'catch_up_limit: must be 1–1000, got 1.5'],
  ])('refuses %j', async (fields, error) => {
    const client = await givenJob();

    const created = await client.post<ErrorBody>('/jobs', { ...JOB, id: 'b', ...fields });
    const changed = await client.patch<ErrorBody>('/jobs/a-job', fields);

    expect([created.status, changed.status]).toEqual([400, 400]);
    expect([created.body.error, changed.body.error]).toEqual([error, error]);
  });
});
