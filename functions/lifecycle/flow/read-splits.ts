import { setTimeout as sleep } from 'node:timers/promises';
import type { SourceReader } from '../../executors/flow/source.ts';
import { emptyHand, takeInHand } from './hand.ts';
import { takePage } from './page.ts';
import { isOver, type SliceWork, splitInHand } from './slice-work.ts';

/** How far a slice came: the task's splits are read, or it goes on, not before so many milliseconds. */
export type Progress = 'drained' | { readonly waitMs: number };

/**
 * Reads a task's splits, page by page, until they end or the slice does.
 *
 * @throws FlowFailure, LeaseLost; anything, when the signal aborts
 */
export async function readSplits(work: SliceWork): Promise<Progress> {
  const { held, open } = work;
  while (held.task.at < held.task.splits.length) {
    const { at } = held.task;
    const reader = open.sources[splitInHand(work).source];
    if (!reader) throw new Error(`task ${held.task.index} has a split of a source that the flow has not`);
    if (!(await emptyHand(work, reader))) return { waitMs: 0 };
    const progress = held.task.at === at ? await readSplit(work, reader) : undefined;
    if (progress) return progress;
    if (isOver(work)) return held.task.at < held.task.splits.length ? { waitMs: 0 } : 'drained';
  }
  return 'drained';
}

/** Undefined when the split was read to its end. */
async function readSplit(work: SliceWork, reader: SourceReader): Promise<Progress | undefined> {
  const { held, plan, signal } = work;
  const { at, position } = held.task;
  const readings = reader.read(plan.splits[splitInHand(work).number]?.data ?? null, position, signal);
  try {
    for (;;) {
      const asked = performance.now();
      const { value: reading, done } = await readings.next();
      held.waited({ idleMs: Math.round(performance.now() - asked) });
      signal.throwIfAborted();
      if (done) throw new Error('a source ended without saying so');
      if ('waitMs' in reading) {
        const over = await pause(work, reading.waitMs);
        if (over) return over;
        continue;
      }
      if (reader.staged) {
        await takeInHand(work, reader, reading);
        if (!(await emptyHand(work, reader))) return { waitMs: 0 };
      } else {
        await takePage(work, reading);
      }
      if (held.task.at !== at) return undefined;
      if (isOver(work)) return { waitMs: 0 };
    }
  } finally {
    await readings.return();
  }
}

/** Waits for a source that has nothing yet, when the slice has the time; else it is for a later slice to ask. */
async function pause({ platform, held, signal, until }: SliceWork, waitMs: number): Promise<Progress | undefined> {
  if (waitMs >= until - platform.now()) return { waitMs };
  await sleep(waitMs, undefined, { signal });
  held.waited({ idleMs: waitMs });
  return undefined;
}
