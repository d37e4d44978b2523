/** A record that failed, kept with its run. */
export interface RecordError {
  /** Id of the operator that it failed at. */
  readonly operator: string;
  /** Where it was: its split, the page of the split, and its place in that page. */
  readonly split: number;
  readonly page: number;
  readonly index: number;
  readonly task: number;
  readonly message: string;
  /** The record as the operator got it: JSON, or what should have been; cut to 4 KB. */
  readonly input: string;
  readonly occurredAt: string;
}

/** Bytes of an error's input that are kept. */
export const ERROR_INPUT_BYTES = 4 * 1024;
