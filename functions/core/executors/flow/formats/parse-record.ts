import { isUtf8 } from 'node:buffer';
import { parseExactJson } from '../../../domain/exact-json.ts';
import { ERROR_INPUT_BYTES } from '../../../domain/flow/record-error.ts';
import type { Json } from '../../../domain/json.ts';
import { truncateToBytes } from '../../../domain/text.ts';
import type { SourceRecord } from '../source-reader.ts';

/** Maximum size of a raw record in bytes, including its line end. */
export const MAX_RECORD_BYTES = 1024 * 1024;
/** Maximum nesting of arrays and objects in a record, which bounds recursive code. */
const MAX_DEPTH = 256;

/** Creates a failed record. The input is cut to `ERROR_INPUT_BYTES`. */
export function failedRecord(input: Buffer | string, message: string): SourceRecord {
  return { failed: { input: truncateToBytes(input.toString(), ERROR_INPUT_BYTES), message } };
}

/** A mark that some programs write before text. Concatenated files contain it in the middle, too. */
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Parses JSON into a record, or into a failed record with the reason.
 *
 * @param place prefix of the error message
 */
export function parseJsonRecord(text: string, place: string): SourceRecord {
  let value: Json;
  try {
    value = parseExactJson(text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text);
  } catch (error) {
    return failedRecord(text, `${place}: ${(error as Error).message}`);
  }
  const problem = findValueProblem(value);
  return problem === undefined ? { value } : failedRecord(text, `${place}: ${problem}`);
}

/** @returns the decoded text, or `undefined` if the bytes are not UTF-8 */
export function decodeUtf8(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  // U+FFFD may also be part of the text itself.
  return text.includes('\ufffd') && !isUtf8(bytes) ? undefined : text;
}

/**
 * Returns the reason why a value cannot be a record, or `undefined`. JSON can contain numbers that exceed a double:
 * `1e999` would become null.
 */
export function findValueProblem(value: Json, depth = MAX_DEPTH): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'a number is too large';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === 0) return `it is nested more than ${MAX_DEPTH} levels deep`;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) {
      const problem = findValueProblem(item, depth - 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  for (const item of Object.values(value)) {
    const problem = findValueProblem(item, depth - 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
