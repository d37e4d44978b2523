/** A column of Parquet files. */
export interface Column {
  /** Name of the column, and of the field of a record that it holds. */
  readonly name: string;
  /** One of `COLUMN_TYPES`, or `decimal(precision,scale)`. */
  readonly type: string;
  /**
   * Whether a record without a value fails.
   *
   * @defaultValue false
   */
  readonly required?: boolean | undefined;
}

/**
 * Types of columns. `integer`: 64 bits; `double`: 64 bits; `json`: any value as JSON text; `timestamp`: ISO 8601 text with
 * an offset or epoch milliseconds, stored in UTC with microseconds; `date`: `YYYY-MM-DD`.
 */
export const COLUMN_TYPES = ['boolean', 'integer', 'double', 'string', 'json', 'timestamp', 'date'] as const;

/** Maximum number of columns of a file. */
export const MAX_COLUMNS = 1_000;

/** Maximum digits of a decimal, as in Athena, Spark and Hive. */
const MAX_PRECISION = 38;

export interface DecimalType {
  /** Number of digits, 1–38. */
  readonly precision: number;
  /** Number of digits after the point, at most the precision. */
  readonly scale: number;
}

/** @returns `undefined` if the text is no decimal type */
export function parseDecimalType(type: string): DecimalType | undefined {
  const [, first, second] = /^decimal\(([1-9]\d?), ?(\d\d?)\)$/.exec(type) ?? [];
  const [precision, scale] = [Number(first), Number(second)];
  return precision <= MAX_PRECISION && scale <= precision ? { precision, scale } : undefined;
}

/** @returns whether a text names a type of columns */
export const isColumnType = (type: string): boolean =>
  (COLUMN_TYPES as readonly string[]).includes(type) || parseDecimalType(type) !== undefined;
