import type { ErrorWork, ResumePoint } from '../../domain/flow/error-work.ts';
import type { Position } from '../../domain/flow/position.ts';
import type { Json } from '../../domain/json.ts';
import type { RunWithFlow } from '../../domain/run.ts';

/** A record that a source could not read. */
export interface FailedRecord {
  /** The raw input, cut to 4 KB. */
  readonly input: string;
  readonly message: string;
}

export type SourceRecord = { readonly value: Json } | { readonly failed: FailedRecord };

/** A queue message. It is deleted once its records are processed, and deduplicated by id. */
export interface QueueMessage {
  readonly id: string;
  readonly receipt: string;
}

/** The result of one read. */
export interface SourceBatch {
  readonly records: readonly SourceRecord[];
  /** Bytes read. */
  readonly bytes: number;
  /** Position after the batch; `null` at the end of the split. */
  readonly next: Position | null;
  /** Cursor of the next run, with the last batch of a split that has one. */
  readonly cursor?: string | undefined;
  /** For queues: one message per record, in the same order. */
  readonly messages?: readonly QueueMessage[];
  /** For the errors of a flow: the claimed error of the only record. */
  readonly retried?: RetriedError;
}

/** An error that a run has claimed in order to retry it. */
export interface RetriedError {
  readonly run: RunWithFlow;
  readonly error: ErrorWork;
  /** Operator at which the retry begins. */
  readonly from: ResumePoint;
  /** Payload of the run in which the record failed, `$payload` in expressions. */
  readonly payload: Json | undefined;
}

/** A batch, or the milliseconds to wait before the next read, by this slice or a later one. */
export type ReadResult = SourceBatch | { readonly waitMs: number };

/** The reader of a source for one slice. */
export interface SourceReader {
  /**
   * The source may answer differently when it is read again, so its batches are staged in S3 before use. Other sources
   * return the same pages from any position, each with the flow's page size; the last page of a split may be shorter,
   * and so may a page over 2 MB.
   */
  readonly staged: boolean;
  /** The source ends only when the run is stopped. */
  readonly unbounded: boolean;
  /**
   * Divides the input into splits at page boundaries. The list may be empty.
   *
   * @throws FlowFailure
   */
  plan(signal: AbortSignal): Promise<readonly Json[]>;
  /**
   * Reads a split. Ends after the batch whose `next` is `null`.
   *
   * @param from start position; `null` for the beginning of the split
   * @param mayWait for unbounded sources: whether a read may wait briefly for input. @default always
   * @throws FlowFailure
   */
  read(
    split: Json,
    from: Position | null,
    signal: AbortSignal,
    mayWait?: () => boolean,
  ): AsyncGenerator<ReadResult, void, undefined>;
  /** Deletes queue messages whose records are processed. */
  acknowledge?(messages: readonly QueueMessage[]): Promise<void>;
  /** Delays the redelivery of queue messages that another task is processing. */
  defer?(messages: readonly QueueMessage[]): Promise<void>;
  /** Releases resources at the end of the slice. */
  close?(): Promise<void>;
}
