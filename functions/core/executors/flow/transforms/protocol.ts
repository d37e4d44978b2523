import type { Json } from '../../../domain/json.ts';

/** Bytes (JSON, UTF-8) that a record may take when it comes out of a transform. */
export const MAX_OUTPUT_RECORD_BYTES = 1024 * 1024;
/** What may come of one record in one transform: so many records, and so many bytes. */
export const MAX_OUTPUT_RECORDS = 10_000;
export const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** What a process evaluates. */
export interface Program {
  readonly type: 'filter' | 'map' | 'flatMap';
  readonly expression: string;
}

/**
 * To the process, one JSON value a line: first its programs, then any number of records, each behind the index of the
 * program that is to work on it.
 */
export type EvaluationRequest = readonly Program[] | readonly [program: number, record: Json];

/** From the process, one JSON object a line: the answers to its requests, in their order. */
export type EvaluationResponse =
  | { readonly values: readonly Json[]; readonly bytes: number }
  | { readonly error: string };

/** Characters of an answer: what a record may become, and a little around it. */
export const MAX_RESPONSE_LENGTH = MAX_OUTPUT_BYTES + 2 * MAX_OUTPUT_RECORDS;
