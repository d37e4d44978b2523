import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import type { CompressionCodec, SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { type Column, MAX_COLUMNS, parseDecimalType } from '../../../../domain/flow/column.ts';
import type { Compression } from '../../../../domain/flow/source.ts';
import type { Json } from '../../../../domain/json.ts';
import { truncateWithEllipsis } from '../../../../domain/text.ts';
import type { SinkResult } from '../../sink-writer.ts';
import { describeKind, isJsonObject, type JsonObject } from '../json-object.ts';
import { inferColumns } from './infer-columns.ts';
import { type Cell, type ToCell, toCellOf } from './to-cell.ts';

const CODECS: Readonly<Record<Compression | 'default', CompressionCodec>> = {
  default: 'SNAPPY',
  none: 'UNCOMPRESSED',
  gzip: 'GZIP',
  zstd: 'ZSTD',
};
/** Levels that take about the time of Snappy; the next ones save a few percent and take twice as long. */
const COMPRESSORS = {
  GZIP: (bytes: Uint8Array) => gzipSync(bytes, { level: 3 }),
  ZSTD: (bytes: Uint8Array) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }),
};

/** The rows of records, by column. */
export interface Rows {
  readonly columns: readonly Column[];
  readonly cells: readonly (readonly Cell[])[];
  readonly refused: SinkResult['refused'];
}

/**
 * Converts records to rows. A record is refused that is no object, has a value that does not fit its column or no value
 * for a required one.
 *
 * @param columns declared columns; fields of other names are left out. @default those of `inferColumns`
 */
export function toRows(values: readonly Json[], columns?: readonly Column[]): Rows {
  const all = columns ?? inferColumns(values);
  const conversions = all.map(({ type }) => toCellOf(type));
  const names = columns ? undefined : new Set(all.map(({ name }) => name));
  const cells = all.map((): Cell[] => []);
  const refused: { index: number; message: string }[] = [];
  for (const [index, value] of values.entries()) {
    const row = findFieldsFault(value, names) ?? toRow(value as JsonObject, all, conversions);
    if (typeof row === 'string') refused.push({ index, message: `Parquet: ${row}` });
    else for (const [i, cell] of row.entries()) cells[i]?.push(cell);
  }
  return { columns: all, cells, refused };
}

/** @param names of all columns, if no field may be left out */
function findFieldsFault(value: Json, names: ReadonlySet<string> | undefined): string | undefined {
  if (!isJsonObject(value)) return `must be an object, got ${describeKind(value)}`;
  if (!names) return undefined;
  const fields = Object.keys(value);
  if (fields.some((name) => !names.has(name))) return `an object has up to ${MAX_COLUMNS} columns, got more`;
  return names.size === 0 ? 'must have a field' : undefined;
}

/** @returns the reason to refuse the record if it does not fit */
function toRow(
  object: JsonObject,
  columns: readonly Column[],
  conversions: readonly ToCell[],
): readonly Cell[] | string {
  const row: Cell[] = [];
  for (const [i, { name, type, required }] of columns.entries()) {
    const field = Object.hasOwn(object, name) ? (object[name] ?? null) : null;
    if (field === null && required) return `column ${name} is required`;
    const cell = field === null ? null : conversions[i]?.(field);
    if (cell === undefined) return `column ${name} must be ${type}, got ${describe(field)}`;
    row.push(cell);
  }
  return row;
}

const describe = (value: Json): string => truncateWithEllipsis(JSON.stringify(value), 81);

/** Writes records as a Parquet file of one row group. See `toRows` for the columns and the refused records. */
export function toParquet(
  values: readonly Json[],
  declared: readonly Column[] | undefined,
  compression: Compression | undefined,
): { readonly body: Buffer; readonly refused: SinkResult['refused'] } {
  const { columns, cells, refused } = toRows(values, declared);
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({
    writer: bytes,
    schema: [{ name: 'schema', num_children: columns.length }, ...columns.map(toSchemaElement)],
    codec: CODECS[compression ?? 'default'],
    compressors: COMPRESSORS,
    createdBy: 'jobdeck',
  });
  const rowGroupSize = values.length - refused.length;
  const columnData = columns.map(({ name }, i) => ({ name, data: cells[i] as Cell[] }));
  // Both are promises of writers to files; in memory they are done when they return.
  if (rowGroupSize > 0) void writer.write({ columnData, rowGroupSize });
  void writer.finish();
  return { body: Buffer.from(bytes.getBytes()), refused };
}

/** Bytes of a decimal of up to 38 digits. */
const DECIMAL_BYTES = 16;
/** Maximum digits of a decimal that 64 bits hold. */
const MAX_LONG_DIGITS = 18;

function toSchemaElement({ name, type, required }: Column): SchemaElement {
  const field = { name, repetition_type: required ? 'REQUIRED' : 'OPTIONAL' } as const;
  switch (type) {
    case 'boolean':
      return { ...field, type: 'BOOLEAN' };
    case 'integer':
      return { ...field, type: 'INT64' };
    case 'double':
      return { ...field, type: 'DOUBLE' };
    case 'timestamp':
      return {
        ...field,
        type: 'INT64',
        converted_type: 'TIMESTAMP_MICROS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
      };
    case 'date':
      return { ...field, type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } };
  }
  const decimal = parseDecimalType(type);
  if (!decimal) return { ...field, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
  const annotation = { converted_type: 'DECIMAL', logical_type: { type: 'DECIMAL', ...decimal }, ...decimal } as const;
  return decimal.precision <= MAX_LONG_DIGITS
    ? { ...field, type: 'INT64', ...annotation }
    : { ...field, type: 'FIXED_LEN_BYTE_ARRAY', type_length: DECIMAL_BYTES, ...annotation };
}
