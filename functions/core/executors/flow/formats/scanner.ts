import type { SourceRecord } from '../source-reader.ts';

/** Bytes of a file, and the offset of the first of them. */
export interface Chunk {
  readonly bytes: Buffer;
  readonly at: number;
}

/** A record of a file, and the offset from which a scanner made anew goes on behind it. */
export interface ScannedRecord {
  readonly record: SourceRecord;
  readonly end: number;
}

/** Finds the records of one format in a file, or in a part of it, that comes in chunks of any size. */
export interface Scanner {
  /**
   * The records that are complete with these bytes.
   *
   * @throws FlowFailure when the file is none of the format
   */
  push(chunk: Chunk): readonly ScannedRecord[];
  /** The records that only the end of the file completes. */
  end(): readonly ScannedRecord[];
  /** Nothing behind is of interest. */
  isDone(): boolean;
}

/** What is to be scanned. */
export interface ScanRange {
  /** What messages call the file. */
  readonly name: string;
  /** Where to begin: 0, or the `end` of a record. */
  readonly begin: number;
  /** Records that begin here or behind it are another part's. */
  readonly to: number;
}

/** How a message names a place. */
export const formatOffset = (name: string, offset: number): string => `${name}, byte ${offset}`;
