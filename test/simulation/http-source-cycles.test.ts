import { afterEach, expect, it } from 'vitest';
import type { HttpSource } from '../../functions/core/domain/flow/source.ts';
import { restartRun } from '../../functions/core/engine/flow/restart/restart-run.ts';
import { stopFlow } from '../../functions/core/engine/flow/stop/stop-flow.ts';
import { createHttpReader } from '../../functions/core/executors/flow/sources/http.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { httpContext, recordedPauses } from '../helpers/builders/http-context.ts';
import { startHttpServer } from '../helpers/fakes/http-server.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { testPlatform } from '../helpers/fakes/platform.ts';
import { drainSlices, processRunMessages, startFlowRun } from '../helpers/simulations/process-messages.ts';

/** Cycles of an HTTP source that only become visible across slices or runs. */

const CYCLE = 5;
let server: Awaited<ReturnType<typeof startHttpServer>> | undefined;

afterEach(() => server?.close());

/** A flow whose source returns cyclic cursors, its third page endlessly, or empty pages; one page per slice. */
async function loopingFlow(kind: 'cursors' | 'pages' | 'empty pages') {
  const api = await startHttpServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://api.test').searchParams;
    const at = Number(query.get('cursor') ?? query.get('page') ?? 0);
    if (kind === 'empty pages') return response.end(JSON.stringify({ items: [], next: at + 1 }));
    const page = kind === 'cursors' ? at : Math.min(at, 3);
    const items = [{ page }, { page: `${page} again` }];
    response.end(JSON.stringify({ items, next: String((at % CYCLE) + 1) }));
  });
  server = api;
  const paging: HttpSource['paging'] =
    kind === 'pages'
      ? { type: 'page', param: 'page', start: 1, sizeParam: null, size: null }
      : { type: 'cursor', param: 'cursor', path: 'next' };
  const spec = { id: 'source_1', type: 'http', url: `${api.url}/list`, headers: {}, records: 'items', paging } as const;
  const platform = testPlatform(memoryDb());
  const sink = idempotentSink();
  connectOperators(platform, { sources: [createHttpReader(spec, httpContext(), recordedPauses())], sinks: [sink] });
  platform.sliceMs = 0;
  const job = await givenFlow(platform, { parallelism: 1 });
  return { api, platform, sink, job, ref: await startFlowRun(platform, job) };
}

it.each([
  ['cursors', 'form a cycle of 5'],
  ['pages', 'repeats its last page, or ignores page=4'],
] as const)('fails a run whose %s repeat across slices', async (kind, message) => {
  const { api, platform, ref } = await loopingFlow(kind);

  const slices = await drainSlices(platform, platform, 100);

  expect(slices).toBeGreaterThan(3);
  expect(api.received.length).toBeLessThanOrEqual(3 * (CYCLE + 1));
  const run = await getRun(platform.db, ref);
  expect(run).toMatchObject({ state: 'failed', attempt: 1 });
  expect(run?.failure?.message).toContain(message);
});

it.each([
  ['cursors', 3, 'form a cycle of 5'],
  ['cursors', 6, 'form a cycle of 5'],
  ['pages', 3, 'repeats its last page, or ignores page=4'],
] as const)(
  'fails a run whose %s repeat those that the previous run read in %i slices',
  async (kind, slices, message) => {
    const { api, platform, job, ref } = await loopingFlow(kind);
    await drainSlices(platform, platform, slices);
    const requestedAt = new Date(platform.now()).toISOString();
    await stopFlow(platform, ref, 'ana@acme.test', { mode: 'checkpoint', requestedAt, timeoutMs: 30_000 });
    const before = (await getRun(platform.db, ref)) ?? expect.fail('the run does not exist');

    const next = await restartRun(platform, job, before, {});
    await processRunMessages(platform);
    await drainSlices(platform, platform, 100);

    expect(before.state).toBe('canceled');
    const run = await getRun(platform.db, next);
    expect(run?.state).toBe('failed');
    expect(run?.failure?.message).toContain(message);
    expect(api.received.length).toBeLessThanOrEqual(3 * (CYCLE + 1));
  },
);

it('fails a run after 1,000 empty pages in as many slices', async () => {
  const { api, platform, ref } = await loopingFlow('empty pages');

  await drainSlices(platform, platform, 1_100);

  const run = await getRun(platform.db, ref);
  expect(run).toMatchObject({ state: 'failed', attempt: 1 });
  expect(run?.failure?.message).toContain('1000 pages in a row have no record and name a next page');
  expect(api.received).toHaveLength(1_000);
}, 120_000);
