import { ERROR_INPUT_BYTES } from '../../../domain/flow/record-error.ts';
import { MAX_RECORD_BYTES } from './parse-record.ts';

/** The bytes of a record. An oversized record holds only its beginning, for the error message. */
export interface RawRecord {
  readonly bytes: Buffer;
  /** Total size in bytes. */
  readonly size: number;
}

/** Assembles a record from pieces while holding at most `MAX_RECORD_BYTES`. */
export interface RecordBuffer {
  add(bytes: Buffer): void;
  /** Bytes added since the last record. */
  size(): number;
  /** Returns the record that `last` completes, and starts a new one. */
  take(last: Buffer): RawRecord;
}

export function createRecordBuffer(): RecordBuffer {
  let pieces: Buffer[] = [];
  let size = 0;
  const add = (bytes: Buffer): void => {
    size += bytes.length;
    pieces.push(bytes);
    // Copied, because a slice of a chunk keeps the whole chunk in memory. The extra byte shows whether the last
    // character is complete.
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
