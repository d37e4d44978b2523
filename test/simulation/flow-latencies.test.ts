import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StopMode } from '../../functions/core/domain/flow/stop.ts';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { CANCEL_POLL_INTERVAL_MS } from '../../functions/core/domain/timing.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { stopFlow } from '../../functions/core/engine/flow/stop/stop-flow.ts';
import { FlowFailure } from '../../functions/core/executors/flow/flow-failure.ts';
import type { SinkWriter } from '../../functions/core/executors/flow/sink-writer.ts';
import { getLatencies } from '../../functions/core/store/latencies.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { drainSlices, startFlowRun } from '../helpers/simulations/process-messages.ts';

const db = memoryDb();
/** Index of the sink in the flow. */
const SINK = 1;

// A slice polls its run in intervals. The test advances the timer.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/**
 * A flow run of ten records per page that calls `meanwhile` before each write to the sink.
 *
 * @param meanwhile receives the number of pages written so far
 */
async function startMeasuredRun(meanwhile: (page: number, signal: AbortSignal) => Promise<void>) {
  const platform = testPlatform(db);
  let page = 0;
  const sink: SinkWriter = {
    async write(_, signal) {
      await meanwhile(page++, signal);
      signal.throwIfAborted();
      return { refused: [], bytes: 10 };
    },
  };
  connectOperators(platform, { sources: [replayableSource(1, 100)], sinks: [sink] });
  const ref = await startFlowRun(platform, await givenFlow(platform));
  return { platform, ref };
}

/** Returns the number of records in the sink's stored latencies. */
async function measured({ db }: TestPlatform, ref: RunRef): Promise<number> {
  const sketch = (await getLatencies(db, ref)).get(SINK) ?? {};
  return Object.values(sketch).reduce((sum, records) => sum + records, 0);
}

describe('a flow run that measures latencies', () => {
  it('stores latencies with the first page and then every ten seconds of a slice', async () => {
    const seen: number[] = [];
    const current: { platform: TestPlatform; ref: RunRef } = await startMeasuredRun(async (page) => {
      seen.push(await measured(current.platform, current.ref));
      if (page === 4) current.platform.advance(10_000);
    });

    await drainSlices(current.platform);

    expect(seen).toEqual([0, 10, 10, 10, 10, 50, 50, 50, 50, 50]);
    expect(await measured(current.platform, current.ref)).toBe(100);
  });

  it.each<StopMode>(['immediate', 'force'])(
    'stores the latencies of all pages before a stop in mode %s',
    async (mode) => {
      const current: { platform: TestPlatform; ref: RunRef } = await startMeasuredRun(async (page, signal) => {
        if (page < 3) return;
        const { platform, ref } = current;
        const requestedAt = new Date(platform.now()).toISOString();
        await stopFlow(platform, ref, 'ana@acme.test', { mode, requestedAt, timeoutMs: 30_000 });
        vi.advanceTimersByTime(CANCEL_POLL_INTERVAL_MS);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      });

      await drainSlices(current.platform);

      expect(await getRun(db, current.ref)).toMatchObject({ state: 'canceled' });
      expect(await measured(current.platform, current.ref)).toBe(30);
    },
  );

  it('stores the latencies of all pages before a cancel', async () => {
    const current: { platform: TestPlatform; ref: RunRef } = await startMeasuredRun(async (page, signal) => {
      if (page < 3) return;
      await cancelRun(current.platform, current.ref, 'ana@acme.test');
      vi.advanceTimersByTime(CANCEL_POLL_INTERVAL_MS);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });

    await drainSlices(current.platform);

    expect(await getRun(db, current.ref)).toMatchObject({ state: 'canceled' });
    expect(await measured(current.platform, current.ref)).toBe(30);
  });

  it('stores the latencies of all pages before a failure', async () => {
    const { platform, ref } = await startMeasuredRun(async (page) => {
      if (page === 3) throw new FlowFailure('sink_1: refused', { permanent: true });
    });

    await drainSlices(platform);

    expect(await getRun(db, ref)).toMatchObject({ state: 'failed' });
    expect(await measured(platform, ref)).toBe(30);
  });
});
