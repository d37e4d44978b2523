import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorBody, RunBody, RunsBody } from '../../helpers/clients/runner-bodies.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';
import { waitForAssertion } from '../../helpers/wait.ts';

let system: TestSystem;

beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(async () => {
  await system.stop();
});

async function givenJob(fields: object = {}, tenant = freshTenant()) {
  const client = await system.as(tenant, ['OWNER', 'system_admin'], 'ana@acme.test');
  const job = { id: 'a-job', name: 'A job', script: 'echo', overlap_policy: 'allow', ...fields };
  expect(await client.post('/jobs', job)).toMatchObject({ status: 201 });
  return client;
}

/** A job whose run holds the only slot of its tenant until the run is canceled. */
async function givenBusyTenant(fields: object = {}) {
  const tenant = freshTenant();
  const client = await givenJob({ script: 'sleep', args: ['60'], ...fields }, tenant);
  const operator = await system.as(tenant, ['super_admin', 'system_admin'], 'ops@jobdeck.test');
  const limited = await operator.put('/api/v1/admin/limits', { concurrentRuns: 1 }, { 'x-tenantid': tenant });
  expect(limited).toMatchObject({ status: 200 });
  const { body } = await client.post<RunBody>('/jobs/a-job/run', {}, { prefer: 'respond-async' });
  await waitForAssertion(async () =>
    expect((await client.get<RunBody>(pathOf(body.run))).body.run.status).toBe('running'),
  );
  return { client, cancel: () => client.post(`${pathOf(body.run)}/cancel`) };
}

const pathOf = (run: { readonly run_id: string }) => `/jobs/a-job/runs/${run.run_id}`;

describe('priority', () => {
  it('appears on the job and on the run, and 3 without one', async () => {
    const client = await givenJob({ priority: 4 });

    const { body } = await client.post<RunBody>('/jobs/a-job/run', { delay_s: 60 });
    const urgent = await client.post<RunBody>('/jobs/a-job/run', { delay_s: 60, priority: 1 });

    expect([body.run.priority, urgent.body.run.priority]).toEqual([4, 1]);
    expect((await client.get('/jobs/a-job')).body).toMatchObject({ job: { priority: 4, expires_in_s: null } });
    await client.patch('/jobs/a-job', { priority: null });
    expect((await client.get('/jobs/a-job')).body).toMatchObject({ job: { priority: 3 } });
  });

  it('decides which of the runs that wait for a slot starts first', async () => {
    const { client, cancel } = await givenBusyTenant();
    const start = async (priority: number) =>
      (await client.post<RunBody>('/jobs/a-job/run', { priority, args: ['0'] }, { prefer: 'respond-async' })).body.run;
    const runs = [await start(5), await start(3), await start(1)];
    expect(runs).toMatchObject([{ reason: "waits for one of the tenant's other runs to end" }, {}, {}]);

    await cancel();

    await waitForAssertion(async () => {
      const ended = await Promise.all(runs.map(async (run) => (await client.get<RunBody>(pathOf(run))).body.run));
      expect(ended.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
      const started = ended.map(({ started_at }) => Date.parse(started_at ?? ''));
      expect(started).toEqual([...started].sort((a, b) => b - a));
    });
  });

  it('is kept by a redrive, and replaced by its input', async () => {
    const client = await givenJob({ script: 'fail' });
    const redrive = async (input: object | null) => {
      const { body } = await client.post<RunBody>(
        '/jobs/a-job/run',
        { priority: 2, expires_in_s: 900 },
        { prefer: 'respond-async' },
      );
      await waitForAssertion(async () =>
        expect((await client.get<RunBody>(pathOf(body.run))).body.run.status).toBe('error'),
      );
      const redriven = await client.post<{ started: { new_run_id: string }[] }>('/redrive', {
        run_ids: [body.run.run_id],
        input,
      });
      return (await client.get<RunBody>(`/jobs/a-job/runs/${redriven.body.started[0]?.new_run_id}`)).body.run;
    };

    const [same, edited] = [await redrive(null), await redrive({ priority: 5 })];

    expect([same.priority, edited.priority]).toEqual([2, 5]);
    expect(Date.parse(same.expires_at ?? '') - Date.parse(same.created_at)).toBe(900_000);
  });

  it.each([
    [{ priority: 0 }, 'priority: must be 1–5, got 0'],
    [{ priority: 6 }, 'priority: must be 1–5, got 6'],
    [{ priority: 'high' }, 'priority: must be 1–5, got "high"'],
    [{ expires_in_s: 0 }, 'expires_in_s: must be 1–2592000, got 0'],
    [{ expires_in_s: 2_592_001 }, 'expires_in_s: must be 1–2592000, got 2592001'],
  ])('refuses %j in a job, a trigger, a batch and a redrive', async (fields, error) => {
    const client = await givenJob();

    const answers = [
      await client.post<ErrorBody>('/jobs', { id: 'b', name: 'B', script: 'echo', ...fields }),
      await client.post<ErrorBody>('/jobs/a-job/run', fields),
      await client.post<ErrorBody>('/jobs/a-job/runs:batch', { runs: [fields] }),
      await client.post<ErrorBody>('/redrive', { job_id: 'a-job', input: fields }),
    ];

    expect(answers.map(({ status, body }) => [status, body.error])).toEqual([
      [400, error],
      [400, error],
      [400, `runs[0].${error}`],
      [400, `input.${error}`],
    ]);
  });
});

describe('expires_in_s', () => {
  it('counts from the creation, or from the start of a delayed run', async () => {
    const client = await givenJob({ expires_in_s: 60 });

    const now = (await client.post<RunBody>('/jobs/a-job/run', {}, { prefer: 'respond-async' })).body.run;
    const later = (await client.post<RunBody>('/jobs/a-job/run', { delay_s: 600, expires_in_s: 10 })).body.run;

    expect(Date.parse(now.expires_at ?? '') - Date.parse(now.created_at)).toBe(60_000);
    expect(Date.parse(later.expires_at ?? '') - Date.parse(later.run_at ?? '')).toBe(10_000);
  });

  it('cancels a run that does not start in time, with the reason', async () => {
    const { client, cancel } = await givenBusyTenant();
    const batch = await client.post<{ runs: { run_id: string }[] }>('/jobs/a-job/runs:batch', {
      runs: [{ expires_in_s: 1 }],
    });
    const [item] = batch.body.runs;
    const read = async () => (await client.get<RunBody>(`/jobs/a-job/runs/${item?.run_id}`)).body.run;
    await waitForAssertion(async () =>
      expect(system.clock.now()).toBeGreaterThan(Date.parse((await read()).expires_at ?? '')),
    );

    await cancel();

    await waitForAssertion(async () =>
      expect(await read()).toMatchObject({ status: 'canceled', reason: 'canceled by expiry', started_at: null }),
    );
    expect((await client.get<RunsBody>('/jobs/a-job/runs?status=pending')).body.runs).toEqual([]);
  });
});
