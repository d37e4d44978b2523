import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { STOP_MODES, type StopMode } from '../../functions/core/domain/flow/stop.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Run, RunRef } from '../../functions/core/domain/run.ts';
import { CANCEL_POLL_INTERVAL_MS } from '../../functions/core/domain/timing.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { restartRun } from '../../functions/core/engine/flow/restart/restart-run.ts';
import { runSlice } from '../../functions/core/engine/flow/slice/run-slice.ts';
import { stopFlow } from '../../functions/core/engine/flow/stop/stop-flow.ts';
import { FlowFailure } from '../../functions/core/executors/flow/flow-failure.ts';
import type { SinkPage, SinkWriter } from '../../functions/core/executors/flow/sink-writer.ts';
import type { SourceReader } from '../../functions/core/executors/flow/source-reader.ts';
import { listCheckpoints } from '../../functions/core/store/checkpoints.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import {
  drainSlices,
  processRunMessages,
  rejectScripts,
  startFlowRun,
} from '../helpers/simulations/process-messages.ts';

/** Every stop mode, for every state of a task, followed by a restart. */

const db = memoryDb();
const RECORDS = 50;

// A slice polls its run in intervals. The test advances the timer.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets all code continue until it waits for a timer or the test. */
async function runTurns(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise(setImmediate);
}

async function poll(): Promise<void> {
  vi.advanceTimersByTime(CANCEL_POLL_INTERVAL_MS);
  await runTurns();
}

/** A sink that processes one record after the other and stores the last value of each record key. */
class RecordingSink implements SinkWriter {
  readonly received = new Map<string, unknown>();
  /** Called before each record. */
  before: (page: SinkPage, index: number, signal: AbortSignal) => Promise<void> | void = () => {};

  async write(page: SinkPage, signal: AbortSignal) {
    const { records, key, resumeFrom: from = 0, isTimeUp: isLate = () => false } = page;
    let through = from;
    while (through < records.length && (through === from || !isLate())) {
      await this.before(page, through, signal);
      signal.throwIfAborted();
      this.received.set(`${key.lineage} ${key.split} ${key.page} ${through}`, records[through]?.value);
      through += 1;
    }
    return { refused: [], bytes: through - from, processed: through };
  }
}

interface Situation {
  readonly platform: TestPlatform;
  readonly job: Job;
  readonly ref: RunRef;
  readonly shelf: RecordingSink;
  /** The running slice, if any. */
  readonly slice?: Promise<void>;
  /** Releases the running slice. */
  readonly release: () => void;
}

async function aRun(source: SourceReader = replayableSource(1, RECORDS)) {
  const platform = testPlatform(db);
  const sink = new RecordingSink();
  connectOperators(platform, { sources: [source], sinks: [sink] });
  const job = await givenFlow(platform, { checkpoints: { everySeconds: null, keep: 5 } });
  const ref = await startFlowRun(platform, job);
  return { platform, job, ref, shelf: sink, release: () => {} };
}

/** Starts a slice and waits until it has reached the position at which the test holds it. */
async function startSlice(
  { platform }: Pick<Situation, 'platform'>,
  isReached: () => boolean,
): Promise<{ readonly slice: Promise<void> }> {
  const [message] = platform.slices.splice(0);
  if (!message) throw new Error('no slice was sent');
  const slice = runSlice(platform, { v: 1, ...message });
  for (let i = 0; !isReached(); i++) {
    if (i === 100) throw new Error('the slice does not reach the held position');
    await runTurns();
  }
  return { slice };
}

/** Holds a slice at one record of its second page until it is released or aborted. */
async function holdAt(index: number, released: (platform: TestPlatform) => void): Promise<Situation> {
  const run = await aRun();
  const gate = Promise.withResolvers<void>();
  let isReached = false;
  run.shelf.before = async ({ key }, at, signal) => {
    if (key.page !== 1 || at !== index) return;
    isReached = true;
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    await Promise.race([gate.promise, aborted]);
  };
  const { slice } = await startSlice(run, () => isReached);
  const release = () => {
    released(run.platform);
    gate.resolve();
  };
  return { ...run, slice, release };
}

const situations: Readonly<Record<string, () => Promise<Situation>>> = {
  'that processes a page': () => holdAt(0, () => {}),
  'that has processed half of a page': () => holdAt(5, (platform) => platform.advance(10_000)),
  'that waits for its source': async () => {
    let isEmpty = true;
    let isReached = false;
    const source = replayableSource(1, RECORDS);
    const slow: SourceReader = {
      ...source,
      async *read(split, from, signal) {
        for await (const reading of source.read(split, from, signal)) {
          yield reading;
          isReached = isEmpty;
          while (isEmpty) yield { waitMs: 40_000 };
        }
      },
    };
    const run = await aRun(slow);
    const { slice } = await startSlice(run, () => isReached);
    const release = () => {
      isEmpty = false;
    };
    return { ...run, slice, release };
  },
  'without a worker': async () => {
    const run = await aRun();
    run.platform.sliceMs = 0;
    await drainSlices(run.platform, run.platform, 1);
    return run;
  },
  'without a worker and with half of a page processed': async () => {
    const run = await aRun();
    run.shelf.before = ({ key }, index) => {
      if (key.page === 1 && index === 5) run.platform.advance(60_000);
    };
    await drainSlices(run.platform, run.platform, 1);
    return run;
  },
  'that waits for a retry': async () => {
    const run = await aRun();
    let isDown = true;
    run.shelf.before = ({ key }) => {
      if (key.page !== 1 || !isDown) return;
      isDown = false;
      throw new FlowFailure('HTTP 503 from https://erp.example', { permanent: false });
    };
    await drainSlices(run.platform, run.platform, 1);
    return run;
  },
};

async function runOf({ platform, ref }: Situation, of: RunRef = ref): Promise<Run> {
  const run = await getRun(platform.db, of);
  if (!run) throw new Error('the run does not exist');
  return run;
}

const stop = ({ platform, ref }: Situation, mode: StopMode, timeoutMs = 30_000) =>
  stopFlow(platform, ref, 'ana@acme.test', { mode, requestedAt: new Date(platform.now()).toISOString(), timeoutMs });

/**
 * Restarts the run with another parallelism and processes it to its end.
 *
 * @returns the final state and the values in the sink
 */
async function restartToEnd(situation: Situation) {
  const { platform, job, shelf: sink, release } = situation;
  sink.before = () => {};
  release();
  const next = await restartRun(platform, job, await runOf(situation), { parallelism: 3 });
  await processRunMessages(platform);
  await drainSlices(platform);
  const values = [...sink.received.values()].toSorted((a, b) => Number(a) - Number(b));
  return { state: (await runOf(situation, next)).state, values };
}

const everything = { state: 'completed', values: Array.from({ length: RECORDS }, (_, i) => i) };

describe.each(Object.entries(situations))('stopFlow with a task %s', (name, arrange) => {
  it.each(STOP_MODES)('ends the run in mode %s, and a restart writes every record once', async (mode) => {
    const situation = await arrange();
    const isHeld = situation.slice !== undefined;

    const requested = await stop(situation, mode);
    await poll();
    if (mode === 'checkpoint') situation.release();
    await situation.slice;

    const [run, checkpoints] = [await runOf(situation), await listCheckpoints(db, situation.ref)];
    expect({ requested: requested?.state, state: run.state, by: run.canceledBy }).toEqual({
      requested: isHeld && mode !== 'force' ? 'stopping' : 'canceled',
      state: 'canceled',
      by: 'ana@acme.test',
    });
    expect(checkpoints.map(({ cause, state }) => [cause, state])).toEqual(
      mode === 'checkpoint' ? [['stop', 'completed']] : [],
    );
    // Besides the first page, only a page that was completed counts.
    const ends = name === 'that processes a page' && mode === 'checkpoint';
    expect(run.itemsProcessed).toBe(ends ? 20 : 10);
    expect(await restartToEnd(situation)).toEqual(everything);
  });
});

describe('a stop escalates to the next mode exactly at its timeout', () => {
  /** Returns the state of the run and the delay of the escalation message at each step. */
  async function escalated(situation: Situation, mode: StopMode) {
    const timeoutMs = 20_000;
    await stop(situation, mode, timeoutMs);
    const { platform } = situation;
    const states: string[] = [];
    for (let step = 0; step < 2; step++) {
      const [next] = platform.sent.splice(0);
      states.push(`${(await runOf(situation)).state}, again in ${next?.delayMs}`);
      await poll();
      platform.advance(timeoutMs - 1);
      await poll();
      states.push((await runOf(situation)).state);
      platform.advance(1);
      if (next) await processRunMessage(platform, rejectScripts, next);
      await poll();
      const { state } = await runOf(situation);
      states.push(state);
      if (state !== 'stopping') break;
    }
    return states;
  }

  it('from checkpoint to immediate', async () => {
    const situation = await holdAt(5, () => {});

    const states = await escalated(situation, 'checkpoint');
    await situation.slice;

    expect(states).toEqual(['stopping, again in 20000', 'stopping', 'canceled']);
    expect((await runOf(situation)).itemsProcessed).toBe(10);
    // The run still ends with a checkpoint, which does not contain the interrupted page.
    expect(await listCheckpoints(db, situation.ref)).toMatchObject([{ cause: 'stop', state: 'completed' }]);
    expect(await restartToEnd(situation)).toEqual(everything);
  });

  it('from immediate to force', async () => {
    const situation = await aStuckRun();

    expect(await escalated(situation, 'immediate')).toEqual(['stopping, again in 20000', 'stopping', 'canceled']);
    expect(await restartToEnd(situation)).toEqual(everything);
  });

  it('from checkpoint through immediate to force if the sink never responds', async () => {
    const situation = await aStuckRun();

    expect(await escalated(situation, 'checkpoint')).toEqual([
      'stopping, again in 20000',
      'stopping',
      'stopping',
      'stopping, again in 20000',
      'stopping',
      'canceled',
    ]);
    expect(await restartToEnd(situation)).toEqual(everything);
  });

  /** A run whose sink never responds, even after an abort. */
  async function aStuckRun(): Promise<Situation> {
    const run = await aRun();
    let isReached = false;
    run.shelf.before = async ({ key }) => {
      if (key.page !== 1) return;
      isReached = true;
      await new Promise<never>(() => {});
    };
    await startSlice(run, () => isReached);
    return run;
  }
});
