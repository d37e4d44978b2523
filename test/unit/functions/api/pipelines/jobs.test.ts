import { describe, expect, test } from 'vitest';
import type { ReadBudget } from '../../../../../functions/api/http/read-budget.ts';
import { createSurfaceHandler } from '../../../../../functions/api/http/surface-handler.ts';
import { pipelinesErrors } from '../../../../../functions/api/pipelines/errors.ts';
import type { JobSummaryView } from '../../../../../functions/api/pipelines/job-view.ts';
import { listJobs } from '../../../../../functions/api/pipelines/jobs.ts';
import type { Job } from '../../../../../functions/core/domain/job.ts';
import type { Run, RunWithFlow } from '../../../../../functions/core/domain/run.ts';
import { encodeUlidTime, publicRunId } from '../../../../../functions/core/domain/run-id.ts';
import { DAY_MS } from '../../../../../functions/core/domain/timing.ts';
import { createJob } from '../../../../../functions/core/store/jobs.ts';
import { putTasks } from '../../../../../functions/core/store/tasks.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { aFlowJob, aFlowRun, aTask, iso, putRuns } from '../../../../helpers/builders/flow-rows.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { invokeHandler } from '../../../../helpers/clients/handler.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { START, testPlatform } from '../../../../helpers/fakes/platform.ts';

const store = { db: memoryDb() };

async function givenPipeline(overrides: Partial<Job> = {}): Promise<Job> {
  const pipeline = aFlowJob({ tenant: newTenant(), ...overrides });
  await createJob(store.db, pipeline);
  return pipeline;
}

const given = (runs: readonly Run[]) => putRuns(store.db, runs);

type Overrides = NonNullable<Parameters<typeof aFlowRun>[2]>;

/** `n` runs, one second apart, oldest first. */
const several = (pipeline: Job, n: number, overrides: Overrides = {}) =>
  Array.from({ length: n }, (_, i) => aFlowRun(pipeline, START + i * 1_000, overrides));

const finished = { state: 'completed', startedAt: iso(START), finishedAt: iso(START + 1_000) } as const;

interface ListBody {
  readonly data: readonly JobSummaryView[];
  readonly has_more: boolean;
}

/** Calls `GET /api/v1/jobs` for the pipeline's tenant. */
function listOf({ tenant }: Job, budget: Partial<ReadBudget> = {}, remainingMs = 29_000) {
  const platform = testPlatform(store.db);
  const handler = createSurfaceHandler({
    routes: [listJobs],
    dependencies: () => ({ ...platform, readBudget: { keys: 10_000, rows: 10_000, reservedMs: 1_000, ...budget } }),
    errors: pipelinesErrors,
    verify: async () => ({ tenant, roles: ['MEMBER'], name: 'ana@acme.test' }),
    log: platform.log,
  });
  return async (query: Record<string, string> = {}) => {
    const headers = { authorization: 'Bearer a.b.c' };
    const answer = await invokeHandler(handler, { routeKey: 'GET /api/v1/jobs', query, headers }, remainingMs);
    return { ...answer, body: answer.body as ListBody };
  };
}

const page = (runs: readonly Run[], has_more: boolean) => ({ ids: runs.map(publicRunId), has_more });
const shown = ({ body }: { readonly body: ListBody }) => ({
  ids: body.data.map(({ id }) => id),
  has_more: body.has_more,
});
const refused = (message: unknown) => ({ status: 400, body: { error: { code: 'input.invalid', message } } });

describe('a page of jobs', () => {
  test('has 20 jobs by default, newest first, and tells whether more follow', async () => {
    const pipeline = await givenPipeline();
    const newest = [...(await given(several(pipeline, 21)))].reverse();
    const list = listOf(pipeline);

    expect(shown(await list())).toEqual(page(newest.slice(0, 20), true));
    expect(shown(await list({ limit: '21' }))).toEqual(page(newest, false));
    expect(shown(await list({ offset: '20' }))).toEqual(page(newest.slice(20), false));
    expect(shown(await list({ offset: '1' }))).toEqual(page(newest.slice(1), false));
    expect(shown(await list({ limit: '1', offset: '19' }))).toEqual(page(newest.slice(19, 20), true));
    expect(shown(await list({ limit: '1', offset: '20' }))).toEqual(page(newest.slice(20), false));
    expect(shown(await list({ offset: '21' }))).toEqual(page([], false));
    expect(shown(await list({ offset: '999999999' }))).toEqual(page([], false));
  });

  test('ends the list when no later job matches', async () => {
    const pipeline = await givenPipeline();
    const [a, b] = await given([
      aFlowRun(pipeline, START + 2_000, finished),
      aFlowRun(pipeline, START + 1_000, finished),
      aFlowRun(pipeline, START, { state: 'failed', finishedAt: iso(START + 500) }),
    ]);

    for (const narrow of [{}, { pipeline_id: pipeline.id }]) {
      const list = listOf(pipeline);
      expect(shown(await list({ ...narrow, state: 'Finished', limit: '2' }))).toEqual(page([a, b] as Run[], false));
      expect(shown(await list({ ...narrow, limit: '2' }))).toEqual(page([a, b] as Run[], true));
    }
  });

  test('spans several pages of the index, also oldest first', async () => {
    const pipeline = await givenPipeline();
    const runs = await given(several(pipeline, 2_030));
    const list = listOf(pipeline);

    expect(shown(await list({ sort: 'created_at', offset: '1990', limit: '40' }))).toEqual(
      page(runs.slice(1_990), false),
    );
    expect(shown(await list({ sort: 'created_at:asc', limit: '2' }))).toEqual(page(runs.slice(0, 2), true));
    expect(shown(await list({ sort: '-created_at', offset: '1999', limit: '31', state: 'Created' }))).toEqual(
      page(runs.slice(0, 31).reverse(), false),
    );
  });
});

describe('listJobs', () => {
  test('lists runs of flows only, without expired runs and runs of deleted pipelines', async () => {
    const pipeline = await givenPipeline();
    const [run] = await given([
      aFlowRun(pipeline, START, finished),
      aFlowRun(pipeline, START - 1, { ...finished, purgeAt: iso(START) }),
      aFlowRun({ ...pipeline, incarnation: 'deleted1' }, START - 2, finished),
      aFlowRun({ ...pipeline, id: 'unknown' }, START - 3, finished),
      endedRun({ ...pipeline, id: 'script' }, 1, { createdAt: iso(START - 4) }),
    ]);

    const list = listOf(pipeline);
    for (const query of [{}, { state: 'Finished' }, { running: 'false' }, { pipeline_id: pipeline.id }]) {
      expect(shown(await list(query))).toEqual(page([run as Run], false));
    }
    expect(shown(await list({ pipeline_id: 'script' }))).toEqual(page([], false));
    expect(shown(await list({ pipeline_id: 'nobodys' }))).toEqual(page([], false));
    expect(shown(await listOf(await givenPipeline())())).toEqual(page([], false));
  });

  test('filters by pipeline with any state', async () => {
    const pipeline = await givenPipeline();
    const other = await givenPipeline({ tenant: pipeline.tenant, id: 'other' });
    const [done, waiting] = await given([
      aFlowRun(pipeline, START, finished),
      aFlowRun(pipeline, START + 1),
      aFlowRun(other, START + 2),
      aFlowRun(other, START + 3, finished),
    ]);
    const list = listOf(pipeline);

    const of = async (query: Record<string, string>) => shown(await list({ pipeline_id: pipeline.id, ...query }));
    expect(await of({})).toEqual(page([waiting, done] as Run[], false));
    expect(await of({ running: 'true' })).toEqual(page([waiting as Run], false));
    expect(await of({ state: 'Finished' })).toEqual(page([done as Run], false));
    expect(await of({ state: 'Finished', running: 'true' })).toEqual(page([], false));
  });

  describe('the parameter running', () => {
    test('accepts booleans in the spellings of Python and JSON only', async () => {
      const pipeline = await givenPipeline();
      const [waiting, done] = (await given([
        aFlowRun(pipeline, START),
        aFlowRun(pipeline, START + 1, finished),
      ])) as Run[];
      const list = listOf(pipeline);

      for (const running of ['true', 'True', 'TRUE']) {
        expect(shown(await list({ running }))).toEqual(page([waiting as Run], false));
      }
      expect(shown(await list({ running: 'False' }))).toEqual(page([done as Run], false));
      for (const running of ['', '1', 'yes', 'true,true']) {
        expect(await list({ running })).toMatchObject(refused(`running: must be true or false, got "${running}"`));
      }
    });
  });

  test('orders the jobs of a pipeline by creation, even if ticks were created late', async () => {
    const pipeline = await givenPipeline();
    const minute = 60_000;
    /** Created at `createdAt` for a tick at `tickAt`. */
    const tick = (number: number, tickAt: number, createdAt: number): RunWithFlow => ({
      ...aFlowRun(pipeline, createdAt, { ...finished, number }),
      ulid: `${encodeUlidTime(tickAt)}0000000000${String(number).padStart(6, '0')}`,
    });
    const early = Array.from({ length: 120 }, (_, i) => tick(i, START - i * minute, START - i * minute));
    const late = tick(999, START - 110 * minute, START - 95.5 * minute);
    await given([...early, late]);
    const expected = [...early.slice(0, 96), late, ...early.slice(96)];
    const list = listOf(pipeline);

    const around = { pipeline_id: pipeline.id, offset: '90', limit: '31' };
    expect(shown(await list(around))).toEqual(page(expected.slice(90), false));
    expect(shown(await list({ ...around, sort: 'created_at', offset: '20', limit: '10' }))).toEqual(
      page([...expected].reverse().slice(20, 30), true),
    );
  });

  test('filters by each of the nine states', async () => {
    const pipeline = await givenPipeline();
    const planned = { flow: { plan: { attempt: 1, tasks: 1 } }, startedAt: iso(START), attempt: 1 };
    const restart = { from: '01JNXA3V5T9YV0Q2Z6W8000001', epoch: null, parallelism: 4, rescaled: true };
    const lease = { token: 'token', until: iso(START + DAY_MS) };
    const runs = {
      Created: aFlowRun(pipeline, START + 9),
      Scheduling: aFlowRun(pipeline, START + 8, { state: 'running', attempt: 1, lease }),
      Rescaling: aFlowRun(pipeline, START + 7, { state: 'running', attempt: 1, lease, flow: { restart } }),
      Running: aFlowRun(pipeline, START + 6, { state: 'running', ...planned }),
      Recovering: aFlowRun(pipeline, START + 5, { state: 'running', ...planned }),
      Stopping: aFlowRun(pipeline, START + 4, { state: 'stopping', ...planned }),
      Stopped: aFlowRun(pipeline, START + 3, { state: 'canceled', finishedAt: iso(START + 5) }),
      Failed: aFlowRun(pipeline, START + 2, { state: 'failed', finishedAt: iso(START + 5) }),
      Finished: aFlowRun(pipeline, START + 1, finished),
    };
    await given(Object.values(runs));
    await putTasks(store.db, [aTask(runs.Running, START)], 1);
    await putTasks(store.db, [aTask(runs.Recovering, START, { failures: 1, failure: 'no answer' })], 1);
    const list = listOf(pipeline);

    expect((await list()).body.data.map(({ state }) => state)).toEqual(Object.keys(runs));
    for (const [state, run] of Object.entries(runs)) {
      expect(shown(await list({ state }))).toEqual(page([run], false));
      expect(shown(await list({ state, pipeline_id: pipeline.id }))).toEqual(page([run], false));
    }
    const running = (await list({ running: 'true' })).body.data.map(({ state }) => state);
    expect(running).toEqual(['Created', 'Scheduling', 'Rescaling', 'Running', 'Recovering']);
    const notRunning = (await list({ running: 'false' })).body.data.map(({ state }) => state);
    expect(notRunning).toEqual(['Stopping', 'Stopped', 'Failed', 'Finished']);
    expect((await list({ sort: 'state', limit: '4' })).body.data.map(({ state }) => state)).toEqual(
      Object.keys(runs).sort().slice(0, 4),
    );
  });
});

describe('listJobs with a sort field other than created_at', () => {
  test('sorts all matching jobs, not only the page', async () => {
    const pipeline = await givenPipeline();
    const run = (number: number, finishedAt: number | null) =>
      aFlowRun(pipeline, START + number, {
        number,
        ...(finishedAt !== null && { ...finished, finishedAt: iso(START + finishedAt) }),
      });
    const [a, b, c, d] = [run(1, 30), run(2, 10), run(3, null), run(4, 20)];
    await given([a, b, c, d]);
    const list = listOf(pipeline);
    const by = async (sort: string, query = {}) => shown(await list({ sort, ...query })).ids;

    expect(await by('finish_time')).toEqual([b, d, a, c].map(publicRunId));
    expect(await by('-finish_time')).toEqual([a, d, b, c].map(publicRunId));
    expect(await by('finish_time:desc', { limit: '2', offset: '1' })).toEqual([d, b].map(publicRunId));
    expect(await by('run_id')).toEqual([a, b, c, d].map(publicRunId));
    expect(await by('run_id:desc')).toEqual([d, c, b, a].map(publicRunId));
    expect(await by('start_time:asc')).toEqual([d, b, a, c].map(publicRunId));
    expect(shown(await list({ sort: 'run_id', limit: '3', offset: '1' })).has_more).toBe(false);
    expect(shown(await list({ sort: 'run_id', limit: '3' })).has_more).toBe(true);
  });

  test.each([
    ['created_at', 'abcd', 'dcba'],
    ['start_time', 'bcad', 'acbd'],
    ['finish_time', 'cabd', 'bacd'],
    ['run_id', 'bdac', 'cadb'],
    ['state', 'dbac', 'cabd'],
  ])('returns the same order by %s in pages and in each spelling', async (field, up, down) => {
    const pipeline = await givenPipeline();
    const ended = (startedAt: number, finishedAt: number) => ({
      startedAt: iso(START + startedAt),
      finishedAt: iso(START + finishedAt),
    });
    const runs = await given([
      aFlowRun(pipeline, START + 1, { number: 3, state: 'completed', ...ended(30, 31) }),
      aFlowRun(pipeline, START + 2, { number: 1, state: 'failed', ...ended(10, 40) }),
      aFlowRun(pipeline, START + 3, { number: 4, state: 'canceled', ...ended(20, 22) }),
      aFlowRun(pipeline, START + 4, { number: 2 }),
    ]);
    const names = new Map(runs.map((run, i) => [publicRunId(run), 'abcd'[i]]));
    const list = listOf(pipeline);
    const walked = async (sort: string) => {
      const pages: string[] = [];
      for (let more = true; more; ) {
        const { data, has_more } = (await list({ sort, limit: '2', offset: String(2 * pages.length) })).body;
        pages.push(data.map(({ id }) => names.get(id)).join(''));
        more = has_more;
      }
      return pages;
    };
    const inTwos = (order: string) => [order.slice(0, 2), order.slice(2)];

    expect([await walked(field), await walked(`${field}:asc`)]).toEqual([inTwos(up), inTwos(up)]);
    expect([await walked(`-${field}`), await walked(`${field}:desc`)]).toEqual([inTwos(down), inTwos(down)]);
  });

  test('rejects a filter that more than 1,000 jobs match', async () => {
    const pipeline = await givenPipeline();
    await given(several(pipeline, 1_000));
    const failed = aFlowRun(pipeline, START - 1, { state: 'failed', finishedAt: iso(START) });
    const list = listOf(pipeline);

    expect(await list({ sort: 'run_id' })).toMatchObject({ status: 200 });
    await given([failed]);
    const advice = 'narrow it by pipeline_id or state, or sort by created_at';
    expect(await list({ sort: '-start_time' })).toMatchObject(
      refused(`sort: by start_time requires a filter that matches at most 1000 jobs; ${advice}`),
    );
    expect(shown(await list({ sort: '-start_time', state: 'Failed' }))).toEqual(page([failed], false));
    expect((await list({ sort: 'created_at' })).status).toBe(200);
  });
});

describe('listJobs with an exhausted read budget', () => {
  const advice = 'narrow the list by pipeline_id, state or running';

  test('rejects a deep offset', async () => {
    const pipeline = await givenPipeline();
    await given(several(pipeline, 450, finished));

    for (const narrow of [{}, { pipeline_id: pipeline.id }]) {
      const list = listOf(pipeline, { rows: 300 });
      expect(await list({ ...narrow, offset: '400' })).toMatchObject(
        refused(expect.stringMatching(/^offset: 400 is too deep: \d+ jobs were looked through /)),
      );
      expect(await list({ ...narrow, offset: '200' })).toMatchObject({ status: 200, body: { has_more: true } });
    }
  });

  test('rejects a filter that matches too few jobs', async () => {
    const pipeline = await givenPipeline();
    await given([
      ...several(pipeline, 300),
      ...Array.from({ length: 30 }, (_, i) => aFlowRun(pipeline, START - i, finished)),
    ]);

    const sparse = { state: 'Finished', limit: '31' };
    expect(await listOf(pipeline, { rows: 200 })(sparse)).toMatchObject(
      refused(`query: matches too few jobs: 330 jobs were looked through, and they do not fill a page; ${advice}`),
    );
    expect((await listOf(pipeline)(sparse)).body.data).toHaveLength(30);
  });

  describe('a slow list of jobs', () => {
    test('responds with 503 when time runs out', async () => {
      const pipeline = await givenPipeline();
      await given(several(pipeline, 3));

      for (const query of [{}, { offset: '1' }, { pipeline_id: pipeline.id }, { sort: 'run_id' }]) {
        expect(await listOf(pipeline, {}, 1_400)(query)).toMatchObject({
          status: 503,
          headers: { 'retry-after': '5' },
          body: { error: { code: 'request.timeout', message: 'The request took too long; try it again' } },
        });
      }
    });
  });
});

test.each([
  ['state', 'running', /^state: must be Created or Scheduling or .* or Finished, got "running"$/],
  ['running', 'yes', 'running: must be true or false, got "yes"'],
  ['limit', '0', 'limit: must be a whole number from 1 to 100, got "0"'],
  ['limit', '101', 'limit: must be a whole number from 1 to 100, got "101"'],
  ['offset', '-1', 'offset: must be a whole number from 0 to 999999999, got "-1"'],
  ['offset', '1000000000', 'offset: must be a whole number from 0 to 999999999, got "1000000000"'],
  ['sort', 'pipeline_id', /^sort: must be one of created_at, .* got "pipeline_id"$/],
  ['sort', '-state:asc', /^sort: must be one of /],
  ['pipeline_id', 'a/b', /^pipeline_id: must be /],
  ['status', 'Failed', /^query: unknown query parameter 'status'; known are pipeline_id, state, /],
])('listJobs rejects %s=%s', async (name, value, message) => {
  const list = listOf(aFlowJob());
  expect(await list({ [name]: value })).toMatchObject(
    refused(typeof message === 'string' ? message : expect.stringMatching(message)),
  );
});
