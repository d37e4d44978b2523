import { expect, it } from 'vitest';
import { NO_OPTIONS } from '../../functions/core/domain/run-input.ts';
import { DAY_MS } from '../../functions/core/domain/timing.ts';
import { takeCheckpoint } from '../../functions/core/engine/flow/checkpoint/take-checkpoint.ts';
import { runSlice } from '../../functions/core/engine/flow/slice/run-slice.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { createPreviewWriter } from '../../functions/core/executors/flow/sinks/preview.ts';
import { get, query } from '../../functions/core/store/db.ts';
import { equals } from '../../functions/core/store/expression.ts';
import { type Key, kindOfRow, recordsPartition, runKey } from '../../functions/core/store/keys.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { httpContext } from '../helpers/builders/http-context.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { aChain } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { ascending } from '../helpers/numbers.ts';
import { processRunMessages } from '../helpers/simulations/process-messages.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';

/** Creates a platform whose flows have a sink that refuses one record of each page and previews it. */
function testPlatformWithPreview(): TestPlatform {
  const platform = testPlatform(memoryDb());
  platform.open = async (_flow, run) => {
    const preview = createPreviewWriter(
      { id: 'sink_1', type: 'preview' },
      httpContext({ db: platform.db, now: platform.now, run }),
    );
    const write: typeof preview.write = async (page, signal) => ({
      ...(await preview.write(page, signal)),
      refused: [{ index: 0, message: 'too large' }],
    });
    return {
      sources: [replayableSource(2, 10)],
      chain: aChain(),
      sinks: [{ write }],
      taps: new Map(),
      async [Symbol.asyncDispose]() {},
    };
  };
  return platform;
}

/** Runs the slices of a task until it has ended. */
async function finishTask(platform: TestPlatform, task: number): Promise<void> {
  for (;;) {
    const next = platform.slices.findIndex((message) => message.task === task);
    const [message] = next < 0 ? [] : platform.slices.splice(next, 1);
    if (!message) return;
    await runSlice(platform, { v: 1, ...message });
  }
}

it('expires the rows that a flow run leaves behind by DynamoDB’s TTL if the purge cannot remove them', async () => {
  // Prepare: a task ends 200 days before the other one.
  const platform = testPlatformWithPreview();
  const input = { payload: 'x'.repeat(1_000) };
  const ref = await triggerJob(platform, await givenFlow(platform), undefined, { ...NO_OPTIONS, input });
  await processRunMessages(platform);
  await finishTask(platform, 0);
  await takeCheckpoint(platform, await requireRun(platform, ref), 'request');
  platform.advance(200 * DAY_MS);

  // Act
  await finishTask(platform, 1);

  // Assess
  const { state, purgeAt } = await requireRun(platform, ref);
  const row = await get(platform.db, platform.db.tables.runs, runKey(ref));
  const rows = await query(platform.db, platform.db.tables.records, equals('pk', recordsPartition(ref)));
  const daysAfterRow = (ttl: unknown) => Math.round((((ttl as number) - (row?.ttl as number)) * 1_000) / DAY_MS);
  const byKind = Map.groupBy(rows, (one) => kindOfRow('records', one as unknown as Key));
  const expiries = Object.fromEntries(
    [...byKind].map(([kind, items]) => [kind, ascending([...new Set(items.map(({ ttl }) => daysAfterRow(ttl)))])]),
  );
  expect(state).toBe('completed');
  // A row that describes work is written once. Its retention counts from then, so the row never outlives that of its run.
  expect(expiries).toEqual({
    logLine: [-200, 0],
    recordError: [-200, 0],
    preview: [-200, 0],
    // What the run needs is kept for a year more, because its end was unknown.
    input: [165],
    task: [165, 365],
    checkpoint: [165],
    latencies: [165, 365],
  });
  expect(row?.ttl).toBe(Math.ceil((Date.parse(purgeAt) + 90 * DAY_MS) / 1_000));
});
