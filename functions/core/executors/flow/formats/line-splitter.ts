import { MAX_RECORD_BYTES } from './parse-record.ts';
import { createRecordBuffer, type RawRecord } from './record-buffer.ts';
import type { Chunk, ScanRange } from './scanner.ts';

/** A line or row of a file. */
export interface Line extends RawRecord {
  readonly begin: number;
  readonly end: number;
}

/**
 * Finds the end of the current line in `bytes`, starting at `at`. May be stateful.
 *
 * @returns the index after the line, or -1 if the line does not end in `bytes`
 */
export type FindLineEnd = (bytes: Buffer, at: number) => number;

export interface LineSplitter {
  push(chunk: Chunk): readonly Line[];
  end(): readonly Line[];
  isDone(): boolean;
}

/** Splits a byte range of a file into the lines that begin in the range. The last line is returned whole. */
export function createLineSplitter({ begin, to }: Pick<ScanRange, 'begin' | 'to'>, findEnd: FindLineEnd): LineSplitter {
  const pieces = createRecordBuffer();
  let lineBegin = begin;
  let offset = begin;
  let done = begin >= to;

  const cut = (last: Buffer, end: number): Line => {
    const line = { ...pieces.take(last), begin: lineBegin, end };
    lineBegin = end;
    done = end >= to;
    return line;
  };
  return {
    push({ bytes, at }) {
      const cuts: Line[] = [];
      let from = 0;
      while (!done) {
        const end = findEnd(bytes, from);
        if (end === -1) break;
        cuts.push(cut(bytes.subarray(from, end), at + end));
        from = end;
      }
      if (done) return cuts;
      pieces.add(bytes.subarray(from));
      offset = at + bytes.length;
      // The line is too long already, and the lines after it belong to the next range.
      if (offset >= to && pieces.size() > MAX_RECORD_BYTES) cuts.push(cut(Buffer.alloc(0), offset));
      return cuts;
    },
    end: () => (done || pieces.size() === 0 ? [] : [cut(Buffer.alloc(0), offset)]),
    isDone: () => done,
  };
}

const LF = 0x0a;
const CR = 0x0d;

/** Finds the end of a line of plain text. */
export const findLineEnd: FindLineEnd = (bytes, at) => bytes.indexOf(LF, at) + 1 || -1;

/** Removes the LF or CRLF at the end of a line. */
export function stripLineEnd(line: Buffer): Buffer {
  let { length } = line;
  if (line[length - 1] === LF) length--;
  if (line[length - 1] === CR) length--;
  return line.subarray(0, length);
}
