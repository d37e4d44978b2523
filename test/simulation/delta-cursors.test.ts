import { afterEach, describe, expect, it } from 'vitest';
import type { Flow } from '../../functions/core/domain/flow/flow.ts';
import type { HttpSource } from '../../functions/core/domain/flow/source.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Json } from '../../functions/core/domain/json.ts';
import { MINUTE_MS, RUN_CREATION_GRACE_MS } from '../../functions/core/domain/timing.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { restartRun } from '../../functions/core/engine/flow/restart/restart-run.ts';
import { stopFlow } from '../../functions/core/engine/flow/stop/stop-flow.ts';
import { sweepDeletedJobs } from '../../functions/core/engine/sweep/purge.ts';
import type { ChainResult } from '../../functions/core/executors/flow/chain.ts';
import { createHttpReader } from '../../functions/core/executors/flow/sources/http.ts';
import { getFlowCursor, listFlowCursors, setFlowCursor } from '../../functions/core/store/flow-cursors.ts';
import { listLogLines } from '../../functions/core/store/flow-logs.ts';
import { deleteJob } from '../../functions/core/store/jobs.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { httpContext, recordedPauses } from '../helpers/builders/http-context.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { startHttpServer } from '../helpers/fakes/http-server.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { aChain, idempotentSink } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import {
  drainSlices,
  processRunMessages,
  recoverBySweeping,
  startFlowRun,
} from '../helpers/simulations/process-messages.ts';

interface Order {
  readonly id: number;
  readonly at: string;
}

const START = '2026-01-01T00:00:00Z';
const at = (day: number): string => `2026-02-${String(day).padStart(2, '0')}T00:00:00Z`;
const order = (id: number): Order => ({ id, at: at(id) });

let server: Awaited<ReturnType<typeof startHttpServer>> | undefined;
afterEach(() => server?.close());

/** An API that lists the orders that changed after `since`, two to a page, and a flow that reads it. */
async function given({
  flow,
  chain,
  since = '{{delta.cursor}}',
}: {
  readonly flow?: Partial<Flow>;
  readonly chain?: ReturnType<typeof aChain>;
  readonly since?: string;
} = {}) {
  const orders: Order[] = [order(1), order(2), order(3)];
  const api = await startHttpServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://api.test').searchParams;
    const changed = orders.filter((each) => each.at > (query.get('since') ?? ''));
    const from = Number(query.get('cursor') ?? 0);
    const next = from + 2 < changed.length ? String(from + 2) : null;
    response.end(JSON.stringify({ items: changed.slice(from, from + 2), next }));
  });
  server = api;
  const spec: HttpSource & { readonly id: string } = {
    id: 'source_1',
    type: 'http',
    url: `${api.url}/orders?since=${since}`,
    headers: {},
    records: 'items',
    paging: { type: 'cursor', param: 'cursor', path: 'next' },
    delta: { path: 'at', start: START, overlapSeconds: 0 },
  };
  const platform = testPlatform(memoryDb());
  const sink = idempotentSink();
  connect(platform, spec, sink, chain);
  const job = await givenFlow(platform, {
    parallelism: 1,
    pageSize: 2,
    sources: [{ name: 'Orders', ...spec }],
    ...flow,
  });
  return { api, orders, spec, platform, sink, job };
}

/** Opens the flow of each run with its own context. */
function connect(
  platform: TestPlatform,
  spec: HttpSource & { readonly id: string },
  sink: ReturnType<typeof idempotentSink>,
  chain = aChain(),
): void {
  platform.sliceMs = 0;
  platform.open = async (_, run) => ({
    sources: [createHttpReader(spec, httpContext({ db: platform.db, run, now: platform.now }), recordedPauses())],
    chain,
    sinks: [sink],
    taps: new Map(),
    async [Symbol.asyncDispose]() {},
  });
}

async function run(platform: TestPlatform, job: Job): Promise<string | undefined> {
  const ref = await startFlowRun(platform, job);
  await drainSlices(platform);
  return (await getRun(platform.db, ref))?.state;
}

const refOf = ({ tenant, id: jobId, incarnation }: Job) => ({ tenant, jobId, incarnation });

const cursorOf = async ({ db }: TestPlatform, job: Job): Promise<string | null | undefined> =>
  (await listFlowCursors(db, refOf(job))).get('source_1')?.cursor;

const sinceOf = (request: { readonly path: string } | undefined): string | null =>
  new URL(request?.path ?? '', 'http://api.test').searchParams.get('since');

const idsIn = (values: readonly Json[]): number[] => (values as unknown as Order[]).map(({ id }) => id);

describe('a source with a delta', () => {
  it('requests the records behind those of the last run', async () => {
    const { orders, platform, sink, job } = await given();
    await run(platform, job);
    orders.push(order(4), order(5));

    const state = await run(platform, job);

    expect(state).toBe('completed');
    expect(idsIn(sink.values())).toEqual([1, 2, 3, 4, 5]);
    expect(await cursorOf(platform, job)).toBe(at(5));
  });

  it('keeps its cursor if a run finds nothing new', async () => {
    const { platform, sink, job } = await given();
    await run(platform, job);

    await run(platform, job);

    expect(idsIn(sink.values())).toEqual([1, 2, 3]);
    expect(await cursorOf(platform, job)).toBe(at(3));
  });

  it('requests all pages of a run with the same cursor, and stores none before the last page', async () => {
    const { api, platform, job } = await given();
    await startFlowRun(platform, job);

    await drainSlices(platform, platform, 1);

    expect(await cursorOf(platform, job)).toBeUndefined();
    await drainSlices(platform);
    const since = api.received.map(({ path }) => new URL(path, 'http://api.test').searchParams.get('since'));
    expect(since).toEqual([START, START]);
  });

  it('stores no cursor of a run that is canceled before the last page', async () => {
    const { platform, job } = await given();
    const ref = await startFlowRun(platform, job);
    await drainSlices(platform, platform, 1);

    await cancelRun(platform, ref, 'ana');
    await drainSlices(platform);

    expect(await getRun(platform.db, ref)).toMatchObject({ state: 'canceled' });
    expect(await cursorOf(platform, job)).toBeUndefined();
  });

  it('does not replace a cursor that was set during the run', async () => {
    const { platform, job, orders, sink } = await given();
    const ref = await startFlowRun(platform, job);
    await setFlowCursor(platform.db, refOf(job), 'source_1', undefined, { cursor: at(1), path: 'at' });

    await drainSlices(platform);

    expect(await getRun(platform.db, ref)).toMatchObject({ state: 'completed', itemsProcessed: 3 });
    expect(await cursorOf(platform, job)).toBe(at(1));
    expect(await listLogLines(platform.db, ref, { limit: 100, matches: () => true })).toContainEqual(
      expect.objectContaining({
        level: 'info',
        operator: 'source_1',
        message: 'the cursor changed during the run and is kept',
      }),
    );
    orders.push(order(4));
    await run(platform, job);
    expect(idsIn(sink.values())).toEqual([1, 2, 3, 2, 3, 4]);
  });

  it('continues a restarted run with the cursor of the run before', async () => {
    const { api, orders, platform, sink, job } = await given();
    const first = await startFlowRun(platform, job);
    await drainSlices(platform, platform, 1);
    const requestedAt = new Date(platform.now()).toISOString();
    await stopFlow(platform, first, 'ana', { mode: 'checkpoint', requestedAt, timeoutMs: 30_000 });
    await drainSlices(platform);
    await setFlowCursor(platform.db, refOf(job), 'source_1', undefined, { cursor: at(2), path: 'at' });
    orders.push(order(4));

    const stopped = await getRun(platform.db, first);
    const next = await restartRun(platform, job, stopped ?? expect.fail('the run does not exist'), {});
    await processRunMessages(platform);
    await drainSlices(platform);

    expect(await getRun(platform.db, next)).toMatchObject({ state: 'completed' });
    expect(new Set(api.received.map(({ path }) => new URL(path, 'http://api.test').searchParams.get('since')))).toEqual(
      new Set([START]),
    );
    expect(idsIn(sink.values())).toEqual([1, 2, 3, 4]);
    expect(await cursorOf(platform, job)).toBe(at(2));
  });

  it('loses and repeats no record, in spite of a crash at any call of a run', async () => {
    for (const answerIsLost of [true, false]) {
      for (let call = 1, crashed = true; crashed; call++) {
        const { platform, sink, job, orders } = await given();
        const crashing = withDb(platform, faultyDb(platform.db, { crashAtCall: call, answerIsLost }));
        crashed = false;
        await startFlowRun(platform, job);
        await drainSlices(platform, crashing).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
          crashed = true;
        });
        await recoverBySweeping(platform, job);
        orders.push(order(4));
        await run(platform, job);
        await recoverBySweeping(platform, job);
        await server?.close();

        expect(idsIn(sink.values()).sort((a, b) => a - b)).toEqual([1, 2, 3, 4]);
        expect(sink.contradictions).toEqual([]);
        expect(await cursorOf(platform, job)).toBe(at(4));
      }
    }
  });

  it('stores no cursor if its flow stops at a record of the last page that failed', async () => {
    const { platform, job } = await given({
      flow: { onError: 'stop' },
      chain: { ...aChain(), apply: async (records) => failingLast(records) },
    });

    const state = await run(platform, job);

    expect(state).toBe('failed');
    expect(await cursorOf(platform, job)).toBeUndefined();
  });
});

describe('a source that requests what has changed since its last run began', () => {
  it('begins with a cursor that was set', async () => {
    const { api, platform, job } = await given({ since: '{{lastRun.startedAt}}' });
    await run(platform, job);
    const stored = await getFlowCursor(platform.db, refOf(job), 'source_1');
    await setFlowCursor(platform.db, refOf(job), 'source_1', stored, { cursor: at(2), path: 'at' });

    await run(platform, job);

    expect(sinceOf(api.received.at(-1))).toBe(at(2));
  });

  it('begins with the start if its stored cursor is of another path', async () => {
    const { api, spec, platform, sink, job } = await given({ since: '{{lastRun.startedAt}}' });
    await run(platform, job);
    connect(platform, { ...spec, delta: { path: 'changed', start: START, overlapSeconds: 0 } }, sink);

    await run(platform, job);

    expect(sinceOf(api.received.at(-1))).toBe(START);
  });
});

describe('setFlowCursor', () => {
  it('restores the start of the current definition', async () => {
    const { api, platform, job } = await given();
    await run(platform, job);
    const stored = await getFlowCursor(platform.db, refOf(job), 'source_1');

    await setFlowCursor(platform.db, refOf(job), 'source_1', stored, { cursor: null, path: 'at' });

    expect(await cursorOf(platform, job)).toBeNull();
    await run(platform, job);
    expect(sinceOf(api.received.at(-1))).toBe(START);
    expect(await cursorOf(platform, job)).toBe(at(3));
  });

  it('replaces no cursor that a run stored meanwhile', async () => {
    const { platform, job } = await given();
    await run(platform, job);

    const isSet = await setFlowCursor(platform.db, refOf(job), 'source_1', undefined, { cursor: at(1), path: 'at' });

    expect(isSet).toBe(false);
    expect(await cursorOf(platform, job)).toBe(at(3));
  });
});

describe('a deleted flow', () => {
  it('leaves no cursor', async () => {
    const { platform, job } = await given();
    await run(platform, job);

    await deleteJob(platform.db, job, new Date(platform.now()).toISOString());
    platform.advance(RUN_CREATION_GRACE_MS + MINUTE_MS);
    await sweepDeletedJobs(platform, job.tenant);

    expect(await listFlowCursors(platform.db, refOf(job))).toEqual(new Map());
  });
});

/** The chain's result of a page in which the record 3 fails. */
function failingLast(records: readonly Json[]): ChainResult {
  const isBad = (value: Json) => (value as unknown as Order).id === 3;
  const outputs = records.flatMap((value, origin) => (isBad(value) ? [] : [{ value, origin }]));
  const errors = records.flatMap((input, origin) =>
    isBad(input) ? [{ transform: 0, origin, input, message: 'refused' }] : [],
  );
  return { outputs, errors, outputsByTransform: [], counts: [] };
}
