import { isUtf8 } from 'node:buffer';
import { parseExactJson } from '../../../domain/exact-json.ts';
import { ERROR_INPUT_BYTES } from '../../../domain/flow/record-error.ts';
import type { Json } from '../../../domain/json.ts';
import { truncateToBytes } from '../../../domain/text.ts';
import type { SourceRecord } from '../source-reader.ts';

/** Bytes that a record may have as it comes, the end of its line among them. */
export const MAX_RECORD_BYTES = 1024 * 1024;
/** Levels of lists and objects in a record: what walks through one by recursion has room for them. */
const MAX_DEPTH = 256;

/** What stands where a record should be. The input may be longer than what is kept of it. */
export function failedRecord(input: Buffer | string, message: string): SourceRecord {
  return { failed: { input: truncateToBytes(input.toString(), ERROR_INPUT_BYTES), message } };
}

/** A character that some programs put in front of text. Files that were joined have it in the middle, too. */
const BYTE_ORDER_MARK = 0xfeff;

/** A record of what JSON says, or what is wrong with it. `place` begins the message. */
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

/** The text of UTF-8; undefined when it is not. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  // The character that stands for what cannot be decoded may also be there in its own right.
  return text.includes('\ufffd') && !isUtf8(bytes) ? undefined : text;
}

/** Why a value cannot be passed on as it is. JSON can say numbers that no number holds: 1e999 would become null. */
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
