import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobView } from '../../../functions/api/flows/job-view.ts';
import type { Child } from '../../../functions/core/domain/flow/child.ts';
import { NO_RECORDS } from '../../../functions/core/domain/flow/counts.ts';
import type { RecordError } from '../../../functions/core/domain/flow/record-error.ts';
import { publicChildId, publicRunId } from '../../../functions/core/domain/run-id.ts';
import { putChild } from '../../../functions/core/store/children.ts';
import type { Db } from '../../../functions/core/store/db.ts';
import { createJob } from '../../../functions/core/store/jobs.ts';
import { putRecordErrors } from '../../../functions/core/store/record-errors.ts';
import { putRun } from '../../../functions/core/store/runs.ts';
import { putTasks } from '../../../functions/core/store/tasks.ts';
import { aChild, aFlowJob, aFlowRun, aTask, counts, iso } from '../../helpers/builders/flow-rows.ts';
import type { ApiClient, ApiResponse } from '../../helpers/clients/api.ts';
import {
  calculateDurationSeconds,
  calculateSuccessRate,
  type FlowErrors,
  flowError,
  listJobs,
  nextLink,
  pythonClient,
} from '../../helpers/clients/flow-jobs.ts';
import { flowsClient } from '../../helpers/clients/flows.ts';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { freshTenant, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';

let system: TestSystem;
let db: Db;
let close: () => void;
beforeAll(async () => {
  system = await shareTestSystem();
  ({ db, close } = systemDb(system));
});
afterAll(async () => {
  close?.();
  await system?.stop();
});

const DAY = 24 * 3_600_000;
const ERRORS = 250;
type Overrides = Parameters<typeof aFlowRun>[2];

/** Creates a tenant with the flow of the contract's examples. */
async function given({
  id = 'flow123',
  integrationId = 'int123' as string | null,
  tenant = freshTenant(),
  now = system.clock.now(),
} = {}) {
  const flow = aFlowJob({ tenant: tenantId(tenant), id, integrationId });
  await createJob(db, flow);
  return {
    tenant,
    now,
    api: await system.as(tenant, ['OPERATOR'], 'user@example.com'),
    /** Creates a run of this age in milliseconds. */
    run: async (ago: number, overrides: Overrides = {}) => {
      const run = aFlowRun(flow, now - ago, overrides);
      await putRun(db, run);
      return run;
    },
  };
}

/** Not picked up by any worker, nor by the sweeper: the run waits for its retry. */
const queued = { waiting: null, dueAt: '2999-01-01T00:00:00.000Z' } as const;
const records = { exported: 107, success: 100, error: 2, ignored: 5, pagesGenerated: 2, pagesProcessed: 2 };
const noPlan = { plan: null, ended: null };

/** Returns the end of a run created at `createdAt` that took five minutes, as in the contract's example. */
function ended(createdAt: number, state: 'completed' | 'failed' | 'canceled' = 'completed', done = records) {
  return {
    state,
    startedAt: iso(createdAt + 1_000),
    finishedAt: iso(createdAt + 300_000),
    purgeAt: iso(createdAt + 300_000 + 30 * DAY),
    flow: { plan: { attempt: 1, tasks: 1 }, ended: { records: done, doneExporting: state !== 'canceled' } },
  } as const;
}

/** Creates the contract's completed job and its two steps. */
async function givenTree(world: Awaited<ReturnType<typeof given>>, ago = 600_000) {
  const createdAt = world.now - ago;
  const run = await world.run(ago, ended(createdAt));
  const completedFields = { state: 'completed', finishedAt: run.finishedAt, doneExporting: true } as const;
  const steps: Child[] = [
    aChild(run, 'export', createdAt + 1_500, {
      ...completedFields,
      counts: counts({ in: 107, out: 106, errors: 1, pages: 2 }),
    }),
    aChild(run, 'import', createdAt + 1_500, {
      ...completedFields,
      counts: counts({ in: 101, out: 100, errors: 1, pages: 2 }),
    }),
  ];
  for (const step of steps) await putChild(db, step);
  return { run, id: publicRunId(run), steps: steps.map(publicChildId) };
}

const ids = (jobs: readonly JobView[]) => jobs.map(({ _id }) => _id);

describe('the job object', () => {
  test('equals the contract’s example', async () => {
    const world = await given();
    const { id, run } = await givenTree(world);

    const { status, body } = await world.api.get<JobView>(`/v1/jobs/${id}`);

    expect(status).toBe(200);
    expect(body).toEqual({
      _id: id,
      type: 'flow',
      status: 'completed',
      _integrationId: 'int123',
      _flowId: 'flow123',
      _exportId: 'exp123',
      _importId: null,
      _flowJobId: null,
      numSuccess: 100,
      numError: 2,
      numIgnore: 5,
      numExport: 107,
      numPagesGenerated: 2,
      numPagesProcessed: 2,
      doneExporting: true,
      flowExecutionGroupId: id,
      createdAt: iso(world.now - 600_000),
      startedAt: iso(world.now - 599_000),
      endedAt: iso(world.now - 300_000),
      lastModified: iso(world.now - 300_000),
      purgeAt: iso(world.now - 300_000 + 30 * DAY),
      canceledBy: null,
      message: null,
    });
    expect(id).toMatch(/^[A-Za-z0-9_.-]+$/);
    expect(run.flow.lineage).toBe(run.ulid);
  });

  test('has the same fields for exports and imports', async () => {
    const world = await given();
    const { id, steps } = await givenTree(world);
    const shared = {
      status: 'completed',
      _integrationId: 'int123',
      _flowId: 'flow123',
      _flowJobId: id,
      numIgnore: 0,
      doneExporting: true,
      flowExecutionGroupId: id,
      createdAt: iso(world.now - 598_500),
      startedAt: iso(world.now - 598_500),
      endedAt: iso(world.now - 300_000),
      lastModified: iso(world.now - 300_000),
      purgeAt: iso(world.now - 300_000 + 30 * DAY),
      canceledBy: null,
      message: null,
    };

    const [source, sink] = await Promise.all(steps.map(async (step) => (await world.api.get(`/v1/jobs/${step}`)).body));

    expect(source).toEqual({
      ...shared,
      _id: `${id}.E.exp123`,
      type: 'export',
      _exportId: 'exp123',
      _importId: null,
      numSuccess: 106,
      numError: 1,
      numExport: 107,
      numPagesGenerated: 2,
      numPagesProcessed: 0,
    });
    expect(sink).toEqual({
      ...shared,
      _id: `${id}.I.imp123`,
      type: 'import',
      _exportId: null,
      _importId: 'imp123',
      numSuccess: 100,
      numError: 1,
      numExport: 101,
      numPagesGenerated: 0,
      numPagesProcessed: 2,
    });
  });

  test('has the contract’s statuses', async () => {
    const { api, run } = await given();
    const running = {
      startedAt: iso(system.clock.now()),
      flow: noPlan,
      lease: { token: 'x', until: '2999-01-01T00:00:00.000Z' },
    };
    const failure = { kind: 'error', message: 'source exp123: 503 Service Unavailable' } as const;
    await run(6, { ...queued });
    await run(5, { ...running, state: 'running' });
    await run(4, { ...running, state: 'stopping', canceledBy: 'ana@acme.test' });
    await run(3, { state: 'completed', finishedAt: iso(system.clock.now()) });
    await run(2, { state: 'failed', failure, finishedAt: iso(system.clock.now()) });
    await run(1, { state: 'canceled', canceledBy: 'ana@acme.test', finishedAt: iso(system.clock.now()) });

    const jobs = await listJobs(api);

    expect(jobs.map(({ status, canceledBy, message }) => [status, canceledBy, message])).toEqual([
      ['canceled', 'ana@acme.test', null],
      ['failed', null, failure.message],
      ['completed', null, null],
      ['running', 'ana@acme.test', null],
      ['running', null, null],
      ['queued', null, null],
    ]);
  });

  test('counts a running job from its tasks, consistently with its steps', async () => {
    const { api, run, now } = await given();
    const flowRun = await run(60_000, {
      state: 'running',
      startedAt: iso(now - 59_000),
      flow: { plan: { attempt: 1, tasks: 2 } },
    });
    const lease = { token: 'x', until: iso(now + 10 * DAY) };
    const task = aTask(flowRun, now - 58_000, {
      lease,
      operators: [counts({ in: 60, out: 59, errors: 1, pages: 1 }), counts({ in: 50, out: 48, errors: 2, pages: 1 })],
      records: { exported: 60, success: 47, error: 3, ignored: 9, pagesGenerated: 1, pagesProcessed: 1 },
    });
    const other = aTask(flowRun, now - 58_000, {
      index: 1,
      lease,
      open: [],
      operators: [counts({ in: 40, out: 40, pages: 1 }), counts({})],
      records: { ...NO_RECORDS, exported: 40, pagesGenerated: 1 },
    });
    await putTasks(db, [task, other], 1);
    await putChild(db, aChild(flowRun, 'export', now - 58_500));
    await putChild(db, aChild(flowRun, 'import', now - 58_500));

    const jobs = await listJobs(api, '?status=running');

    expect(jobs).toMatchObject([
      { type: 'import', numExport: 50, numSuccess: 48, numError: 2, numPagesProcessed: 1, doneExporting: false },
      { type: 'export', numExport: 100, numSuccess: 99, numError: 1, numPagesGenerated: 2, doneExporting: false },
      {
        type: 'flow',
        numExport: 100,
        numSuccess: 47,
        numError: 3,
        numIgnore: 9,
        numPagesGenerated: 2,
        doneExporting: false,
      },
    ]);
    expect(await listJobs(api, '?flow_id=flow123')).toEqual(jobs);
    expect(await Promise.all(ids(jobs).map(async (id) => (await api.get(`/v1/jobs/${id}`)).body))).toEqual(jobs);
  });

  test('shows the run’s end for a step whose row was not updated', async () => {
    const { api, run, now } = await given();
    const flowRun = await run(60_000, ended(now - 60_000, 'failed'));
    const open = { operators: [counts({ in: 107, out: 106, errors: 1 }), counts({})], open: [] };
    await putTasks(db, [aTask(flowRun, now - 50_000, { ...open, state: 'done' })], 1);
    await putChild(db, aChild(flowRun, 'export', now - 58_500));

    const [step] = await listJobs(api, '?status=failed&type=export');

    expect(step).toMatchObject({ status: 'failed', numExport: 107, numError: 1, endedAt: flowRun.finishedAt });
    expect(await listJobs(api, '?status=running')).toEqual([]);
    expect(await listJobs(api, '?status_in=completed,failed&type=export')).toEqual([step]);
  });
});

describe('GET /v1/jobs', () => {
  /**
   * Creates jobs of two flows and two integrations. Per flow, newest first: completed tree, failed, canceled, queued.
   */
  async function givenMany() {
    const tenant = freshTenant();
    const first = await given({ tenant, id: 'flow1', integrationId: 'abc123' });
    const second = await given({ tenant, id: 'flow2', integrationId: null, now: first.now });
    const none = { ...NO_RECORDS };
    const jobs: Record<string, string> = {};
    for (const [name, world] of Object.entries({ first, second })) {
      const shift = name === 'first' ? 0 : 1;
      const { id, steps } = await givenTree(world, 600_000 + shift);
      const failed = await world.run(500_000 + shift, {
        ...ended(world.now - 500_000, 'failed', { ...none, exported: 10, success: 8, error: 2 }),
        flow: {
          exportId: 'exp9',
          plan: null,
          ended: { records: { ...none, exported: 10, success: 8, error: 2 }, doneExporting: true },
        },
      });
      const canceled = await world.run(400_000 + shift, ended(world.now - 400_000, 'canceled', none));
      const waiting = await world.run(300_000 + shift, { ...queued });
      Object.assign(jobs, {
        [`${name}.flow`]: id,
        [`${name}.export`]: steps[0],
        [`${name}.import`]: steps[1],
        [`${name}.failed`]: publicRunId(failed),
        [`${name}.canceled`]: publicRunId(canceled),
        [`${name}.queued`]: publicRunId(waiting),
      });
    }
    const names = new Map(Object.entries(jobs).map(([name, id]) => [id, name]));
    const list = async (query: string) => ids(await listJobs(first.api, query)).map((id) => names.get(id) ?? id);
    const at = (ago: number) => first.now - ago;
    return { api: first.api, list, jobs, at };
  }
  let many: Awaited<ReturnType<typeof givenMany>>;
  beforeAll(async () => {
    many = await givenMany();
  });

  test('lists all jobs, newest first', async () => {
    const jobs = await listJobs(many.api);

    expect(ids(jobs).sort()).toEqual(Object.values(many.jobs).sort());
    expect(jobs.map(({ createdAt }) => createdAt)).toEqual(
      jobs
        .map(({ createdAt }) => createdAt)
        .sort()
        .reverse(),
    );
  });

  const firsts = ['first.canceled', 'first.export', 'first.failed', 'first.flow', 'first.import', 'first.queued'];
  const seconds = firsts.map((name) => name.replace('first', 'second'));
  const both = (...names: string[]) => names.flatMap((name) => [`first.${name}`, `second.${name}`]);

  test.each([
    ['integration_id=abc123', firsts],
    ['integration_id=nobodys', []],
    ['flow_id=flow1', firsts],
    ['flow_id=flow3', []],
    ['export_id=exp123', both('flow', 'export', 'canceled', 'queued')],
    ['export_id=exp9', both('failed')],
    ['import_id=imp123', both('import')],
    ['status=running', []],
    ['status=completed', both('flow', 'export', 'import')],
    ['status=failed', both('failed')],
    ['status=canceled', both('canceled')],
    ['status=queued', both('queued')],
    ['status_in=failed,queued', both('failed', 'queued')],
    ['status_in=failed,completed&type=flow', both('failed', 'flow')],
    ['type=flow', both('flow', 'failed', 'canceled', 'queued')],
    ['type=export', both('export')],
    ['type=import', both('import')],
    ['type_in=export,import', both('export', 'import')],
    ['type=flow&type_in=export', []],
    ['flow_id_in=flow1,flow2,flow3', [...firsts, ...seconds]],
    ['flow_id_in=flow2,flow3', seconds],
    ['flow_id=flow2&flow_id_in=flow1,flow2', seconds],
    ['numSuccess_gte=100', both('flow', 'import', 'export')],
    ['numSuccess_lte=10', both('failed', 'canceled', 'queued')],
    ['numSuccess_gte=8&numSuccess_lte=8', both('failed')],
    ['numIgnore_gte=1', both('flow')],
    ['numExport_gte=107', both('flow', 'export')],
    ['type=flow&numError_gte=1', both('flow', 'failed')],
    ['numError_lte=0&status=canceled', both('canceled')],
  ])('filters by %s', async (query, names) => {
    expect((await many.list(`?${query}`)).sort()).toEqual([...names].sort());
  });

  test.each([
    ['_flowId=flow1', 'flow_id=flow1'],
    ['_flowId_in=flow1,flow2', 'flow_id_in=flow1,flow2'],
    ['_integrationId=abc123', 'integration_id=abc123'],
    ['_exportId=exp9', 'export_id=exp9'],
    ['_importId=imp123', 'import_id=imp123'],
  ])('treats %s as %s', async (alias, name) => {
    const jobs = await many.list(`?${alias}`);

    expect(jobs.length).toBeGreaterThan(0);
    expect(jobs).toEqual(await many.list(`?${name}`));
  });

  test('filters by inclusive dates in any format', async () => {
    const { list, at } = many;
    const [from, through] = [at(500_001), at(400_000)];
    const expected = ['first.canceled', 'second.canceled', 'first.failed', 'second.failed'];

    expect(await list(`?createdAt_gte=${iso(from)}&createdAt_lte=${iso(through)}`)).toEqual(expected);
    expect(await list(`?createdAt_gte=${from}&createdAt_lte=${through}`)).toEqual(expected);
    expect(await list(`?createdAt_gte=${from + 1}&createdAt_lte=${through - 1}`)).toEqual(expected.slice(1, 3));
    expect(await list(`?status_in=failed,canceled&createdAt_gte=${from + 1}&createdAt_lte=${through - 1}`)).toEqual(
      expected.slice(1, 3),
    );
    const [yesterday, today, tomorrow] = [-DAY, 0, DAY].map((days) => iso(at(0) + days).slice(0, 10));
    expect(await list(`?createdAt_gte=${yesterday}&createdAt_lte=${today}`)).toHaveLength(12);
    expect(await list(`?createdAt_gte=${tomorrow}`)).toEqual([]);
    expect(await list(`?createdAt_gte=${from}&createdAt_lte=${from - 1}`)).toEqual([]);
  });

  test('answers the contract’s common queries', async () => {
    const { list, at, jobs } = many;
    expect(await list('?status=running')).toEqual([]);
    expect(await list(`?status=failed&createdAt_gte=${iso(at(DAY))}`)).toEqual(['first.failed', 'second.failed']);
    expect(await list('?type=flow&numError_gte=1')).toEqual([
      'first.failed',
      'second.failed',
      'first.flow',
      'second.flow',
    ]);
    for (const name of ['flow_job_id', '_flowJobId']) {
      expect(await list(`?${name}=${jobs['first.flow']}`)).toEqual(['first.export', 'first.import']);
      expect(await list(`?${name}=${jobs['first.flow']}&type=import&numError_gte=1`)).toEqual(['first.import']);
    }
    expect(await list(`?createdAt_gte=${iso(at(700_000))}&createdAt_lte=${iso(at(0))}`)).toHaveLength(12);
  });

  test('returns no children for ids that are not flow jobs', async () => {
    const { list, jobs } = many;
    const unknownIds = ['job123', jobs['first.export'], 'flow1.abc12345.01JNXA3V5T9YV0Q2Z6W8M4R7B1'];
    for (const id of unknownIds) expect(await list(`?flow_job_id=${id}`)).toEqual([]);
    const otherTenant = await system.as(freshTenant());
    expect(await listJobs(otherTenant, `?flow_job_id=${jobs['first.flow']}`)).toEqual([]);
    expect(await listJobs(otherTenant)).toEqual([]);
  });

  test.each([
    ['limit=10', /^query: unknown query parameter 'limit'; known are type, /],
    ['status=done', 'status: must be queued or running or completed or failed or canceled, got "done"'],
    ['status=running&status=failed', /^status: must be .*, got "running,failed"$/],
    ['type=script', 'type: must be flow or export or import, got "script"'],
    ['createdAt_gte=soon', /^createdAt_gte: must be a time such as .*, a date, or epoch milliseconds, got "soon"$/],
    ['numSuccess_gte=many', 'numSuccess_gte: must be a whole number, got "many"'],
    ['flow_id=a&_flowId=a', '_flowId: must be absent beside flow_id, which is the same filter'],
    ['cursor=x', /^cursor: must be the one of a `Link: rel="next"` header, with the same filter beside it$/],
  ])('refuses %s', async (query, message) => {
    const { status, body } = await many.api.get<FlowErrors>(`/v1/jobs?${query}`);

    expect(status).toBe(400);
    expect(body).toEqual({ errors: [{ code: 'invalid_query', message: expect.stringMatching(message) }] });
  });
});

describe('an id that is not a job', () => {
  const notFound = flowError(404, 'not_found', 'Job not found');

  test('includes runs of scripts, which are neither listed nor found', async () => {
    const tenant = freshTenant();
    const admin = await system.as(tenant);
    const runner = runnerClient(admin);
    await runner.define({ id: 'nightly', script: 'echo' });
    await runner.define({ id: 'broken', script: 'fail' });
    const done = await runner.trigger('nightly');
    await runner.trigger('broken');

    for (const query of ['', '?status=failed', '?status=completed', '?flow_id=nightly']) {
      expect(await listJobs(admin, query)).toEqual([]);
    }
    for (const id of [done.run_id, `${done.run_id}.E.exp123`]) {
      expect(await admin.get(`/v1/jobs/${id}`)).toMatchObject(notFound);
      expect(await admin.delete(`/v1/jobs/${id}`)).toMatchObject(notFound);
      expect(await admin.get(`/v1/jobs/${id}/joberrors`)).toMatchObject(notFound);
    }
    expect(await listJobs(admin, `?flow_job_id=${done.run_id}`)).toEqual([]);
  });

  test.each(['job123', 'flow123.abc12345.01JNXA3V5T9YV0Q2Z6W8M4R7B1', 'a%23b', '%00'])('includes %s', async (id) => {
    const { api } = await given();
    expect(await api.get(`/v1/jobs/${id}`)).toMatchObject(notFound);
  });

  test('includes another tenant’s job', async () => {
    const world = await given();
    const { id, steps } = await givenTree(world);
    const { api: otherTenant } = await given();

    for (const one of [id, ...steps]) {
      expect(await otherTenant.get(`/v1/jobs/${one}`)).toMatchObject(notFound);
      expect(await otherTenant.delete(`/v1/jobs/${one}`)).toMatchObject(notFound);
      expect(await otherTenant.put(`/v1/jobs/${one}/cancel`)).toMatchObject(notFound);
      expect(await otherTenant.get(`/v1/jobs/${one}/joberrors`)).toMatchObject(notFound);
    }
  });

  test('includes an expired job and its steps', async () => {
    const { api, run, now } = await given();
    const past = await run(60_000, { ...ended(now - 60_000, 'failed'), purgeAt: iso(now - 1) });
    const child = aChild(past, 'export', now - 59_000, {
      state: 'failed',
      counts: counts({}),
      finishedAt: past.finishedAt,
    });
    await putChild(db, child);

    for (const query of ['', '?status=failed', `?flow_job_id=${publicRunId(past)}`]) {
      expect(await listJobs(api, query)).toEqual([]);
    }
    for (const id of [publicRunId(past), publicChildId(child)]) {
      expect(await api.get(`/v1/jobs/${id}`)).toMatchObject(notFound);
    }
  });

  test('includes a job of a deleted flow', async () => {
    const world = await given();
    const { id, steps } = await givenTree(world);
    const admin = await system.as(world.tenant);

    expect((await admin.delete('/jobs/flow123')).status).toBe(200);

    expect(await listJobs(admin)).toEqual([]);
    expect(await listJobs(admin, `?flow_job_id=${id}`)).toEqual([]);
    for (const one of [id, ...steps]) expect(await admin.get(`/v1/jobs/${one}`)).toMatchObject(notFound);
  });
});

describe('a cancellation', () => {
  const cancels: readonly [string, (api: ApiClient, id: string) => Promise<ApiResponse<JobView>>][] = [
    ['DELETE /v1/jobs/{id}', (api, id) => api.delete<JobView>(`/v1/jobs/${id}`)],
    ['PUT /v1/jobs/{id}/cancel', (api, id) => api.put<JobView>(`/v1/jobs/${id}/cancel`)],
  ];

  test.each(cancels)('returns the canceled job by %s', async (_, cancel) => {
    const { api, run } = await given();
    const id = publicRunId(await run(1_000, { ...queued }));

    const { status, body } = await cancel(api, id);

    expect(status).toBe(200);
    expect(body).toMatchObject({
      _id: id,
      type: 'flow',
      status: 'canceled',
      canceledBy: 'user@example.com',
      endedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    expect((await api.get(`/v1/jobs/${id}`)).body).toEqual(body);
    expect(Date.parse(body.purgeAt) - Date.parse(body.endedAt ?? '')).toBe(30 * DAY);
  });

  test.each(cancels)('accepts flow jobs only by %s', async (_, cancel) => {
    const world = await given();
    const { steps } = await givenTree(world);

    for (const step of steps) {
      expect(await cancel(world.api, step)).toMatchObject(
        flowError(422, 'invalid_operation', 'Only flow jobs can be canceled'),
      );
    }
  });

  test.each(['completed', 'failed', 'canceled'] as const)('refuses a job that is %s', async (state) => {
    const { api, run, now } = await given();
    const id = publicRunId(await run(600_000, ended(now - 600_000, state)));
    const { body: before } = await api.get(`/v1/jobs/${id}`);

    for (const [, cancel] of cancels) {
      expect(await cancel(api, id)).toMatchObject(flowError(409, 'conflict', `Cannot cancel ${state} job`));
    }
    expect((await api.get(`/v1/jobs/${id}`)).body).toEqual(before);
  });

  test('refuses members', async () => {
    const { tenant, run } = await given();
    const id = publicRunId(await run(1_000, { ...queued }));
    const member = await system.as(tenant, ['MEMBER']);

    for (const [, cancel] of cancels) expect((await cancel(member, id)).status).toBe(403);
    expect((await member.get(`/v1/jobs/${id}`)).body).toMatchObject({ status: 'queued' });
  });
});

describe('GET /v1/jobs/{id}/joberrors', () => {
  const anError = (i: number, overrides: Partial<RecordError> = {}): RecordError => ({
    operator: 'imp123',
    split: 0,
    page: Math.floor(i / 100),
    index: i % 100,
    task: 0,
    message: `refused with 422: sku ${i}`,
    input: JSON.stringify({ sku: i }),
    occurredAt: '2026-03-02T01:03:00.000Z',
    ...overrides,
  });

  let failing: Awaited<ReturnType<typeof givenErrors>>;
  beforeAll(async () => {
    failing = await givenErrors();
  });
  async function givenErrors() {
    const world = await given();
    const tree = await givenTree(world);
    const errors = Array.from({ length: ERRORS }, (_, i) => anError(i));
    const others = [
      anError(0, { operator: 'exp123', message: 'line 7: not JSON', input: '{"sku":', split: 1, page: 2, task: 1 }),
      anError(0, { operator: 'map_1', message: 'sku is missing' }),
    ];
    await putRecordErrors(db, tree.run, [...errors, ...others]);
    return { ...world, ...tree };
  }
  type ErrorView = Readonly<Record<string, unknown>>;

  test('returns failed records with their input and place', async () => {
    const { api, id, run } = failing;

    const { status, body } = await api.get<ErrorView[]>(`/v1/jobs/${id}/joberrors`);

    expect(status).toBe(200);
    expect(body).toHaveLength(100);
    const shared = { _flowJobId: id, createdAt: '2026-03-02T01:03:00.000Z', purgeAt: run.purgeAt };
    expect(body.slice(0, 2)).toEqual([
      {
        ...shared,
        _id: `${id}.exp123.1.2.0`,
        _jobId: `${id}.E.exp123`,
        type: 'export',
        operatorId: 'exp123',
        message: 'line 7: not JSON',
        record: '{"sku":',
        position: { split: 1, page: 2, index: 0 },
        taskIndex: 1,
      },
      {
        ...shared,
        _id: `${id}.imp123.0.0.0`,
        _jobId: `${id}.I.imp123`,
        type: 'import',
        operatorId: 'imp123',
        message: 'refused with 422: sku 0',
        record: '{"sku":0}',
        position: { split: 0, page: 0, index: 0 },
        taskIndex: 0,
      },
    ]);
  });

  test('links to the next page, so that each error is visited once', async () => {
    const { api, id } = failing;
    const found: ErrorView[] = [];
    const sizes: number[] = [];

    for (let next: string | undefined = `/v1/jobs/${id}/joberrors?limit=100`; next !== undefined; ) {
      const answer = await api.get<ErrorView[]>(next);
      expect(answer.status).toBe(200);
      found.push(...answer.body);
      sizes.push(answer.body.length);
      next = nextLink(answer);
    }

    expect(sizes).toEqual([100, 100, 52]);
    expect(new Set(found.map(({ _id }) => _id)).size).toBe(ERRORS + 2);
    expect(found.at(-1)).toMatchObject({ operatorId: 'map_1', type: 'transform', _jobId: `${id}.I.imp123` });
  });

  describe('a flow with a failing transform', () => {
    test('counts errors of steps that add up to those of the flow and assigns errors of transforms to the first import', async () => {
      const api = await system.as(freshTenant());
      const flows = flowsClient(api);
      await flows.define('orders', {
        sources: [
          { id: 'exp', type: 'inline', records: [{ sku: 'a', cents: 5 }, { sku: 'b', cents: 'x' }, { cents: 0 }] },
        ],
        transforms: [
          { id: 'charged', type: 'filter', where: '$string(cents) != "0"' },
          { id: 'doubled', type: 'map', to: '{ "sku": sku, "cents": cents * 2 }' },
        ],
        sinks: [
          { id: 'first', type: 'preview' },
          { id: 'second', type: 'preview' },
        ],
      });
      const jobId = await flows.start('orders');
      await flows.waitForEnd(jobId);
      const errorsOf = async (id: string) => (await api.get<ErrorView[]>(`/v1/jobs/${id}/joberrors`)).body;

      const { flow, exports, imports } = await pythonClient(api).getJobTree(jobId);

      expect(flow).toMatchObject({ numExport: 3, numSuccess: 1, numError: 1, numIgnore: 1 });
      expect(exports).toMatchObject([{ numExport: 3, numSuccess: 3, numError: 0, numIgnore: 0 }]);
      expect(imports.map((step) => [step._importId, step.numExport, step.numSuccess, step.numError])).toEqual(
        expect.arrayContaining([
          ['first', 2, 1, 1],
          ['second', 1, 1, 0],
        ]),
      );
      const [first] = imports.filter((step) => step._importId === 'first');
      const failed = await errorsOf(first?._id ?? '');
      expect(failed).toMatchObject([
        { operatorId: 'doubled', type: 'transform', _jobId: first?._id, _flowJobId: jobId },
      ]);
      expect(await errorsOf(jobId)).toEqual(failed);
      for (const step of [...exports, ...imports].filter(({ _importId }) => _importId !== 'first')) {
        expect(await errorsOf(step._id)).toEqual([]);
      }
    });
  });

  test('returns only the errors of an export or import', async () => {
    const { api, steps } = failing;
    const [source, sink] = await Promise.all(
      steps.map(async (step) => (await api.get<ErrorView[]>(`/v1/jobs/${step}/joberrors?limit=1000`)).body),
    );

    expect(source).toMatchObject([{ message: 'line 7: not JSON' }]);
    expect(sink).toHaveLength(ERRORS);
    expect(new Set(sink?.map(({ operatorId }) => operatorId))).toEqual(new Set(['imp123']));
  });

  test('ends a page before the response grows too large', async () => {
    const world = await given();
    const { run, id } = await givenTree(world);
    const input = '"'.repeat(4_096);
    await putRecordErrors(
      db,
      run,
      Array.from({ length: 350 }, (_, i) => anError(i, { input })),
    );

    const first = await world.api.get<ErrorView[]>(`/v1/jobs/${id}/joberrors?limit=1000`);
    const second = await world.api.get<ErrorView[]>(nextLink(first) ?? '');

    expect(first.body.length).toBeLessThan(350);
    expect(first.body.length + second.body.length).toBe(350);
    expect(nextLink(second)).toBeUndefined();
  });

  test('returns an empty list without failures', async () => {
    const world = await given();
    const { id } = await givenTree(world);
    const answer = await world.api.get(`/v1/jobs/${id}/joberrors`);

    expect(answer).toMatchObject({ status: 200, body: [] });
    expect(nextLink(answer)).toBeUndefined();
  });

  test.each([
    ['limit=0', 'limit: must be 1–1000, got "0"'],
    ['limit=1001', 'limit: must be 1–1000, got "1001"'],
    ['limit=ten', 'limit: must be 1–1000, got "ten"'],
    ['page=2', "query: unknown query parameter 'page'; known are limit, cursor"],
    ['cursor=x.y', 'cursor: must be the one of a `Link: rel="next"` header, with the same filter beside it'],
  ])('refuses %s', async (query, message) => {
    const world = await given();
    const { id } = await givenTree(world);

    expect(await world.api.get(`/v1/jobs/${id}/joberrors?${query}`)).toMatchObject(
      flowError(400, 'invalid_query', message),
    );
  });

  test('refuses the cursor of another job', async () => {
    const { api, id, steps } = failing;
    const next = nextLink(await api.get(`/v1/jobs/${id}/joberrors`)) ?? '';

    expect((await api.get(next)).status).toBe(200);
    expect((await api.get(next.replace(id, steps[1] ?? ''))).status).toBe(400);
  });
});

describe('the contract’s Python examples', () => {
  test('include get_job_tree', async () => {
    const world = await given();
    const { id, steps } = await givenTree(world);

    const tree = await pythonClient(world.api).getJobTree(id);

    expect(tree.flow).toMatchObject({ _id: id, type: 'flow' });
    expect(ids(tree.exports)).toEqual([steps[0]]);
    expect(ids(tree.imports)).toEqual([steps[1]]);
  });

  test('include get_all_jobs', async () => {
    const world = await given();
    const { id, steps } = await givenTree(world);

    const { allJobs, requests } = await pythonClient(world.api).getAllJobs('flow123', iso(world.now - DAY));

    expect(ids(allJobs).sort()).toEqual([id, ...steps].sort());
    expect(requests).toBe(1);
    expect(await pythonClient(world.api).getAllJobs('flow4', '2024-01-01')).toEqual({ allJobs: [], requests: 1 });
  });

  test('include calculate_success_rate and calculate_duration_seconds', async () => {
    const world = await given();
    const { id } = await givenTree(world);
    const { body: done } = await world.api.get<JobView>(`/v1/jobs/${id}`);
    const { body: waiting } = await world.api.get<JobView>(
      `/v1/jobs/${publicRunId(await world.run(1_000, { ...queued }))}`,
    );

    expect(calculateSuccessRate(done)).toBeCloseTo((100 / 107) * 100);
    expect(calculateDurationSeconds(done)).toBe(299);
    expect(calculateSuccessRate(waiting)).toBe(100);
    expect(calculateDurationSeconds(waiting)).toBeNull();
  });
});
