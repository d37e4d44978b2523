import type { Position } from '../../domain/flow/plan.ts';
import type { Json } from '../../domain/json.ts';

/** What stands where a record should be. */
export interface FailedRecord {
  /** As it came, cut to 4 KB. */
  readonly input: string;
  readonly message: string;
}

export type SourceRecord = { readonly value: Json } | { readonly failed: FailedRecord };

/** A message of a queue: deleted when its records are through, and never read twice. */
export interface QueueMessage {
  readonly id: string;
  readonly receipt: string;
}

/** What a source gives at once. */
export interface SourceBatch {
  readonly records: readonly SourceRecord[];
  /** Bytes that were read for it. */
  readonly bytes: number;
  /** Where the split goes on; null when it ends here. */
  readonly next: Position | null;
  /** Of a queue's records: one for each, in their order. */
  readonly messages?: readonly QueueMessage[];
}

/** A batch, or that there is nothing yet: to be asked again after so many milliseconds, by this slice or a later one. */
export type ReadResult = SourceBatch | { readonly waitMs: number };

/** A source on one machine, for one slice. */
export interface SourceReader {
  /**
   * Whether it may answer differently when asked again: then what it gave is kept in S3 before it is used. The others
   * give pages of exactly the flow's page size (the last of a split may be shorter, and one of over 2 MB is), the same
   * ones from any position.
   */
  readonly staged: boolean;
  /** It ends only when it is stopped. */
  readonly unbounded: boolean;
  /**
   * Cuts its input into splits, at page boundaries; there may be none.
   *
   * @throws FlowFailure
   */
  plan(signal: AbortSignal): Promise<readonly Json[]>;
  /**
   * What is in a split from a position on (null: its beginning). Ends after the batch whose `next` is null.
   *
   * @param mayWait of a source without an end: whether it may wait a moment for something to come. @default it may
   * @throws FlowFailure
   */
  read(
    split: Json,
    from: Position | null,
    signal: AbortSignal,
    mayWait?: () => boolean,
  ): AsyncGenerator<ReadResult, void, undefined>;
  /** Forgets messages of a queue whose records are through. */
  acknowledge?(messages: readonly QueueMessage[]): Promise<void>;
  /** Lets messages of a queue come again later than they would: somebody has them in hand. */
  defer?(messages: readonly QueueMessage[]): Promise<void>;
}
