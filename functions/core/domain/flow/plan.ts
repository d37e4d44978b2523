import type { RetryPolicy } from '../job.ts';
import type { Json } from '../json.ts';
import type { Flow } from './flow.ts';
import type { PartialPage, ResumePoint, StagedBatch } from './task.ts';

/** Where in a split a page begins: the source's own words; null is the beginning. */
export type Position = Json;

/** A part of a source's input that is read in order, by one task at a time. Cut once, for a run and all that follow it. */
export interface Split {
  /** Index in `flow.sources`. */
  readonly source: number;
  /** What the source needs to know: an object and its byte range, a range of numbers… */
  readonly data: Json;
  /** Where to begin, of a run that was started from a checkpoint. @default the beginning */
  readonly from?: SplitStart;
}

/** How far a split was read by the run before. */
export interface SplitStart {
  readonly position: Position;
  /** Number of the next page. */
  readonly page: number;
  /** Nothing is left of it. */
  readonly done?: boolean;
  /** What was read of it and is not through. */
  readonly hand?: StagedBatch | null;
  /** Of its next page, what sinks have had. */
  readonly part?: PartialPage | null;
}

/** Where a split goes on after what was in hand when its run began; without that, where it began. */
export function resumePointAfterStaged({ from }: Split, pageSize: number): ResumePoint {
  if (!from?.hand) return { position: from?.position ?? null, page: from?.page ?? 0 };
  const { records, through, next, pageAfter = 0 } = from.hand;
  return { position: next, page: Math.max(from.page + Math.ceil((records - through) / pageSize), pageAfter) };
}

/**
 * Whether a task that has emptied its hand goes on to its next split: this one has no end, and that one has something in
 * hand from the run before, which nobody else would take.
 */
export function yieldsToStaged({ splits, unbounded }: Plan, split: number, next: number | undefined): boolean {
  const [here, there] = [splits[split], next === undefined ? undefined : splits[next]];
  return here !== undefined && unbounded.includes(here.source) && Boolean(there?.from?.hand);
}

/** What a run of a flow does, as decided when it was planned: it does not change when the job does. */
export interface Plan {
  readonly flow: Flow;
  readonly splits: readonly Split[];
  /** Sources that end only when they are stopped, by their index. */
  readonly unbounded: readonly number[];
  /** How often a task's slices may fail in a row, and how long it waits between. */
  readonly retry: RetryPolicy;
  /** Milliseconds the run may take; null: as long as it takes. */
  readonly timeoutMs: number | null;
}
