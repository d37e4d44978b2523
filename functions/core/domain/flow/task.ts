import type { Lease, RunRef } from '../run.ts';
import type { OperatorCounts, RecordCounts } from './counts.ts';
import type { Position } from './plan.ts';
import type { Rate } from './rates.ts';
import type { SplitRanges } from './split-ranges.ts';

/** What a source gave at once, kept in S3 so that it is the same when it is read again, and how far it was used. */
export interface StagedBatch {
  /** Key of the object that holds it. */
  readonly key: string;
  /** Good records in it, and how many of them are through all sinks. */
  readonly records: number;
  readonly through: number;
  /** Where the split goes on after it; unset in `last`. */
  readonly next: Position;
  /** The split ends with it. */
  readonly last: boolean;
  /** The page after it has at least this number: those before have been written with something else. */
  readonly pageAfter?: number;
  /** Of one that the run before left, which this run has not made its own yet. */
  readonly left?: StagingOrigin;
}

/** What a hand was to the run that left it. */
export interface StagingOrigin {
  /** Its key there: messages of a queue are noted under it. */
  readonly key: string;
  /** Number of its first page if that is not what it was any more: somebody else took messages of it. */
  readonly pageAnew: number;
}

/** A page that sinks had a part of: some take so long for it that the rest is for another slice. */
export interface PartialPage {
  /** What all of them are offered, in records. */
  readonly records: number;
  /** Of each sink, in order. */
  readonly sinks: readonly SinkProgress[];
}

export interface SinkProgress {
  /** So many of the records, from the first, it has had. */
  readonly through: number;
  /** Those that it would not have, as ranges of their indices. */
  readonly refused: SplitRanges;
  /** What was sent of it, and how long that took in milliseconds. */
  readonly bytes: number;
  readonly ms: number;
}

/** Where a split goes on. */
export interface ResumePoint {
  readonly position: Position;
  /** Number of the next page. */
  readonly page: number;
}

/** One subtask of a flow run: the flow's operators, applied to some splits. Its row moves with each page, as a whole. */
export interface Task {
  readonly run: RunRef;
  /** 0, 1, 2… within the run. */
  readonly index: number;
  /** `stopped`: it ended before its splits did. */
  readonly state: 'active' | 'done' | 'stopped';
  /** Its splits, by their numbers in the plan, in the order in which it reads them. */
  readonly splits: readonly number[];
  /** How far it has come with them: the index of the one in hand, unless there is a turn; their number when all are read. */
  readonly at: number;
  /** The one in hand, once several that have no end take turns: an index in `splits`; null: the one at `at`. */
  readonly turn: number | null;
  /** Where those go on that wait for their turn and had one, by their numbers in the plan. */
  readonly left: Readonly<Record<string, ResumePoint>>;
  /** Number of the next page of the split in hand. */
  readonly page: number;
  readonly position: Position;
  readonly hand: StagedBatch | null;
  /** Of the page that comes next, what sinks have had; null: nothing. */
  readonly part: PartialPage | null;
  /** Sources that it has not read to the end, by their index. */
  readonly open: readonly number[];
  /** Of each operator of the flow, in order. */
  readonly operators: readonly OperatorCounts[];
  readonly records: RecordCounts;
  /** Bytes of what it left to be looked at: records that failed, previews, its log. */
  readonly keptBytes: number;
  /** Milliseconds its slices spent waiting for sources, waiting for sinks, and in all. */
  readonly idleMs: number;
  readonly blockedMs: number;
  readonly busyMs: number;
  /** Records read and taken within the last minute, by tens of seconds. */
  readonly rates: readonly Rate[];
  /** Raised by each claim: a message names the slice it asks for, and one that was had is dropped. */
  readonly slice: number;
  readonly lease: Lease | null;
  /** Not to be claimed before. */
  readonly dueAt: string | null;
  /** When its message was sent last, and how often it was sent again since. */
  readonly sentAt: string;
  readonly resends: number;
  /** Slices that failed or were lost since it was last healthy, the newest cause, and since when it is going well. */
  readonly failures: number;
  readonly failure: string | null;
  readonly healthySince: string | null;
}

/** Which of a task's splits is in hand: an index in `splits`. */
export const currentSplitIndex = ({ at, turn }: Pick<Task, 'at' | 'turn'>): number => turn ?? at;
