import { setTimeout as sleep } from 'node:timers/promises';
import type { Batch, Reading, SourceReader } from '../../executors/flow/source.ts';
import { emptyHand, takeInHand } from './hand.ts';
import { type Pause, takePage } from './page.ts';
import { isOver, type SliceWork, splitInHand, turnedTo, turnsOf } from './slice-work.ts';

/** How far a slice came: the task's splits are read, or it goes on, not before so many milliseconds. */
export type Progress = 'drained' | Pause;

/**
 * Reads a task's splits, page by page, until they end or the slice does.
 *
 * @throws FlowFailure, LeaseLost; anything, when the signal aborts
 */
export async function readSplits(work: SliceWork): Promise<Progress> {
  const { held } = work;
  while (held.task.at < held.task.splits.length) {
    const { at } = held.task;
    const reader = readerInHand(work);
    const left = await emptyHand(work, reader);
    if (left) return left;
    if (held.task.at === at) {
      const progress = await (reader.unbounded ? takeTurns(work) : readSplit(work, reader));
      if (progress) return progress;
    }
    if (isOver(work)) return held.task.at < held.task.splits.length ? { waitMs: 0 } : 'drained';
  }
  return 'drained';
}

function readerInHand(work: SliceWork): SourceReader {
  const { held, open } = work;
  const reader = open.sources[splitInHand(work).source];
  if (!reader) throw new Error(`task ${held.task.index} has a split of a source that the flow has not`);
  return reader;
}

/** Undefined when the split was read to its end. */
async function readSplit(work: SliceWork, reader: SourceReader): Promise<Progress | undefined> {
  const { held } = work;
  const { at } = held.task;
  const readings = begin(work, reader);
  try {
    for (;;) {
      const reading = await next(work, readings);
      if ('waitMs' in reading) {
        const over = await pause(work, reading.waitMs);
        if (over) return over;
        continue;
      }
      const left = await take(work, reader, reading);
      if (left) return left;
      if (held.task.at !== at) return undefined;
      if (isOver(work)) return { waitMs: 0 };
    }
  } finally {
    await readings.return();
  }
}

/** Reads what has no end: of each source a batch in turn, for none of them leaves off by itself. */
async function takeTurns(work: SliceWork): Promise<Progress> {
  const { held, platform, until } = work;
  const turns = turnsOf(work);
  const begun = new Map<number, AsyncGenerator<Reading>>();
  // How many in a row had nothing. While one of them has something, no other is waited for.
  let without = 0;
  const isPatient = () => without >= turns.length - 1;
  try {
    for (;;) {
      let waitMs = Number.POSITIVE_INFINITY;
      for (const turn of turns) {
        held.turnTo(turnedTo(work, turn));
        const reader = readerInHand(work);
        const readings = begun.get(turn) ?? begin(work, reader, isPatient);
        begun.set(turn, readings);
        const reading = await next(work, readings);
        if ('waitMs' in reading) {
          without += 1;
          waitMs = Math.min(waitMs, reading.waitMs);
        } else {
          without = 0;
          waitMs = 0;
          const left = await take(work, reader, reading);
          if (left) return left;
        }
        // Of messages that all were through, or in others' hands, nothing is committed: that does not end by itself.
        if (isOver(work) || (!('waitMs' in reading) && platform.now() >= until)) return { waitMs: 0 };
      }
      const over = await pause(work, waitMs);
      if (over) return over;
    }
  } finally {
    for (const readings of begun.values()) await readings.return(undefined);
  }
}

function begin(work: SliceWork, reader: SourceReader, isPatient?: () => boolean): AsyncGenerator<Reading, void> {
  const { plan, held, signal } = work;
  return reader.read(plan.splits[splitInHand(work).number]?.data ?? null, held.task.position, signal, isPatient);
}

async function next({ held, signal }: SliceWork, readings: AsyncGenerator<Reading, void>): Promise<Reading> {
  const asked = performance.now();
  const { value, done } = await readings.next();
  held.waited({ idleMs: Math.round(performance.now() - asked) });
  signal.throwIfAborted();
  if (done) throw new Error('a source ended without saying so');
  return value;
}

/** Takes what was read into the sinks; a pause when the slice ends before all of it was. */
async function take(work: SliceWork, reader: SourceReader, batch: Batch): Promise<Pause | undefined> {
  if (/* guard: staging.before-sinks */ !reader.staged) return takePage(work, batch);
  await takeInHand(work, reader, batch);
  return emptyHand(work, reader);
}

/** Waits for a source that has nothing yet, when the slice has the time; else it is for a later slice to ask. */
async function pause(work: SliceWork, waitMs: number): Promise<Progress | undefined> {
  const { platform, held, signal, until, wake } = work;
  if (waitMs >= until - platform.now()) return { waitMs };
  const asked = performance.now();
  // A gentle stop ends the wait, too.
  await sleep(waitMs, undefined, { signal: wake }).catch(() => signal.throwIfAborted());
  held.waited({ idleMs: Math.round(performance.now() - asked) });
  return isOver(work) ? { waitMs: 0 } : undefined;
}
