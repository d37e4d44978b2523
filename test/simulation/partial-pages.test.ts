import { expect, it } from 'vitest';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { restartRun } from '../../functions/core/engine/flow/restart/restart-run.ts';
import { stopFlow } from '../../functions/core/engine/flow/stop/stop-flow.ts';
import type { SinkWriter } from '../../functions/core/executors/flow/sink-writer.ts';
import { replaceJob } from '../../functions/core/store/jobs.ts';
import { listRecordErrors } from '../../functions/core/store/record-errors.ts';
import { listTasks } from '../../functions/core/store/tasks.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { nonReplayableSource, replayableSource } from '../helpers/fakes/sources.ts';
import { ascending, range } from '../helpers/numbers.ts';
import {
  drainSlices,
  processRunMessages,
  recoverBySweeping,
  startFlowRun,
} from '../helpers/simulations/process-messages.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';

/** A sink that takes long for each record does not receive the processed records of a page again in the next slice. */

const db = memoryDb();

const numberOf = (value: unknown) => (typeof value === 'number' ? value : (value as { number: number }).number);

/** A sink that takes 10 s per record and rejects the records that end in 7. */
function slow(platform: TestPlatform): SinkWriter & { readonly received: number[] } {
  const received: number[] = [];
  return {
    received,
    async write({ records, resumeFrom: from = 0, isTimeUp: isLate = () => false }) {
      const refused: { index: number; message: string }[] = [];
      let through = from;
      while (through < records.length && (through === from || !isLate())) {
        platform.advance(10_000);
        const number = numberOf(records[through]?.value);
        received.push(number);
        if (number % 10 === 7) refused.push({ index: through, message: `${number} is unlucky` });
        through += 1;
      }
      return { refused, bytes: through - from, processed: through };
    },
  };
}

async function aRunOf(source = replayableSource(2, 40, 20), pageSize = 20) {
  const platform = testPlatform(db);
  const [fastSink, slowSink] = [idempotentSink(), slow(platform)];
  connectOperators(platform, { sources: [source], sinks: [fastSink, slowSink] });
  const job = await givenFlow(platform, {
    pageSize,
    parallelism: 1,
    sinks: [
      { id: 'hare', name: 'Fast', type: 'preview' },
      { id: 'tortoise', name: 'Slow', type: 'preview' },
    ],
  });
  const ref = await startFlowRun(platform, job);
  return { platform, fastSink, slowSink, job, ref };
}

it('continues a slow page in the next slice and counts it when it is complete', async () => {
  const { platform, fastSink, slowSink, ref } = await aRunOf();

  await drainSlices(platform, platform, 1);
  const [task] = await listTasks(platform.db, ref, 1);
  await drainSlices(platform);

  expect(task).toMatchObject({
    page: 0,
    records: { exported: 0, success: 0 },
    part: { records: 20, sinks: [{ through: 20 }, { through: 6 }] },
  });
  expect(slowSink.received).toEqual(range(80));
  expect([fastSink.deliveries, ascending(fastSink.values())]).toEqual([4, range(80)]);
  expect(await requireRun(platform, ref)).toMatchObject({
    state: 'completed',
    flow: { ended: { records: { exported: 80, success: 72, error: 8, pagesProcessed: 4 } } },
  });
  const [{ operators } = { operators: [] }] = await listTasks(platform.db, ref, 1);
  expect(operators).toMatchObject([
    { in: 80 },
    { in: 80, out: 80, errors: 0, pages: 4 },
    { in: 80, out: 72, errors: 8, bytesOut: 80, pages: 4 },
  ]);
  const errors = await listRecordErrors(platform.db, ref, { limit: 100 });
  expect(errors.map(({ message }) => message).toSorted()).toEqual(
    range(8)
      .map((ten) => `${ten * 10 + 7} is unlucky`)
      .toSorted(),
  );
});

for (const [name, source] of [
  ['a replayable source', () => replayableSource(2, 40, 20)],
  ['a source that cannot be replayed', () => nonReplayableSource(2, 40)],
] as const) {
  it(`writes every record of ${name} once across stops within a page and restarts`, async () => {
    const { platform, fastSink, slowSink, job, ref } = await aRunOf(source());
    let last: RunRef = ref;
    for (const parallelism of [3, 1, 2]) {
      await drainSlices(platform, platform, 2);
      const requestedAt = new Date(platform.now()).toISOString();
      await stopFlow(platform, last, 'ana@acme.test', { mode: 'checkpoint', requestedAt, timeoutMs: 30_000 });
      last = await restartRun(platform, job, await requireRun(platform, last), { parallelism });
      await processRunMessages(platform);
    }
    await drainSlices(platform);

    expect((await requireRun(platform, last)).state).toBe('completed');
    expect(ascending(slowSink.received)).toEqual(range(80));
    expect(ascending(fastSink.values().map(numberOf))).toEqual(range(80));
    expect(fastSink.contradictions).toEqual([]);
  });
}

it('writes the whole page to the sinks after a restart with changed sinks', async () => {
  const { platform, slowSink, job, ref } = await aRunOf();
  await drainSlices(platform, platform, 1);
  const requestedAt = new Date(platform.now()).toISOString();
  await stopFlow(platform, ref, 'ana@acme.test', { mode: 'checkpoint', requestedAt, timeoutMs: 30_000 });
  const other = idempotentSink();
  connectOperators(platform, { sources: [replayableSource(2, 40, 20)], sinks: [slowSink, other] });
  const { target } = job;
  if (target.type !== 'flow') throw new Error('no flow');
  const sinks = target.flow.sinks.toReversed();

  const changed = { ...job, version: job.version + 1, target: { ...target, flow: { ...target.flow, sinks } } };
  expect(await replaceJob(platform.db, changed)).toBe(true);

  await restartRun(platform, changed, await requireRun(platform, ref), {});
  await processRunMessages(platform);
  await drainSlices(platform);

  expect(ascending(other.values())).toEqual(range(80));
  // The position within the page is unknown after the change.
  expect(ascending(slowSink.received)).toEqual(ascending([...range(6), ...range(80)]));
});

it('writes no committed record twice after a crash at each call', async () => {
  let crashes = 0;
  for (let crashAtCall = 1; ; crashAtCall += 2) {
    const { platform, fastSink, slowSink, job, ref } = await aRunOf(replayableSource(1, 20, 20));
    const faulty = { ...platform, db: faultyDb(platform.db, { crashAtCall, answerIsLost: crashAtCall % 4 === 1 }) };
    Object.defineProperty(faulty, 'open', { get: () => platform.open });

    const crashed = await drainSlices(platform, faulty).then(
      () => false,
      (error: unknown) => {
        if (error instanceof Crash) return true;
        throw error;
      },
    );
    await recoverBySweeping(platform, job, crashed ? 6 : 1);

    const run = await requireRun(platform, ref);
    expect({ crashAtCall, state: run.state, records: run.flow?.ended?.records }).toMatchObject({
      crashAtCall,
      state: 'completed',
      records: { exported: 20, success: 18, error: 2 },
    });
    expect(new Set(slowSink.received)).toEqual(new Set(range(20)));
    // Only the records of one slice may be repeated.
    expect(slowSink.received.length).toBeLessThanOrEqual(26);
    expect(fastSink.contradictions).toEqual([]);
    if (!crashed) break;
    crashes++;
  }
  expect(crashes).toBeGreaterThan(10);
}, 90_000);
