import { ERROR_INPUT_BYTES } from '../../../domain/flow/record-error.ts';
import { MAX_RECORD_BYTES } from './parse-record.ts';

/** A record's bytes; of one that is too long, enough to show how it begins. */
export interface RawRecord {
  readonly bytes: Buffer;
  /** All that it has. */
  readonly size: number;
}

/** Puts a record together that comes in pieces, and never holds more than a record may have. */
export interface RecordBuffer {
  add(bytes: Buffer): void;
  /** Bytes added since the last record. */
  size(): number;
  /** The record that these bytes complete. */
  take(last: Buffer): RawRecord;
}

export function createRecordBuffer(): RecordBuffer {
  let pieces: Buffer[] = [];
  let size = 0;
  const add = (bytes: Buffer): void => {
    size += bytes.length;
    pieces.push(bytes);
    // A copy: a part of a chunk would keep all of it. A byte more than is shown tells whether a character ends there.
    if (size > MAX_RECORD_BYTES) pieces = [Buffer.concat(pieces, ERROR_INPUT_BYTES + 1)];
  };
  return {
    add,
    size: () => size,
    take(last) {
      if (size === 0 && last.length <= MAX_RECORD_BYTES) return { bytes: last, size: last.length };
      add(last);
      const raw = { bytes: Buffer.concat(pieces), size };
      pieces = [];
      size = 0;
      return raw;
    },
  };
}
