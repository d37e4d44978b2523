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
  /** The operator's input as JSON, or as unparsed text; truncated to 4 KB unless `isWhole` is set. */
  readonly input: string;
  readonly occurredAt: string;
  /** Id of the source of the record. Absent from errors that an earlier release stored. */
  readonly source?: string;
  /** Set if `input` is the operator's whole input as JSON, so that a retry can repeat the operator. */
  readonly isWhole?: true;
  /** The place of a record that a sink refused. Absent from other errors. */
  readonly place?: WrittenPlace;
}

/** The identity of a record at a sink, from which the sink derives its keys. */
export interface WrittenPlace {
  /** Index of the record's origin among the valid records of the page. */
  readonly origin: number;
  /** Number of records before it that the transforms made of the same origin. */
  readonly ordinal: number;
  /** Index among all records that the transforms made of the page. */
  readonly output: number;
  /** Ids of the sinks of a routed record, if the sink that refused it maps responses. */
  readonly sinks?: readonly string[];
}

/** Maximum size of a stored input that is not whole, in bytes. */
export const ERROR_INPUT_BYTES = 4 * 1024;

/** Maximum size of an input or edited record that is stored whole, in bytes of JSON. */
export const WHOLE_INPUT_BYTES = 16 * 1024;
