import type { Json } from '../../domain/json.ts';

/** A record on its way, and the place in its page of the record it came of. */
export interface DerivedRecord {
  readonly value: Json;
  readonly origin: number;
}

/** A record that a transform failed on. */
export interface TransformError {
  /** Index in `flow.transforms`. */
  readonly transform: number;
  readonly origin: number;
  /** What the transform was given. */
  readonly input: Json;
  readonly message: string;
}

export interface ChainResult {
  /** In the order of their origins. */
  readonly outputs: readonly DerivedRecord[];
  readonly errors: readonly TransformError[];
  /** What came out of each transform, in order: of the last one, `outputs`. */
  readonly outputsByTransform: readonly (readonly DerivedRecord[])[];
  /** Of each transform, in order. */
  readonly counts: readonly {
    readonly in: number;
    readonly out: number;
    readonly errors: number;
    readonly ignored: number;
  }[];
}

/** The transforms of a flow, under limits of time, depth and memory. */
export interface Chain extends AsyncDisposable {
  /** @throws FlowFailure when it could not be run at all */
  apply(records: readonly Json[], signal: AbortSignal): Promise<ChainResult>;
}
