import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadResult, SourceBatch, SourceReader } from '../../../executors/flow/source-reader.ts';
import { drainStaged, stageBatch } from '../staging/stage-batch.ts';
import { type Pause, processSourcePage } from './page.ts';
import { currentSplit, isSliceOver, roundRobinSplits, type SliceContext, switchSplit } from './slice-context.ts';

/** How far a slice came: the task's splits are read, or it goes on, not before so many milliseconds. */
export type SliceProgress = 'drained' | Pause;

/**
 * Reads a task's splits, page by page, until they end or the slice does.
 *
 * @throws FlowFailure, LeaseLost; anything, when the signal aborts
 */
export async function processSplits(work: SliceContext): Promise<SliceProgress> {
  const { leased: held } = work;
  while (held.task.at < held.task.splits.length) {
    const { at } = held.task;
    const reader = currentReader(work);
    const left = await drainStaged(work, reader);
    if (left) return left;
    if (held.task.at === at) {
      const progress = await (reader.unbounded ? readRoundRobin(work) : readSplit(work, reader));
      if (progress) return progress;
    }
    if (isSliceOver(work)) return held.task.at < held.task.splits.length ? { waitMs: 0 } : 'drained';
  }
  return 'drained';
}

function currentReader(work: SliceContext): SourceReader {
  const { leased: held, open } = work;
  const reader = open.sources[currentSplit(work).source];
  if (!reader) throw new Error(`task ${held.task.index} has a split of a source that the flow has not`);
  return reader;
}

/** Undefined when the split was read to its end. */
async function readSplit(work: SliceContext, reader: SourceReader): Promise<SliceProgress | undefined> {
  const { leased: held } = work;
  const { at } = held.task;
  const readings = startReading(work, reader);
  try {
    for (;;) {
      const reading = await nextReading(work, readings);
      if ('waitMs' in reading) {
        const over = await waitForSource(work, reading.waitMs);
        if (over) return over;
        continue;
      }
      const left = await processBatch(work, reader, reading);
      if (left) return left;
      if (held.task.at !== at) return undefined;
      if (isSliceOver(work)) return { waitMs: 0 };
    }
  } finally {
    await readings.return();
  }
}

/** Reads what has no end: of each source a batch in turn, for none of them leaves off by itself. */
async function readRoundRobin(work: SliceContext): Promise<SliceProgress> {
  const { leased: held, platform, deadline: until } = work;
  const turns = roundRobinSplits(work);
  const begun = new Map<number, AsyncGenerator<ReadResult>>();
  // How many in a row had nothing. While one of them has something, no other is waited for.
  let without = 0;
  const isPatient = () => without >= turns.length - 1;
  try {
    for (;;) {
      let waitMs = Number.POSITIVE_INFINITY;
      for (const turn of turns) {
        held.switchTo(switchSplit(work, turn));
        const reader = currentReader(work);
        const readings = begun.get(turn) ?? startReading(work, reader, isPatient);
        begun.set(turn, readings);
        const reading = await nextReading(work, readings);
        if ('waitMs' in reading) {
          without += 1;
          waitMs = Math.min(waitMs, reading.waitMs);
        } else {
          without = 0;
          waitMs = 0;
          const left = await processBatch(work, reader, reading);
          if (left) return left;
        }
        // Of messages that all were through, or in others' hands, nothing is committed: that does not end by itself.
        if (isSliceOver(work) || (!('waitMs' in reading) && platform.now() >= until)) return { waitMs: 0 };
      }
      const over = await waitForSource(work, waitMs);
      if (over) return over;
    }
  } finally {
    for (const readings of begun.values()) await readings.return(undefined);
  }
}

function startReading(
  work: SliceContext,
  reader: SourceReader,
  isPatient?: () => boolean,
): AsyncGenerator<ReadResult, void> {
  const { plan, leased: held, signal } = work;
  return reader.read(plan.splits[currentSplit(work).number]?.data ?? null, held.task.position, signal, isPatient);
}

async function nextReading(
  { leased: held, signal }: SliceContext,
  readings: AsyncGenerator<ReadResult, void>,
): Promise<ReadResult> {
  const asked = performance.now();
  const { value, done } = await readings.next();
  held.addWaitTime({ idleMs: Math.round(performance.now() - asked) });
  signal.throwIfAborted();
  if (done) throw new Error('a source ended without saying so');
  return value;
}

/** Takes what was read into the sinks; a pause when the slice ends before all of it was. */
async function processBatch(work: SliceContext, reader: SourceReader, batch: SourceBatch): Promise<Pause | undefined> {
  if (/* guard: staging.before-sinks */ !reader.staged) return processSourcePage(work, batch);
  await stageBatch(work, reader, batch);
  return drainStaged(work, reader);
}

/** Waits for a source that has nothing yet, when the slice has the time; else it is for a later slice to ask. */
async function waitForSource(work: SliceContext, waitMs: number): Promise<SliceProgress | undefined> {
  const { platform, leased: held, signal, deadline: until, waitSignal: wake } = work;
  if (waitMs >= until - platform.now()) return { waitMs };
  const asked = performance.now();
  // A gentle stop ends the wait, too.
  await sleep(waitMs, undefined, { signal: wake }).catch(() => signal.throwIfAborted());
  held.addWaitTime({ idleMs: Math.round(performance.now() - asked) });
  return isSliceOver(work) ? { waitMs: 0 } : undefined;
}
