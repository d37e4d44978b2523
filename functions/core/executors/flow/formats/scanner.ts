import type { SourceRecord } from '../source-reader.ts';

/** Bytes of a file and the offset of the first byte. */
export interface Chunk {
  readonly bytes: Buffer;
  readonly at: number;
}

/** A record and the offset from which a new scanner continues after it. */
export interface ScannedRecord {
  readonly record: SourceRecord;
  readonly end: number;
}

/** Finds the records of one format in a file, or in a byte range of a file, that arrives in chunks of any size. */
export interface Scanner {
  /**
   * Returns the records completed by a chunk.
   *
   * @throws FlowFailure if the file does not have the format
   */
  push(chunk: Chunk): readonly ScannedRecord[];
  /** Returns the records completed by the end of the file. */
  end(): readonly ScannedRecord[];
  /** @returns whether the rest of the file can be skipped */
  isDone(): boolean;
}

/** The byte range of a file to scan. */
export interface ScanRange {
  /** Name of the file in messages. */
  readonly name: string;
  /** Start offset: 0, or the `end` of a record. */
  readonly begin: number;
  /** Records that start at or after this offset belong to the next range. */
  readonly to: number;
}

/** Formats a position in a file for messages. */
export const formatOffset = (name: string, offset: number): string => `${name}, byte ${offset}`;
