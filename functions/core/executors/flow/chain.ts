import type { WrittenPlace } from '../../domain/flow/record-error.ts';
import type { Json } from '../../domain/json.ts';

/** A record produced by the chain. `origin` is the index of its input record. */
export interface DerivedRecord {
  readonly value: Json;
  readonly origin: number;
  /**
   * Ids of the sinks that receive the record.
   *
   * @default all sinks
   */
  readonly sinks?: readonly string[];
  /**
   * Index among all outputs of the page.
   *
   * @default the index in the list of records that a sink receives
   */
  readonly place?: number;
  /**
   * Number of outputs of the page before it that have the same origin.
   *
   * @default the number in the list of records that a sink receives
   */
  readonly ordinal?: number;
  /** Place of a record that was written before, and is written again under the keys of this place. */
  readonly former?: WrittenPlace;
}

/** Returns the ordinal of each record of a list, whose records of one origin follow each other. */
export function ordinalsOf(records: readonly DerivedRecord[]): readonly number[] {
  let next = 0;
  return records.map(({ origin, ordinal }, index) => {
    next = records[index - 1]?.origin === origin ? next + 1 : 0;
    return ordinal ?? next;
  });
}

/** A record that failed in a transform. */
export interface TransformError {
  /** Index in `flow.transforms`. */
  readonly transform: number;
  readonly origin: number;
  /** The transform's input. */
  readonly input: Json;
  readonly message: string;
}

export interface ChainResult {
  /** Ordered by origin. */
  readonly outputs: readonly DerivedRecord[];
  readonly errors: readonly TransformError[];
  /** The output of each transform, in chain order. The last entry equals `outputs`. */
  readonly outputsByTransform: readonly (readonly DerivedRecord[])[];
  /** Counts per transform, in chain order. */
  readonly counts: readonly {
    readonly in: number;
    readonly out: number;
    readonly errors: number;
    readonly ignored: number;
  }[];
}

/** The transforms of a flow, limited in time, recursion depth and memory. */
export interface Chain extends AsyncDisposable {
  /**
   * @param from index of the first transform; the ones before it count nothing. @default 0
   * @throws FlowFailure if the chain could not run
   */
  apply(records: readonly Json[], signal: AbortSignal, from?: number): Promise<ChainResult>;
}
