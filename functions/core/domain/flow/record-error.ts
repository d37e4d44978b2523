/** A failed record, stored with its run. */
export interface RecordError {
  /** Id of the operator at which the record failed. */
  readonly operator: string;
  /** Position of the record: its split, the page of the split, and the index in the page. */
  readonly split: number;
  readonly page: number;
  readonly index: number;
  readonly task: number;
  readonly message: string;
  /** The operator's input as JSON, or as unparsed text; truncated to 4 KB. */
  readonly input: string;
  readonly occurredAt: string;
}

/** Maximum size of the stored input, in bytes. */
export const ERROR_INPUT_BYTES = 4 * 1024;
