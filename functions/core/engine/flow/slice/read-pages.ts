import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadResult, SourceBatch, SourceReader } from '../../../executors/flow/source-reader.ts';
import { createErrorReader } from '../errors/read-errors.ts';
import { readStaged } from '../staging/read-staged.ts';
import { stageBatch } from '../staging/stage-batch.ts';
import { createPage, type Page } from './page.ts';
import { isSliceOver, type SliceContext, type SlicePause, type SliceProgress } from './slice-context.ts';
import { currentSplit, hasUnreadSplit, roundRobinSplits, switchSplit } from './task-position.ts';

/** Yields pages. Returns a pause if the slice has to end, `undefined` if the caller continues. */
type PageReader = AsyncGenerator<Page, SlicePause | undefined, void>;

/**
 * Reads a task's splits page by page, until they or the slice end. The caller commits each page before it requests the
 * next one.
 *
 * Batches of a staged source are stored and committed before their pages are yielded, so that a repeated page has the
 * same records.
 *
 * @throws FlowFailure, LeaseLostError; any error once the slice's signal aborts
 */
export async function* readPages(slice: SliceContext): AsyncGenerator<Page, SliceProgress, void> {
  const { leased } = slice;
  while (hasUnreadSplit(leased.task)) {
    const { at } = leased.task;
    const reader = currentReader(slice);
    const pause = yield* readStaged(slice, reader);
    if (pause) return pause;
    if (leased.task.at === at) {
      const pause = yield* reader.unbounded ? readRoundRobin(slice) : readSplit(slice, reader);
      if (pause) return pause;
    }
    if (isSliceOver(slice)) return hasUnreadSplit(leased.task) ? { waitMs: 0 } : 'drained';
  }
  return 'drained';
}

function currentReader(slice: SliceContext): SourceReader {
  const { number, source } = currentSplit(slice);
  const errors = slice.plan.splits[number]?.errors;
  if (errors) return createErrorReader(slice, source, errors);
  const reader = slice.openFlow.sources[source];
  if (!reader) throw new Error(`task ${slice.leased.task.index} has a split of an unknown source`);
  return reader;
}

/** Reads the current split to its end. */
async function* readSplit(slice: SliceContext, reader: SourceReader): PageReader {
  const { leased } = slice;
  const { at } = leased.task;
  const results = startReading(slice, reader);
  try {
    for (;;) {
      const result = await nextResult(slice, results);
      if ('waitMs' in result) {
        const pause = await waitForSource(slice, result.waitMs);
        if (pause) return pause;
        continue;
      }
      const pause = yield* readBatch(slice, reader, result);
      if (pause) return pause;
      if (leased.task.at !== at) return undefined;
      if (isSliceOver(slice)) return { waitMs: 0 };
    }
  } finally {
    await results.return();
  }
}

/** Reads unbounded splits in turns, one batch of each, because none of them ends. */
async function* readRoundRobin(slice: SliceContext): PageReader {
  const { leased, platform, deadline } = slice;
  const turns = roundRobinSplits(slice);
  const started = new Map<number, AsyncGenerator<ReadResult>>();
  /** Consecutive splits without a batch. A source may wait for records only if all other sources had none. */
  let emptyTurns = 0;
  const mayWait = () => emptyTurns >= turns.length - 1;
  try {
    for (;;) {
      let waitMs = Number.POSITIVE_INFINITY;
      for (const turn of turns) {
        leased.switchTo(switchSplit(slice, turn));
        const reader = currentReader(slice);
        const results = started.get(turn) ?? startReading(slice, reader, mayWait);
        started.set(turn, results);
        const result = await nextResult(slice, results);
        const isEmpty = 'waitMs' in result;
        if (isEmpty) {
          emptyTurns += 1;
          waitMs = Math.min(waitMs, result.waitMs);
        } else {
          emptyTurns = 0;
          waitMs = 0;
          const pause = yield* readBatch(slice, reader, result);
          if (pause) return pause;
        }
        // A batch that contains only duplicates commits nothing, so the deadline ends the slice here.
        if (isSliceOver(slice) || (!isEmpty && platform.now() >= deadline)) return { waitMs: 0 };
      }
      const pause = await waitForSource(slice, waitMs);
      if (pause) return pause;
    }
  } finally {
    for (const results of started.values()) await results.return(undefined);
  }
}

/** Yields the pages of a batch: the batch itself, or the pages of its staged copy. */
async function* readBatch(slice: SliceContext, reader: SourceReader, batch: SourceBatch): PageReader {
  if (/* guard: staging.before-sinks */ !reader.staged) {
    yield createPage(slice, batch);
    return undefined;
  }
  await stageBatch(slice, reader, batch);
  return yield* readStaged(slice, reader);
}

function startReading(
  slice: SliceContext,
  reader: SourceReader,
  mayWait?: () => boolean,
): AsyncGenerator<ReadResult, void> {
  const { plan, leased, signal } = slice;
  return reader.read(plan.splits[currentSplit(slice).number]?.data ?? null, leased.task.position, signal, mayWait);
}

async function nextResult(
  { leased, signal }: SliceContext,
  results: AsyncGenerator<ReadResult, void>,
): Promise<ReadResult> {
  const startedAt = performance.now();
  const { value, done } = await results.next();
  leased.addWaitTime({ idleMs: Math.round(performance.now() - startedAt) });
  signal.throwIfAborted();
  if (done) throw new Error('a source ended without a final batch');
  return value;
}

/**
 * Waits for a source without records, if the rest of the slice is long enough.
 *
 * @returns a pause if the slice has to end
 */
async function waitForSource(slice: SliceContext, waitMs: number): Promise<SlicePause | undefined> {
  const { platform, leased, signal, deadline, waitSignal } = slice;
  if (waitMs >= deadline - platform.now()) return { waitMs };
  const startedAt = performance.now();
  await sleep(waitMs, undefined, { signal: waitSignal }).catch(() => signal.throwIfAborted());
  leased.addWaitTime({ idleMs: Math.round(performance.now() - startedAt) });
  return isSliceOver(slice) ? { waitMs: 0 } : undefined;
}
