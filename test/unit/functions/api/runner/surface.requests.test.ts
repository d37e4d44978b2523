import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { CursorSigner } from '../../../../../functions/api/http/cursor.ts';
import { createSurfaceHandler } from '../../../../../functions/api/http/surface-handler.ts';
import { runnerErrors } from '../../../../../functions/api/runner/errors.ts';
import { runnerSurface } from '../../../../../functions/api/runner/surface.ts';
import type { Job } from '../../../../../functions/core/domain/job.ts';
import { publicRunId } from '../../../../../functions/core/domain/run-id.ts';
import { REMOVAL_MS } from '../../../../../functions/core/domain/run-removal.ts';
import { DAY_MS } from '../../../../../functions/core/domain/timing.ts';
import type { HookSecrets } from '../../../../../functions/core/platform/hook-secrets.ts';
import type { SigningSecrets } from '../../../../../functions/core/platform/signing-secrets.ts';
import { putRun } from '../../../../../functions/core/store/runs.ts';
import { givenJobCounts } from '../../../../helpers/builders/counted-runs.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { aJob, givenJob } from '../../../../helpers/builders/jobs.ts';
import { invokeHandler } from '../../../../helpers/clients/handler.ts';
import type { ErrorBody, JobsBody, RunBody, RunsBody } from '../../../../helpers/clients/runner-bodies.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { type TestPlatform, testPlatform } from '../../../../helpers/fakes/platform.ts';
import { TIMEOUT_MS } from '../../../../helpers/wait.ts';

const store = { db: memoryDb() };

/** The runner surface on a platform without workers. */
function surfaceOf(job: Job, platform: TestPlatform = testPlatform(store.db), run = '') {
  const handler = createSurfaceHandler({
    routes: runnerSurface.routes,
    dependencies: () => ({
      ...platform,
      signingSecrets: {} as SigningSecrets,
      cursors: {} as CursorSigner,
      apiUrl: '',
      hookTokens: { issue: async () => '' },
      hookSecrets: {} as HookSecrets,
    }),
    errors: runnerErrors,
    verify: async () => ({ tenant: job.tenant, roles: ['OWNER'], name: 'ana@acme.test' }),
    log: platform.log,
  });
  const ask = async <Body>(routeKey: string, query = {}, headers = {}, remainingMs = 29_000) => {
    const parts = {
      routeKey,
      query,
      params: { id: job.id, run },
      headers: { authorization: 'Bearer a.b.c', ...headers },
    };
    const answer = await invokeHandler(handler, parts, remainingMs);
    return { ...answer, body: answer.body as Body };
  };
  return { platform, ask };
}

describe('POST /jobs/{id}/run', () => {
  test('responds before the function times out, with the location of the run', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const { ask } = surfaceOf(job, platform);

    const { status, body, headers } = await ask<RunBody>('POST /jobs/{id}/run', {}, {}, 2_300);

    expect(status).toBe(202);
    expect(body.run).toMatchObject({ id: 1, status: 'pending', trigger: 'manual' });
    expect(headers.location).toBe(`/jobs/${job.id}/runs/${body.run.run_id}`);
    expect(headers).not.toHaveProperty('preference-applied');
    expect(platform.sent).toHaveLength(1);
  });

  test('stops waiting after 25 s', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const { ask } = surfaceOf(job, platform);
    const begin = Date.now();
    let answered = 0;

    const answer = ask<RunBody>('POST /jobs/{id}/run').finally(() => {
      answered = Date.now();
    });
    await vi.waitFor(() => {
      vi.setSystemTime(Date.now() + 1_000);
      expect(answered).toBeGreaterThan(0);
    }, TIMEOUT_MS);

    expect(await answer).toMatchObject({ status: 202, body: { run: { status: 'pending' } } });
    expect(answered - begin).toBeGreaterThanOrEqual(25_000);
  });

  test('returns the same run for a repeated idempotency key, even if the job is disabled by then', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const { ask } = surfaceOf(job, platform);
    const headers = { 'idempotency-key': 'once', prefer: 'respond-async' };

    const first = await ask<RunBody>('POST /jobs/{id}/run', {}, headers);
    await ask('POST /jobs/{id}/disable');
    const again = await ask<RunBody>('POST /jobs/{id}/run', {}, headers);
    const other = await ask<ErrorBody>('POST /jobs/{id}/run', {}, { ...headers, 'idempotency-key': 'twice' });

    expect(again).toMatchObject({ status: 202, body: { run: { run_id: first.body.run.run_id } } });
    expect(other).toMatchObject({ status: 409, body: { error: `Job '${job.id}' is disabled` } });
    expect(platform.sent).toHaveLength(1);
  });
});

describe('GET /jobs/{id}/runs', () => {
  test('truncates outputs to fit the response and omits no run', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const output = 'ü'.repeat(8_000);
    for (let n = 1; n <= 400; n++) await putRun(store.db, endedRun(job, n, { stdout: output }));
    const { ask } = surfaceOf(job, platform);

    const { body } = await ask<RunsBody>('GET /jobs/{id}/runs', { limit: '1000' });

    expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(5_100_000);
    expect(body.runs.map(({ id }) => id)).toEqual(Array.from({ length: 400 }, (_, i) => 400 - i));
    expect(body.runs.every(({ stdout, output_truncated }) => output_truncated && output.endsWith(stdout))).toBe(true);
    expect(body.runs[0]?.stdout.length).toBeGreaterThan(5_000);
  });

  test('filters timeouts and errors across pages', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const failure = (kind: 'error' | 'timeout') => ({ state: 'failed' as const, failure: { kind, message: kind } });
    for (let n = 1; n <= 9; n++) await putRun(store.db, endedRun(job, n, failure(n % 3 === 0 ? 'timeout' : 'error')));
    const { ask } = surfaceOf(job, platform);
    const ids = async (query: object) =>
      (await ask<RunsBody>('GET /jobs/{id}/runs', query)).body.runs.map(({ id }) => id);

    expect(await ids({ status: 'timeout' })).toEqual([9, 6, 3]);
    expect(await ids({ status: 'timeout', limit: '2' })).toEqual([9, 6]);
    expect(await ids({ status: 'error', limit: '3' })).toEqual([8, 7, 5]);
    expect(await ids({ status: 'timeout,error' })).toHaveLength(9);
    expect(await ids({ status: 'ok,skipped' })).toEqual([]);
  });
});

describe('an expired run', () => {
  test('appears until it must have been removed, and then in no response although its row still exists', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const run = endedRun(job, 1);
    await putRun(store.db, run);
    const { ask } = surfaceOf(job, platform, publicRunId(run));
    const shown = async () => [
      (await ask<RunsBody>('GET /jobs/{id}/runs')).body.runs.length,
      (await ask('GET /jobs/{id}/runs/{run}')).status,
      (await ask('POST /jobs/{id}/runs/{run}/cancel')).status,
    ];

    expect(await shown()).toEqual([1, 200, 409]);
    platform.advance(30 * DAY_MS + REMOVAL_MS - 1);
    expect(await shown()).toEqual([1, 200, 409]);
    platform.advance(1);
    expect(await shown()).toEqual([0, 404, 404]);
  });
});

describe('GET /jobs', () => {
  test('omits long fields if the response would be too large, and omits no job', async () => {
    const platform = testPlatform(store.db);
    const args = Array.from({ length: 7 }, () => 'x'.repeat(4_000));
    const first = await givenJob(platform, { id: 'job-0' });
    const target = { type: 'script', script: 'echo', args, env: {} } as const;
    for (let n = 1; n < 200; n++) await givenJob(platform, { tenant: first.tenant, id: `job-${n}`, target });
    const { ask } = surfaceOf(first, platform);

    const { body } = await ask<JobsBody>('GET /jobs');

    expect(body.jobs).toHaveLength(200);
    for (const job of body.jobs) expect(job).toMatchObject({ args: null, script: 'echo', shortened: true, labels: {} });
  });

  test('omits labels, too, if they are too large by themselves', async () => {
    const platform = testPlatform(store.db);
    const labels = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`l${n}`, '€'.repeat(256)]));
    const first = await givenJob(platform, { id: 'job-0', labels });
    for (let n = 1; n < 330; n++) await givenJob(platform, { tenant: first.tenant, id: `job-${n}`, labels });
    const { ask } = surfaceOf(first, platform);

    const { body } = await ask<JobsBody>('GET /jobs');

    expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(5_000_000);
    expect(body.jobs).toHaveLength(330);
    for (const job of body.jobs) expect(job).toMatchObject({ shortened: true, labels: null });
  });
});

describe('GET /health', () => {
  test('counts the failed registrations of all tenants', async () => {
    const [one, two] = [aJob(), aJob()];
    const { ask } = surfaceOf(one);
    const failed = async () => (await ask<{ failedRegistrations: number }>('GET /health')).body.failedRegistrations;

    expect(await failed()).toBe(0);
    for (const { tenant } of [one, two]) await givenJobCounts(testPlatform(store.db), tenant, 1, 1);
    expect(await failed()).toBe(2);
    for (const { tenant } of [one, two]) await givenJobCounts(testPlatform(store.db), tenant, 0, -1);
    expect(await failed()).toBe(0);
  });
});

describe('GET /failures', () => {
  test('responds with 503 when time runs out before the page is full', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    await putRun(platform.db, endedRun(job, 1, { state: 'failed', failure: { kind: 'error', message: 'no' } }));
    const { ask } = surfaceOf(job, platform);
    const late = {
      status: 503,
      headers: { 'retry-after': '5' },
      body: { error: 'The request took too long; try it again' },
    };

    expect(await ask('GET /failures', {}, {}, 3_000)).toMatchObject(late);
    expect(await ask('POST /failures/acknowledge', {}, {}, 3_000)).toMatchObject(late);
    expect(await ask('GET /failures')).toMatchObject({ status: 200, body: { failures: [{ id: 1 }] } });
  });
});
