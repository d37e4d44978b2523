import type { Lease, RunRef } from '../run.ts';
import type { OperatorCounts, RecordCounts } from './counts.ts';
import type { Position } from './position.ts';
import type { Rate } from './rates.ts';
import type { SplitRanges } from './split-ranges.ts';

/**
 * Records that one read of a source returned, stored in S3 so that they are identical when read again, and the progress
 * of committing them.
 */
export interface StagedBatch {
  /** Key of the S3 object. */
  readonly key: string;
  /** Number of valid records, and how many of them all sinks have received. */
  readonly records: number;
  readonly through: number;
  /** Position of the split behind these records; meaningless if `last` is set. */
  readonly next: Position;
  /** `true` if the split ends with these records. */
  readonly last: boolean;
  /** Cursor of the next run, if the split ends with these records and has one. */
  readonly cursor?: string;
  /** Minimum number of the page that follows. Lower page numbers were used for other records. */
  readonly pageAfter?: number;
  /** Set while the records still belong to the previous run and have not been adopted by the current one. */
  readonly origin?: StagingOrigin;
}

/** The identity of staged records in the run that staged them. */
export interface StagingOrigin {
  /** Key of the S3 object in that run. Deduplication entries of queue messages refer to it. */
  readonly key: string;
  /** Number of the first page to use if another task has taken some of the messages. */
  readonly firstPage: number;
}

/** A page that sinks have received in part. A slow sink leaves the rest to the next slice. */
export interface PartialPage {
  /** Number of records that the transforms made. */
  readonly records: number;
  /** Progress of each sink, in order. */
  readonly sinks: readonly SinkProgress[];
  /** Key of the S3 object with the records that sinks made of responses, if a sink does so. */
  readonly mapped?: string;
}

export interface SinkProgress {
  /**
   * Number of records offered to the sink.
   *
   * @default the number of records that the transforms made
   */
  readonly offered?: number;
  /** Number of leading records that the sink has received. */
  readonly through: number;
  /** Indices of rejected records, as ranges. */
  readonly refused: SplitRanges;
  /** Bytes sent so far, and the time this took in milliseconds. */
  readonly bytes: number;
  readonly ms: number;
}

/** The position at which reading of a split resumes. */
export interface ResumePoint {
  readonly position: Position;
  /** Number of the next page. */
  readonly page: number;
}

/**
 * A subtask of a flow run: the flow's operators, applied to some of the splits. Each commit of a page replaces the
 * whole row.
 */
export interface Task {
  readonly run: RunRef;
  /** 0, 1, 2… within the run. */
  readonly index: number;
  /** `stopped`: the task ended before its splits did. */
  readonly state: 'active' | 'done' | 'stopped';
  /** Numbers of the task's splits in the plan, in reading order. */
  readonly splits: readonly number[];
  /** Index in `splits` of the current split, unless `turn` is set; the length of `splits` when all are read. */
  readonly at: number;
  /**
   * Index in `splits` of the current split while several unbounded splits take turns; null if `at` is the current one.
   */
  readonly turn: number | null;
  /** Resume points of unbounded splits that wait for their next turn, by split number in the plan. */
  readonly resumePoints: Readonly<Record<string, ResumePoint>>;
  /** Number of the next page of the current split. */
  readonly page: number;
  readonly position: Position;
  readonly staged: StagedBatch | null;
  /** The part of the next page that sinks have received; null if none. */
  readonly part: PartialPage | null;
  /** Indices of the sources that the task has not read to the end. */
  readonly open: readonly number[];
  /** Counts of each operator of the flow, in order. */
  readonly operators: readonly OperatorCounts[];
  readonly records: RecordCounts;
  /** Bytes stored by the task for inspection: failed records, previews and log lines. */
  readonly keptBytes: number;
  /** Milliseconds that the task's slices waited for sources, waited for sinks, and ran in total. */
  readonly idleMs: number;
  readonly blockedMs: number;
  readonly busyMs: number;
  /** The part of `busyMs` that the run's compute time includes. */
  readonly countedMs: number;
  /** Records read and written within the last minute, in intervals of 10 s. */
  readonly rates: readonly Rate[];
  /**
   * Number of the slice, raised by each claim. A message names the slice it requests; messages of earlier slices are
   * dropped.
   */
  readonly slice: number;
  readonly lease: Lease | null;
  /** Time from which the row may be removed although its run was not purged, in epoch seconds. Each claim moves it. */
  readonly expiresAt: number;
  /** Earliest time of the next claim. */
  readonly dueAt: string | null;
  /** Time since which the task waits for a slot of its tenant; null if it does not wait. */
  readonly waitingSince: string | null;
  /** Time at which the task's message was last sent, and the number of repetitions since. */
  readonly sentAt: string;
  readonly resends: number;
  /**
   * Failed or lost slices since the task was last healthy, the newest cause, and the start of the current healthy
   * period.
   */
  readonly failures: number;
  readonly failure: string | null;
  readonly healthySince: string | null;
}

/** Returns the index in `splits` of the current split. */
export const currentSplitIndex = ({ at, turn }: Pick<Task, 'at' | 'turn'>): number => turn ?? at;
