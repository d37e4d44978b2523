import type { RetryPolicy } from '../job.ts';
import type { Json } from '../json.ts';
import type { ErrorSelection } from './error-work.ts';
import type { Flow } from './flow.ts';
import type { Position } from './position.ts';
import type { PartialPage, ResumePoint, StagedBatch } from './task.ts';

/**
 * A part of a source's input that one task at a time reads in order. Splits are computed once and reused by restarted
 * runs.
 */
export interface Split {
  /** Index in `flow.sources`. */
  readonly source: number;
  /** Parameters of the source, for example an object and its byte range, or a range of numbers. */
  readonly data: Json;
  /**
   * Position at which a run that was started from a checkpoint continues.
   *
   * @defaultValue the beginning
   */
  readonly from?: SplitStart;
  /**
   * Selects the errors of the flow whose records the split contains, instead of input of the source: the split belongs to a
   * run that retries them.
   */
  readonly errors?: ErrorSelection;
}

/** @returns whether a plan belongs to a run that retries errors */
export const isRetryPlan = ({ splits }: Pick<Plan, 'splits'>): boolean => splits.some(({ errors }) => errors);

/** The progress on a split by the previous run. */
export interface SplitStart {
  readonly position: Position;
  /** Number of the next page. */
  readonly page: number;
  /** The split was read to its end. */
  readonly done?: boolean;
  /** Staged pages that are not yet committed. */
  readonly staged?: StagedBatch | null;
  /** The part of the next page that sinks have received. */
  readonly part?: PartialPage | null;
}

/**
 * Returns the position of a split behind the staged pages that it had at the start of the run; without staged pages,
 * the position at the start of the run.
 */
export function resumePointAfterStaged({ from }: Split, pageSize: number): ResumePoint {
  if (!from?.staged) return { position: from?.position ?? null, page: from?.page ?? 0 };
  const { records, through, next, pageAfter = 0 } = from.staged;
  return { position: next, page: Math.max(from.page + Math.ceil((records - through) / pageSize), pageAfter) };
}

/**
 * Returns whether a task without staged pages moves on to its next split: the current split is unbounded, and the next
 * one has staged pages of the previous run that no other task commits.
 */
export function yieldsToStaged({ splits, unbounded }: Plan, split: number, next: number | undefined): boolean {
  const [here, there] = [splits[split], next === undefined ? undefined : splits[next]];
  return here !== undefined && unbounded.includes(here.source) && Boolean(there?.from?.staged);
}

/** The execution plan of a flow run. It is fixed at planning time and does not follow changes of the job. */
export interface Plan {
  readonly flow: Flow;
  /** Payload of the run, `$payload` in expressions; `undefined` if the run has none. */
  readonly payload?: Json | undefined;
  readonly splits: readonly Split[];
  /** Indices of the sources that never end. */
  readonly unbounded: readonly number[];
  /** Retries of a task whose slices fail in a row. */
  readonly retry: RetryPolicy;
  /** Maximum duration of the run in milliseconds; null for unlimited. */
  readonly timeoutMs: number | null;
}
