import type { SourceRecord } from '../../source-reader.ts';

/** Adjacent rows that are stored together. */
export interface RowGroup {
  readonly from: number;
  readonly to: number;
  /** Size of the rows in the file. */
  readonly bytes: number;
  /** Size of the rows, unpacked. */
  readonly unpackedBytes: number;
}

/**
 * Message to the process, one JSON value per line. `open` begins a file of a size, `rows` requests rows of one row group;
 * `bytes` and `end` answer a `need`: parts of the range in base64, and its end.
 */
export type DecodingRequest =
  | readonly ['open', size: number]
  | readonly ['rows', from: number, to: number, name: string]
  | readonly ['bytes', base64: string]
  | readonly ['end'];

/**
 * Message from the process, one JSON value per line. `need` requests a range of the file; each request ends with `groups`,
 * `done` or `error`.
 */
export type DecodingResponse =
  | readonly ['need', from: number, to: number]
  | readonly ['groups', groups: readonly RowGroup[]]
  | readonly ['row', record: SourceRecord]
  | readonly ['done']
  | readonly ['error', message: string];

/** Maximum bytes of one `bytes` message, before base64. */
export const MAX_PART_BYTES = 192 * 1024;
/** Maximum characters of a response. A record of more than 1 MB fails, and its input is cut. */
export const MAX_RESPONSE_LENGTH = 8 * 1024 * 1024;
