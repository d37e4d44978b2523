import type { Item } from '../../functions/core/store/db.ts';
import type { RowKind } from '../../functions/core/store/keys.ts';
import type { TableName } from '../../functions/core/store/tenant-rows.ts';

/** Format version. Incremented when readers of the previous version would misread a line. */
export const EXPORT_FORMAT = 1;

/** The first line of an export. */
export interface ExportHeader {
  readonly kind: 'export';
  readonly format: number;
  readonly tenant: string;
  /** The exported stage, or the data folder of a local system. */
  readonly from: string;
  readonly exportedAt: string;
}

/** A row of a table as stored. Rows of secrets are without their encrypted value, which only their stage can decrypt. */
export interface RowLine {
  readonly kind: RowKind;
  readonly table: TableName;
  readonly row: Item;
}

/** A part of a file. The parts of a file are consecutive. */
export interface FileLine {
  readonly kind: 'file';
  readonly key: string;
  readonly contentType: string;
  /** Index of the part, starting at 0. */
  readonly part: number;
  readonly isLast: boolean;
  /** Base64. */
  readonly data: string;
}

/** The last line of an export, with the number of lines by kind. Without it the export is incomplete. */
export interface ExportEnd {
  readonly kind: 'end';
  readonly lines: Readonly<Record<string, number>>;
}

export type ExportLine = ExportHeader | RowLine | FileLine | ExportEnd;

/** Rows that are not exported, because they are recreated on demand. */
export const TRANSIENT_ROW_KINDS: ReadonlySet<RowKind> = new Set([
  'requestRate',
  'hostRate',
  'operatorRate',
  'cursorSecret',
  'rebuild',
  'rebuildMark',
  'rotation',
  'liveOutput',
]);

/**
 * Serializes a line without its line break.
 *
 * @throws Error if the row contains a value that JSON cannot represent
 */
export const formatLine = (line: ExportLine): string =>
  JSON.stringify(line, (name, value: unknown) => {
    if (value instanceof Set || value instanceof Uint8Array || typeof value === 'bigint') {
      throw new Error(`${line.kind}: ${name} is a ${value.constructor.name}, which an export cannot hold`);
    }
    return value;
  });
