import { describe, expect, it } from 'vitest';
import { createSurfaceHandler } from '../../../../../functions/api/http/surface-handler.ts';
import { type BulkResultView, bulkRoutes } from '../../../../../functions/api/runner/bulk.ts';
import { runnerErrors } from '../../../../../functions/api/runner/errors.ts';
import type { Job } from '../../../../../functions/core/domain/job.ts';
import type { Run } from '../../../../../functions/core/domain/run.ts';
import { publicRunId } from '../../../../../functions/core/domain/run-id.ts';
import { NO_OPTIONS } from '../../../../../functions/core/domain/run-input.ts';
import { SECOND_MS } from '../../../../../functions/core/domain/timing.ts';
import { claimQueuedRun } from '../../../../../functions/core/engine/execute/claim-run.ts';
import { triggerJob } from '../../../../../functions/core/engine/start/trigger-job.ts';
import { getRun, putRun } from '../../../../../functions/core/store/runs.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { givenJob } from '../../../../helpers/builders/jobs.ts';
import { invokeHandler } from '../../../../helpers/clients/handler.ts';
import { interruptBefore } from '../../../../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { type TestPlatform, testPlatform } from '../../../../helpers/fakes/platform.ts';
import { refusingDb, type StoreCall } from '../../../../helpers/fakes/refusing-db.ts';

type Answer = { readonly status: number; readonly body: BulkResultView & { readonly error?: string } };

async function post(platform: TestPlatform, { tenant }: Job, action: string, body: object): Promise<Answer> {
  const handler = createSurfaceHandler({
    routes: bulkRoutes,
    errors: runnerErrors,
    dependencies: () => platform,
    verify: async () => ({ tenant, roles: ['OPERATOR'], name: 'ana@acme.test' }),
    log: platform.log,
  });
  const headers = { authorization: 'Bearer a.b.c', 'content-type': 'application/json' };
  const request = { routeKey: `POST /runs/${action}`, headers, body: JSON.stringify(body) };
  return (await invokeHandler(handler, request)) as Answer;
}

const stateOf = async ({ db }: TestPlatform, run: Run) => (await getRun(db, run))?.state;

const failure = { kind: 'error', message: 'the bank is down' } as const;

/** A job with three failed runs, of which one has another message. */
async function givenFailures() {
  const platform = testPlatform(memoryDb());
  const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow' });
  const runs = [1, 2, 3].map((n) =>
    endedRun(job, n, { state: 'failed', failure: n === 3 ? { kind: 'error', message: 'no disk' } : failure }),
  );
  for (const run of runs) await putRun(platform.db, run);
  return { platform, job, runs: runs as [Run, Run, Run] };
}

describe('POST /runs/acknowledge', () => {
  it('acknowledges the failed runs that match, and none when repeated', async () => {
    const { platform, job, runs } = await givenFailures();

    const dry = await post(platform, job, 'acknowledge', { q: 'BANK', dry_run: true });
    const first = await post(platform, job, 'acknowledge', { q: 'bank', note: 'known' });
    const again = await post(platform, job, 'acknowledge', { q: 'bank' });

    expect(dry.body).toMatchObject({ changed: 2, left: 0, dry_run: true });
    expect(first.body).toMatchObject({ changed: 2, left: 0, dry_run: false });
    expect(first.body.runs.map(({ run_id }) => run_id)).toEqual([publicRunId(runs[1]), publicRunId(runs[0])]);
    expect(again.body).toEqual({ changed: 0, runs: [], left: 0, dry_run: false });
    expect((await getRun(platform.db, runs[0]))?.acknowledged).toMatchObject({ by: 'ana@acme.test', note: 'known' });
    expect((await getRun(platform.db, runs[2]))?.acknowledged).toBeNull();
  });

  it('reports each named run, and leaves those above the limit of a filter', async () => {
    const { platform, job, runs } = await givenFailures();
    const missing = 'nobodys.abc12345.01JNXA3V5T9YV0Q2Z6W8M4R7B1';

    const limited = await post(platform, job, 'acknowledge', { job_id: job.id, limit: 1 });
    const named = await post(platform, job, 'acknowledge', { run_ids: [publicRunId(runs[2]), missing] });

    expect(limited.body).toMatchObject({ changed: 1, left: 2 });
    expect(named.body.runs).toEqual([
      { run_id: publicRunId(runs[2]), outcome: 'skipped', reason: 'already acknowledged', new_run_id: null },
      { run_id: missing, outcome: 'skipped', reason: 'run not found', new_run_id: null },
    ]);
  });

  it('names the filter to narrow if no run among the 20,000 that it reads matches, and counts the others', async () => {
    const { platform, job, runs } = await givenFailures();
    for (let n = 4; n <= 20_003; n++) await putRun(platform.db, endedRun(job, n, { state: 'failed', failure }));

    const beyond = await post(platform, job, 'acknowledge', { q: 'disk' });
    const narrowed = await post(platform, job, 'acknowledge', { q: 'disk', until: runs[2].createdAt });
    const all = await post(platform, job, 'acknowledge', { q: 'bank', limit: 10, dry_run: true });

    expect(beyond).toMatchObject({
      status: 400,
      body: { error: 'q: none of the runs that one request reads matches, and 3 are left' },
    });
    expect(narrowed.body).toMatchObject({ changed: 1, left: 0, runs: [{ run_id: publicRunId(runs[2]) }] });
    expect(all.body).toMatchObject({ changed: 10, left: 20_002 - 10 });
  });

  it('requires a selection of one kind, and statuses of failed runs', async () => {
    const { platform, job } = await givenFailures();
    const errorOf = async (body: object) => (await post(platform, job, 'acknowledge', body)).body.error;

    expect(await errorOf({})).toMatch(/^body: must select runs by run_ids, or by q, job_id, /);
    expect(await errorOf({ run_ids: ['a'], q: 'x' })).toBe('run_ids: must not be combined with q');
    expect(await errorOf({ status: ['ok'] })).toMatch(/^status\[0\]: must be error or timeout, got "ok"/);
    expect(await errorOf({ min_duration_s: -1 })).toMatch(/^min_duration_s: must be a number of seconds, 0–100000000/);
    expect(await errorOf({ job_id: 'none' })).toBe('Job not found');
  });
});

describe('POST /runs/cancel', () => {
  async function givenActive() {
    const platform = testPlatform(memoryDb());
    const job = await givenJob(platform, { schedule: null, overlapPolicy: 'queue' });
    const start = (tags: readonly string[]) => triggerJob(platform, job, undefined, { ...NO_OPTIONS, tags });
    const running = await start(['a']);
    // Runs of one millisecond have no order.
    platform.advance(SECOND_MS);
    return { platform, job, running, waiting: await start(['b']) };
  }

  it('cancels the pending and running runs that match, pending ones first', async () => {
    const { platform, job, running, waiting } = await givenActive();

    const tagged = await post(platform, job, 'cancel', { tags: ['b'] });
    const rest = await post(platform, job, 'cancel', { job_id: job.id });
    const again = await post(platform, job, 'cancel', { run_ids: [running, waiting].map(publicRunId) });

    const canceled = { outcome: 'canceled', reason: null, new_run_id: null };
    expect(tagged.body.runs).toEqual([{ run_id: publicRunId(waiting), ...canceled }]);
    expect(rest.body.runs).toEqual([{ run_id: publicRunId(running), ...canceled }]);
    expect(again.body).toMatchObject({ changed: 0, runs: [{ reason: 'has ended: it is canceled' }, {}] });
    expect(await getRun(platform.db, running)).toMatchObject({ state: 'canceled', canceledBy: 'ana@acme.test' });
  });

  it('leaves a pending run that starts before its turn, unless running ones are selected, too', async () => {
    const starting = async (status: readonly string[]) => {
      const { platform, job, running } = await givenActive();
      const meanwhile = () => claimQueuedRun(platform, running);
      const late = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, meanwhile);
      const { body } = await post(late, job, 'cancel', { status, tags: ['a'] });
      return [body.changed, body.left, body.runs[0]?.outcome, body.runs[0]?.reason, await stateOf(platform, running)];
    };

    expect(await starting(['pending'])).toEqual([0, 0, 'skipped', 'has started: it is running', 'running']);
    expect(await starting(['pending', 'running'])).toEqual([1, 0, 'stopping', null, 'stopping']);
  });

  it('cancels the others if one cannot be changed, which is left', async () => {
    const { platform, job, running, waiting } = await givenActive();
    const isChange = ({ command, input }: StoreCall) => command === 'UpdateItem' && input.includes(waiting.ulid);
    const failing = { ...platform, db: refusingDb(platform.db, isChange) };

    const { status, body } = await post(failing, job, 'cancel', { job_id: job.id });

    expect(status).toBe(200);
    expect(body).toMatchObject({ changed: 1, left: 1 });
    expect(body.runs).toMatchObject([
      { run_id: publicRunId(waiting), outcome: 'skipped', reason: expect.stringMatching(/^the change failed/) },
      { run_id: publicRunId(running), outcome: 'canceled' },
    ]);
  });

  it('reports a run as canceled if only a later step failed', async () => {
    const { platform, job, running } = await givenActive();
    const failing = { ...platform, db: refusingDb(platform.db, ({ command }) => command === 'Query') };

    const { body } = await post(failing, job, 'cancel', { run_ids: [publicRunId(running)] });

    expect(body).toMatchObject({ changed: 1, left: 0, runs: [{ outcome: 'canceled' }] });
  });

  it('fails if no run can be changed', async () => {
    const { platform, job } = await givenActive();
    const failing = { ...platform, db: refusingDb(platform.db, ({ command }) => command === 'UpdateItem') };

    expect((await post(failing, job, 'cancel', { job_id: job.id })).status).toBe(500);
  });

  it('changes nothing in a dry run', async () => {
    const { platform, job, running } = await givenActive();

    const { body } = await post(platform, job, 'cancel', { job_id: job.id, dry_run: true });

    expect(body).toMatchObject({ changed: 2, dry_run: true });
    expect(await getRun(platform.db, running)).toMatchObject({ state: 'queued' });
  });
});

describe('POST /runs/redrive', () => {
  it('starts a new run for each failed run that matches, at most once', async () => {
    const { platform, job, runs } = await givenFailures();

    const first = await post(platform, job, 'redrive', { q: 'bank', acknowledge: false });
    const again = await post(platform, job, 'redrive', { q: 'bank' });

    expect(first.body).toMatchObject({ changed: 2, left: 0 });
    expect(first.body.runs.map(({ run_id, outcome }) => [run_id, outcome])).toEqual([
      [publicRunId(runs[0]), 'started'],
      [publicRunId(runs[1]), 'started'],
    ]);
    expect(again.body).toMatchObject({
      changed: 0,
      runs: [{ reason: expect.stringMatching(/^was redriven before, as /) }, {}],
    });
  });
});
