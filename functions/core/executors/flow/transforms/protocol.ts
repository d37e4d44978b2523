import type { Json } from '../../../domain/json.ts';

/** Maximum bytes (JSON, UTF-8) of one output record. */
export const MAX_OUTPUT_RECORD_BYTES = 1024 * 1024;
/** Maximum outputs of one record in one transform: records, and their bytes in total. */
export const MAX_OUTPUT_RECORDS = 10_000;
export const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** A transform's expressions. A route yields the indexes of the branches that a record takes, as one list. */
export type Program =
  | { readonly type: 'filter' | 'map' | 'flatMap'; readonly expression: string }
  | { readonly type: 'route'; readonly mode: 'first' | 'all'; readonly conditions: readonly string[] };

/** The first message to the process. */
export interface EvaluationSetup {
  readonly programs: readonly Program[];
  /** Payload of the run, `$payload` in expressions. */
  readonly payload?: Json | undefined;
}

/**
 * Message to the process, one JSON value per line: first the setup, then any number of records, each after the index
 * of its program.
 */
export type EvaluationRequest = EvaluationSetup | readonly [program: number, record: Json];

/** Message from the process, one JSON object per line: the responses in request order. */
export type EvaluationResponse =
  | { readonly values: readonly Json[]; readonly bytes: number }
  | { readonly error: string };

/** Maximum characters of a response: the outputs and their separators. */
export const MAX_RESPONSE_LENGTH = MAX_OUTPUT_BYTES + 2 * MAX_OUTPUT_RECORDS;
