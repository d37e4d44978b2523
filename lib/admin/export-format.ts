import type { Item } from '../../functions/core/store/db.ts';
import type { RowKind } from '../../functions/core/store/keys.ts';
import type { TableName } from '../../functions/core/store/tenant-rows.ts';

/** Raised when a line changes so that readers of the former kind would misread it. */
export const EXPORT_FORMAT = 1;

/** First line of an export. */
export interface ExportHeader {
  readonly kind: 'export';
  readonly format: number;
  readonly tenant: string;
  /** The stage it was taken from, or the folder of a local system. */
  readonly from: string;
  readonly exportedAt: string;
}

/** A row of a table, as it is stored. */
export interface RowLine {
  readonly kind: RowKind;
  readonly table: TableName;
  readonly row: Item;
}

/** A part of a file of the bucket: parts of one file follow each other. */
export interface FileLine {
  readonly kind: 'file';
  readonly key: string;
  readonly contentType: string;
  /** 0, 1, 2… */
  readonly part: number;
  readonly isLast: boolean;
  /** Base64. */
  readonly data: string;
}

/** A secret, or the signing secret: its name only. */
export interface ParameterLine {
  readonly kind: 'parameter';
  readonly name: string;
}

/** Last line: without it, something is missing. How many lines there were, by kind. */
export interface ExportEnd {
  readonly kind: 'end';
  readonly lines: Readonly<Record<string, number>>;
}

export type ExportLine = ExportHeader | RowLine | FileLine | ParameterLine | ExportEnd;

/** What is of no use in another place or at another time: it is made anew where it is needed. */
export const TRANSIENT_ROW_KINDS: ReadonlySet<RowKind> = new Set([
  'requestRate',
  'cursorSecret',
  'rebuild',
  'rebuildMark',
  'rotation',
  'liveOutput',
]);

/** A line, without its end. @throws Error when a row holds what JSON would not keep */
export const formatLine = (line: ExportLine): string =>
  JSON.stringify(line, (name, value: unknown) => {
    if (value instanceof Set || value instanceof Uint8Array || typeof value === 'bigint') {
      throw new Error(`${line.kind}: ${name} is a ${value.constructor.name}, which an export cannot hold`);
    }
    return value;
  });
