import { isExactNumber } from '../../../../domain/exact-json.ts';
import { type DecimalType, parseDecimalType } from '../../../../domain/flow/column.ts';
import type { Json } from '../../../../domain/json.ts';

/** A value of a Parquet column. */
export type Cell = boolean | number | bigint | string | null;

/** Converts a value that is not null. @returns `undefined` if the value does not fit the column */
export type ToCell = (value: Json) => Cell | undefined;

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/**
 * Returns the conversion of values to a column type.
 *
 * @param type a text for which `isColumnType` is true
 */
export function toCellOf(type: string): ToCell {
  switch (type) {
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : undefined);
    case 'integer':
      return toInteger;
    case 'double':
      return (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
    case 'string':
      return (value) => (typeof value === 'string' && value.isWellFormed() ? value : undefined);
    case 'timestamp':
      return toMicroseconds;
    case 'date':
      return toDay;
    case 'json':
      return (value) => JSON.stringify(value);
    default: {
      const decimal = parseDecimalType(type);
      if (!decimal) throw new Error(`no type of columns: ${type}`);
      return (value) => toUnscaled(value, decimal);
    }
  }
}

/** Returns the digits of a number as JSON; `undefined` of another value, and of an infinite number. */
function numberText(value: Json): string | undefined {
  if (isExactNumber(value)) return value.rawJSON;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

function toInteger(value: Json): bigint | undefined {
  const text = numberText(value);
  const integer = text === undefined ? undefined : scaleDecimal(text, 0);
  return integer !== undefined && integer >= INT64_MIN && integer <= INT64_MAX ? integer : undefined;
}

/** Converts a number, or text with one, to the number without its point. No digit is lost. */
function toUnscaled(value: Json, { precision, scale }: DecimalType): bigint | undefined {
  const text = typeof value === 'string' ? value : numberText(value);
  const unscaled = text === undefined ? undefined : scaleDecimal(text, scale);
  const limit = 10n ** BigInt(precision);
  return unscaled !== undefined && unscaled < limit && unscaled > -limit ? unscaled : undefined;
}

/** Maximum exponent of a decimal number. Larger powers of ten take memory and fit no column. */
const MAX_EXPONENT = 400;

/** @returns the number times 10 to the power of `scale`; `undefined` if that is no integer, or if the text is no number */
function scaleDecimal(text: string, scale: number): bigint | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d{1,400})(?:\.(\d{1,400}))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text) ?? [];
  if (sign === undefined || Math.abs(Number(exponent)) > MAX_EXPONENT) return undefined;
  const digits = BigInt(`${sign}${whole}${fraction}`);
  const shift = scale + Number(exponent) - fraction.length;
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return digits % divisor === 0n ? digits / divisor : undefined;
}

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})$/;
const MICROSECONDS_DIGITS = 6;
const MAX_EPOCH_MS = 8.64e15;

/** Converts ISO 8601 text with an offset, or epoch milliseconds, to epoch microseconds. */
function toMicroseconds(value: Json): bigint | undefined {
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) <= MAX_EPOCH_MS ? BigInt(value) * 1_000n : undefined;
  const [, day = '', time = '', fraction = '', offset = ''] =
    (typeof value === 'string' && TIMESTAMP.exec(value)) || [];
  const micros = fraction.padEnd(MICROSECONDS_DIGITS, '0');
  // Nanoseconds would be lost.
  if (/[^0]/.test(micros.slice(MICROSECONDS_DIGITS)) || toDay(day) === undefined) return undefined;
  const seconds = Date.parse(`${day}T${time}${offset.replace(/(\d{2}):?(\d{2})$/, '$1:$2')}`);
  return Number.isNaN(seconds) ? undefined : BigInt(seconds) * 1_000n + BigInt(micros.slice(0, MICROSECONDS_DIGITS));
}

const DAY_MS = 86_400_000;

/** Converts `YYYY-MM-DD` to days since 1970. */
function toDay(value: Json): number | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return undefined;
  const time = Date.parse(`${value}T00:00:00Z`);
  // `Date.parse` accepts February 30.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value) ? time / DAY_MS : undefined;
}
