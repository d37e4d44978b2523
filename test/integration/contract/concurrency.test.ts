import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorBody, RunBody } from '../../helpers/clients/runner-bodies.ts';
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

async function givenJob(fields: object = {}) {
  const client = await system.as(freshTenant(), ['OWNER'], 'ana@acme.test');
  const job = { id: 'a-job', name: 'A job', script: 'sleep', args: ['60'], overlap_policy: 'allow', ...fields };
  expect(await client.post('/jobs', job)).toMatchObject({ status: 201 });
  return client;
}

const pathOf = (run: { readonly run_id: string }) => `/jobs/a-job/runs/${run.run_id}`;

describe('throttle', () => {
  it('starts further runs with the same value of the field later, and shows when', async () => {
    const client = await givenJob({
      script: 'echo',
      args: null,
      throttle: { key: 'customer', limit: 1, per_s: 3_600 },
    });
    const start = async (customer: number) => {
      const body = { payload: { customer } };
      return (await client.post<RunBody>('/jobs/a-job/run', body, { prefer: 'respond-async' })).body.run;
    };

    const [first, second, other] = [await start(1), await start(1), await start(2)];

    expect([first.run_at, other.run_at]).toEqual([null, null]);
    expect(second).toMatchObject({
      status: 'pending',
      reason: 'waits for the next start that the throttle of its job allows',
    });
    const wait = Date.parse(second.run_at ?? '') - Date.parse(first.created_at);
    expect(Math.abs(wait - 3_600_000)).toBeLessThan(60_000);
  });

  it('starts all runs in the end', async () => {
    const client = await givenJob({ script: 'echo', args: null, throttle: { limit: 1, per_s: 1 } });
    const runs = { runs: Array.from({ length: 3 }, (_, payload) => ({ payload })) };

    const { body } = await client.post<{ runs: { run_id: string }[] }>('/jobs/a-job/runs:batch', runs);

    await waitForAssertion(async () => {
      const ended = await Promise.all(body.runs.map(async (run) => (await client.get<RunBody>(pathOf(run))).body.run));
      expect(ended.map(({ status, reason }) => [status, reason])).toEqual(Array(3).fill(['ok', null]));
    });
  });

  it('appears on the job, and can be changed and removed', async () => {
    const client = await givenJob({ throttle: { key: 'customer', limit: 2, per_s: 60 } });
    const shown = async () => (await client.get<{ job: { throttle: unknown } }>('/jobs/a-job')).body.job.throttle;
    const before = await shown();

    await client.patch('/jobs/a-job', { throttle: { limit: 1, per_s: 1, group: 'shop' } });
    const changed = await shown();
    await client.patch('/jobs/a-job', { throttle: null });

    expect([before, changed, await shown()]).toEqual([
      { key: 'customer', group: null, limit: 2, per_s: 60 },
      { key: null, group: 'shop', limit: 1, per_s: 1 },
      null,
    ]);
  });

  it.each([
    [{ limit: 1 }, 'throttle.per_s: is required (1–86400)'],
    [{ limit: 0, per_s: 1 }, 'throttle.limit: must be 1–100, got 0'],
    [{ limit: 101, per_s: 1 }, 'throttle.limit: must be 1–100, got 101'],
    [{ limit: 1, per_s: 0 }, 'throttle.per_s: must be 1–86400, got 0'],
    [{ limit: 1, per_s: 86_401 }, 'throttle.per_s: must be 1–86400, got 86401'],
    [
      { key: '$.a', limit: 1, per_s: 1 },
      "throttle.key: must be 1–10 names separated by dots, such as customer.id, each of 1–64 letters, digits, _ and -, or in double quotes or backticks, got '$.a'",
    ],
  ])('refuses %j', async (throttle, error) => {
    const client = await givenJob();

    const created = await client.post<ErrorBody>('/jobs', { id: 'b', name: 'B', script: 'echo', throttle });
    const changed = await client.patch<ErrorBody>('/jobs/a-job', { throttle });

    expect([created, changed].map(({ status, body }) => [status, body.error])).toEqual(Array(2).fill([400, error]));
  });
});

describe('concurrency', () => {
  it('lets runs with the same value of the field wait for each other, and runs with other values start', async () => {
    const client = await givenJob({ concurrency: { key: 'customer.id', limit: 1 } });
    const start = async (id: number, args = ['60']) => {
      const body = { payload: { customer: { id } }, args };
      return (await client.post<RunBody>('/jobs/a-job/run', body, { prefer: 'respond-async' })).body.run;
    };
    const read = async (run: { readonly run_id: string }) => (await client.get<RunBody>(pathOf(run))).body.run;
    const first = await start(1);
    await waitForAssertion(async () => expect((await read(first)).status).toBe('running'));

    const [second, other] = [await start(1, ['0']), await start(2, ['0'])];

    await waitForAssertion(async () => {
      expect(await read(other)).toMatchObject({ status: 'ok' });
      expect(await read(second)).toMatchObject({
        status: 'pending',
        reason: 'waits for runs with the same concurrency key to end',
      });
    });
    await client.post(`${pathOf(first)}/cancel`);
    await waitForAssertion(async () => expect(await read(second)).toMatchObject({ status: 'ok', reason: null }));
  });

  it('appears on the job, and can be changed and removed', async () => {
    const client = await givenJob({ concurrency: { key: 'customer.id', limit: 2, group: 'shop' } });
    const shown = async () => (await client.get<{ job: { concurrency: unknown } }>('/jobs/a-job')).body.job.concurrency;
    const before = await shown();

    await client.patch('/jobs/a-job', { concurrency: { limit: 1 } });
    const changed = await shown();
    await client.patch('/jobs/a-job', { concurrency: null });

    expect([before, changed, await shown()]).toEqual([
      { key: 'customer.id', group: 'shop', limit: 2 },
      { key: null, group: null, limit: 1 },
      null,
    ]);
  });

  it.each([
    [{ key: 'id' }, 'concurrency.limit: is required (1–100)'],
    [{ key: 'id', limit: 0 }, 'concurrency.limit: must be 1–100, got 0'],
    [{ key: 'id', limit: 101 }, 'concurrency.limit: must be 1–100, got 101'],
    [
      { key: 'a b', limit: 1 },
      "concurrency.key: must be 1–10 names separated by dots, such as customer.id, each of 1–64 letters, digits, _ and -, or in double quotes or backticks, got 'a b'",
    ],
    [
      { key: 'id', limit: 1, group: 'Shop' },
      'concurrency.group: must be 1–64 characters of a–z, 0–9 and -, not starting with -, got "Shop"',
    ],
    [{ key: 'id', limit: 1, per_s: 1 }, "concurrency: unknown field 'per_s'; known are key, group, limit"],
    ['id', 'concurrency: must be a JSON object'],
  ])('refuses %j', async (concurrency, error) => {
    const client = await givenJob();

    const created = await client.post<ErrorBody>('/jobs', { id: 'b', name: 'B', script: 'echo', concurrency });
    const changed = await client.patch<ErrorBody>('/jobs/a-job', { concurrency });

    expect([created, changed].map(({ status, body }) => [status, body.error])).toEqual(Array(2).fill([400, error]));
  });
});
