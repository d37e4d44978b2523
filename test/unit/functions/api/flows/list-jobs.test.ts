import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { cancelJob } from '../../../../../functions/api/flows/cancel-job.ts';
import { createFlowsCursorSigner } from '../../../../../functions/api/flows/cursor.ts';
import { flowsErrors } from '../../../../../functions/api/flows/errors.ts';
import type { JobView } from '../../../../../functions/api/flows/job-view.ts';
import { listJobs } from '../../../../../functions/api/flows/list-jobs.ts';
import type { ReadBudget } from '../../../../../functions/api/http/read-budget.ts';
import { createSurfaceHandler } from '../../../../../functions/api/http/surface-handler.ts';
import type { Job } from '../../../../../functions/core/domain/job.ts';
import { NO_RESULT, type Run } from '../../../../../functions/core/domain/run.ts';
import { publicRunId } from '../../../../../functions/core/domain/run-id.ts';
import type { Db } from '../../../../../functions/core/store/db.ts';
import { createJob } from '../../../../../functions/core/store/jobs.ts';
import { walkActive } from '../../../../../functions/core/store/run-index.ts';
import { finishRun, getRun, putRun } from '../../../../../functions/core/store/runs.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { aFlowJob, aFlowRun, iso, putRuns } from '../../../../helpers/builders/flow-rows.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { invokeHandler } from '../../../../helpers/clients/handler.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { START, testPlatform } from '../../../../helpers/fakes/platform.ts';
import { TIMEOUT_MS } from '../../../../helpers/wait.ts';

const db = memoryDb();

async function givenFlow(overrides: Partial<Job> = {}): Promise<Job> {
  const flow = aFlowJob({ tenant: newTenant(), ...overrides });
  await createJob(db, flow);
  return flow;
}

const given = (runs: readonly Run[]) => putRuns(db, runs);

/** Creates `n` runs, one millisecond apart. */
const several = (flow: Job, n: number, overrides: Partial<Omit<Run, 'flow'>> = {}) =>
  Array.from({ length: n }, (_, i) => aFlowRun(flow, START + i, overrides));

/** Creates the surface of the flow's tenant with a read budget. */
function listOf(flow: Job, budget: Partial<ReadBudget> = {}) {
  const platform = testPlatform(db);
  const cursors = createFlowsCursorSigner(platform);
  const readBudget = { keys: 100, rows: 100, reservedMs: 1_000, ...budget };
  const handler = createSurfaceHandler({
    routes: [listJobs, cancelJob],
    dependencies: () => ({ ...platform, cursors, readBudget }),
    errors: flowsErrors,
    verify: async () => ({ tenant: flow.tenant, roles: ['OWNER'], name: 'ana@acme.test' }),
    log: platform.log,
  });
  const headers = { authorization: 'Bearer a.b.c' };
  return {
    get: (query: Record<string, string> = {}, remainingMs = 29_000) =>
      invokeHandler(handler, { routeKey: 'GET /v1/jobs', query, headers }, remainingMs),
    cancel: (id: string) => invokeHandler(handler, { routeKey: 'DELETE /v1/jobs/{id}', params: { id }, headers }),
  };
}

describe('GET /v1/jobs with a filter that matches few jobs', () => {
  const advice = 'narrow it by createdAt_gte and createdAt_lte';
  const tooFew = (n: number) => ({
    status: 400,
    body: {
      errors: [
        {
          code: 'invalid_query',
          message: `query: matches too few jobs: ${n} jobs were looked through, and they do not fill a page; ${advice}`,
        },
      ],
    },
  });

  test('rejects a filter that needs too many rows', async () => {
    const flow = await givenFlow();
    await given(several(flow, 600));
    const narrow = { createdAt_gte: iso(START + 400) };

    expect(await listOf(flow, { rows: 200 }).get({ numError_gte: '1' })).toMatchObject(tooFew(600));
    expect(await listOf(flow, { rows: 200 }).get({ numError_gte: '1', ...narrow })).toMatchObject({
      status: 200,
      body: [],
    });
  });

  test('rejects a filter that needs too many keys', async () => {
    const flow = await givenFlow();
    await given(several(flow, 2_500));
    const another = { flow_id: 'another' };

    expect(await listOf(flow, { keys: 2_000 }).get(another)).toMatchObject(tooFew(2_000));
    expect((await listOf(flow, { keys: 2_001 }).get(another)).body).toEqual([]);
    for (const nothing of [
      { flow_id: 'a', flow_id_in: 'b' },
      { type: 'flow', type_in: 'import' },
    ]) {
      expect(await listOf(flow, { keys: 1 }).get(nothing)).toMatchObject({ status: 200, body: [] });
    }
    expect((await listOf(flow, { keys: 1 }).get({ status: 'failed' })).body).toEqual([]);
  });

  test('skips any number of script runs between the flows', async () => {
    const flow = await givenFlow();
    const scripts = Array.from({ length: 2_500 }, (_, i) =>
      endedRun(flow, i + 1, { ulid: `01JNXA3V5T9YV0Q2Z6X${String(i).padStart(7, '0')}`, createdAt: iso(START + i) }),
    );
    await given([...scripts, aFlowRun(flow, START - 1)]);

    const { body } = await listOf(flow, { keys: 2 }).get();

    expect(body).toMatchObject([{ createdAt: iso(START - 1) }]);
  });

  describe('with a slow store', () => {
    test('answers 503 when the time of the request runs out', async () => {
      const flow = await givenFlow();
      await given(several(flow, 3));

      for (const query of [{}, { flow_id: flow.id, createdAt_lte: iso(START + 5) }]) {
        expect(await listOf(flow).get(query, 1_400)).toMatchObject({
          status: 503,
          headers: { 'retry-after': '5' },
          body: { errors: [{ code: 'unavailable', message: 'The request took too long; try it again' }] },
        });
        expect((await listOf(flow).get(query)).body).toHaveLength(3);
      }
    });
  });

  test('answers as soon as the page is full', async () => {
    const flow = await givenFlow();
    const runs = await given(several(flow, 1_300));

    const { status, body, headers } = await listOf(flow, { keys: 2_000, rows: 1_250 }).get();

    expect(status).toBe(200);
    expect((body as JobView[]).map(({ _id }) => _id)).toEqual(runs.slice(-1_001).map(publicRunId).reverse());
    expect(headers.link).toMatch(/rel="next"/);
  });
});

describe('GET /v1/jobs with page or pageSize', () => {
  test('returns exactly pageSize jobs for a page number, and a Link to the next page', async () => {
    const flow = await givenFlow();
    const runs = await given(Array.from({ length: 7 }, (_, i) => aFlowRun(flow, START + Math.floor(i / 4))));
    const newest = runs.map(publicRunId).sort().reverse();
    const list = listOf(flow);
    const idsOf = ({ body }: { readonly body: unknown }) => (body as readonly JobView[]).map(({ _id }) => _id);
    const page = (number: number) => list.get({ page: String(number), pageSize: '3', type: 'flow' });

    const pages = [await page(1), await page(2), await page(3), await page(4)];
    expect(pages.map((one) => idsOf(one).length)).toEqual([3, 3, 1, 0]);
    expect(pages.flatMap(idsOf).sort().reverse()).toEqual(newest);
    expect(pages.map(({ headers }) => headers.link !== undefined)).toEqual([true, true, false, false]);
    const next = new URL(/<([^>]+)>/.exec(String(pages[0]?.headers.link))?.[1] ?? '', 'http://api').searchParams;
    expect(next.has('page')).toBe(false);
    expect(idsOf(await list.get(Object.fromEntries(next))).slice(0, 3)).toEqual(idsOf(pages[1] as { body: unknown }));
  });

  test('returns all jobs of the last millisecond without a page number, so that createdAt_lte selects the next page', async () => {
    const flow = await givenFlow();
    await given(Array.from({ length: 7 }, (_, i) => aFlowRun(flow, START + Math.floor(i / 4))));
    const list = listOf(flow);

    const { body } = await list.get({ pageSize: '2' });
    const rest = await list.get({ pageSize: '2', createdAt_lte: iso(START) });

    expect(body).toHaveLength(3);
    expect(rest.body).toHaveLength(4);
  });

  test('filters by disabled and enabled flows', async () => {
    const on = await givenFlow();
    const off = await givenFlow({ tenant: on.tenant, id: 'off', enabled: false });
    await given([aFlowRun(on, START), aFlowRun(off, START + 1)]);
    const flowsOf = async (query: Record<string, string>) =>
      ((await listOf(on).get(query)).body as readonly JobView[]).map(({ _flowId }) => _flowId);

    expect(await flowsOf({ disabled: 'true' })).toEqual([off.id]);
    expect(await flowsOf({ disabled: 'False' })).toEqual([on.id]);
    expect(await flowsOf({ disabled: 'true', flow_id: on.id })).toEqual([]);
    expect(await flowsOf({})).toEqual([off.id, on.id]);
  });
});

describe('GET /v1/jobs with a time whose plus sign became a space', () => {
  test.each(['.1', '.123', '.123000', '.123456789', ''])(
    'restores the offset after a fraction "%s" of a second',
    async (fraction) => {
      const flow = await givenFlow();
      const at = Date.parse('2024-01-15T10:00:00.000Z');
      const [run] = await given([aFlowRun(flow, at), aFlowRun(flow, at + 1_000)]);

      const { status, body } = await listOf(flow).get({
        createdAt_lte: `2024-01-15T10:00:00${fraction} 00:00`,
        createdAt_gte: `2024-01-15T12:00:00 02:00`,
      });

      expect(status).toBe(200);
      expect((body as readonly JobView[]).map(({ _id }) => _id)).toEqual([publicRunId(run as Run)]);
    },
  );

  test('keeps the time in the filter of the next page', async () => {
    const flow = await givenFlow();
    await given(several(flow, 1_002));
    const createdAt_lte = iso(START + 1_001).replace('Z', ' 00:00');

    const first = await listOf(flow, { keys: 5_000, rows: 5_000 }).get({ createdAt_lte });
    const next = new URL(/<([^>]+)>/.exec(String(first.headers.link))?.[1] ?? '', 'http://api');
    const second = await listOf(flow, { keys: 5_000, rows: 5_000 }).get(Object.fromEntries(next.searchParams));

    expect(second.body).toMatchObject([{ createdAt: iso(START) }]);
  });
});

test('rejects a page of one millisecond that exceeds the maximum response size', async () => {
  const flow = await givenFlow();
  const failure = { kind: 'error', message: 'x'.repeat(3_700) } as const;
  await given(
    Array.from({ length: 1_100 }, () => aFlowRun(flow, START, { state: 'failed', failure, finishedAt: iso(START) })),
  );

  const { status, body } = await listOf(flow, { keys: 5_000, rows: 5_000 }).get();

  expect(status).toBe(200);
  expect(body).toHaveLength(1_100);
  await given(
    Array.from({ length: 100 }, () => aFlowRun(flow, START, { state: 'failed', failure, finishedAt: iso(START) })),
  );
  expect(await listOf(flow, { keys: 5_000, rows: 5_000 }).get()).toMatchObject({
    status: 400,
    body: {
      errors: [{ code: 'invalid_query', message: expect.stringContaining(`made at ${iso(START)} for one answer`) }],
    },
  });
});

test('lists acknowledged failed jobs', async () => {
  const flow = await givenFlow();
  const acknowledged = { at: iso(START), by: 'ana@acme.test', note: null };
  const failed = { state: 'failed', finishedAt: iso(START + 5), failure: { kind: 'error', message: 'no' } } as const;
  const runs = [aFlowRun(flow, START, { ...failed, acknowledged }), aFlowRun(flow, START + 1, failed)];
  await given(runs);

  const { body } = await listOf(flow).get({ status: 'failed', type: 'flow' });

  expect((body as readonly JobView[]).map(({ _id }) => _id)).toEqual(runs.map(publicRunId).reverse());
});

describe('walkActive', () => {
  /** Wraps the store so that `after` runs after each query. */
  const meddled = (after: () => Promise<void>): Db => ({
    tables: db.tables,
    client: new Proxy(db.client, {
      get: (client, name) =>
        name === 'send'
          ? async (command: QueryCommand) => {
              const answer = await client.send(command);
              if (command instanceof QueryCommand) await after();
              return answer;
            }
          : Reflect.get(client, name),
    }),
  });
  const range = { from: iso(START), through: iso(START + 60_000) };

  test('returns each run once although its state changes during the walk', async () => {
    const flow = await givenFlow();
    const path = ['queued', 'running', 'stopping', 'canceled'] as const;
    const runs = several(flow, 40);
    await given(runs);
    let moves = 0;
    const db = meddled(async () => {
      const state = path[++moves];
      if (state) await given(runs.map((run, i) => ({ ...run, state: i % 2 === moves % 2 ? state : 'queued' })));
    });

    const keys: string[] = [];
    for await (const { rows } of walkActive(db, flow.tenant, range, { runs: path, steps: [] })) {
      keys.push(...rows.map(({ ref }) => publicRunId(ref)));
    }

    expect(moves).toBe(7);
    expect(keys).toEqual(runs.map(publicRunId).reverse());
  });

  test('merges partitions in order when one of them has more pages', async () => {
    const flow = await givenFlow();
    const failed = several(flow, 2_100, { state: 'failed', finishedAt: iso(START) });
    const queued = several(flow, 41).map((run, i) => ({ ...run, createdAt: iso(START + 100 * i) }));
    await given([...failed, ...queued]);

    const times: string[] = [];
    const reads: number[] = [];
    for await (const { rows, keysRead: read } of walkActive(db, flow.tenant, range, {
      runs: ['queued', 'failed'],
      steps: [],
    })) {
      times.push(...rows.map(({ createdAt }) => createdAt));
      reads.push(read);
    }

    expect(times.length).toBe(2_141);
    expect(times).toEqual([...times].sort().reverse());
    expect(reads.length).toBe(2);
  });
});

describe('DELETE /v1/jobs/{id}', () => {
  async function givenRunning() {
    const flow = await givenFlow();
    const lease = { token: 'x', until: iso(START + 60_000) };
    const run = aFlowRun(flow, START, { state: 'running', attempt: 1, startedAt: iso(START), lease });
    await putRun(db, run);
    return { flow, run, lease };
  }

  test('answers 202 when the work does not end within 10 s', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { flow, run } = await givenRunning();
    let isAnswered = false;

    const answer = listOf(flow)
      .cancel(publicRunId(run))
      .finally(() => {
        isAnswered = true;
      });
    await vi.waitFor(() => {
      vi.setSystemTime(Date.now() + 1_000);
      expect(isAnswered).toBe(true);
    }, TIMEOUT_MS);

    expect(await answer).toMatchObject({
      status: 202,
      body: { status: 'running', canceledBy: 'ana@acme.test', endedAt: null },
    });
  });

  test('answers 409 when the job ends by itself before it is canceled', async () => {
    const { flow, run, lease } = await givenRunning();
    const end = { ...NO_RESULT, state: 'completed', finishedAt: iso(START + 1), failure: null } as const;

    const answer = listOf(flow).cancel(publicRunId(run));
    await vi.waitFor(async () => expect(await getRun(db, run)).toMatchObject({ state: 'stopping' }), {
      timeout: TIMEOUT_MS,
    });
    await finishRun(db, run, lease, { ...end, purgeAt: run.purgeAt });

    expect(await answer).toMatchObject({
      status: 409,
      body: { errors: [{ code: 'conflict', message: 'Cannot cancel completed job' }] },
    });
  });
});
