import { InvalidInput } from '../errors.ts';
import { assertUnique } from './assert-unique.ts';
import { COLUMN_TYPES, type Column, isColumnType } from './column.ts';

/** Validates the columns of a sink: they belong to Parquet, are named once, and have known types. */
export function validateColumns(field: string, format: string, columns: readonly Column[]): void {
  if (format !== 'parquet') throw new InvalidInput(field, `must be absent: the format is ${format}, not parquet`);
  assertUnique(columns.map(({ name }, i) => [`${field}[${i}].name`, name]));
  for (const [i, { type }] of columns.entries()) {
    if (!isColumnType(type)) throw new InvalidInput(`${field}[${i}].type`, `must be ${TYPE_RULE}, got '${type}'`);
  }
}

const TYPE_RULE = `${COLUMN_TYPES.join(', ')} or decimal(precision,scale) with a precision of 1–38`;
