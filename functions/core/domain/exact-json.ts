import type { Json } from './json.ts';

/** `JSON.rawJSON` (ES2026): available in Node since version 21, but not yet declared by TypeScript's library. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(this: void, text: string): Json;
  isRawJSON(this: void, value: unknown): boolean;
};

type Reviver = (name: string, value: unknown, context: { readonly source?: string }) => unknown;
const parseWith = JSON.parse as (text: string, reviver: Reviver) => unknown;

/**
 * A number that no double represents exactly, for example `9007199254740993` or `0.1234567890123456789`.
 * `JSON.stringify` writes the original digits. Expressions can pass the number on and read its digits with `$string()`,
 * but cannot compute with it.
 */
export interface ExactNumber {
  readonly rawJSON: string;
}

export const isExactNumber = (value: unknown): value is ExactNumber => isRawJSON(value);

/**
 * Matches every text that may contain a number that needs exact parsing. 15 digits and exponents above −100 always fit
 * a double.
 */
const MAY_BE_ROUNDED = /[\d.]{16}|[eE]-\d{3}/;

/**
 * Parses JSON without rounding numbers: a number that no double represents becomes an `ExactNumber`. A number beyond
 * the range of a double becomes infinite, as in `JSON.parse`.
 *
 * @throws SyntaxError
 */
export function parseExactJson(text: string): Json {
  if (!MAY_BE_ROUNDED.test(text)) return JSON.parse(text) as Json;
  return parseWith(text, (_, value, { source }) => (isRounded(value, source) ? rawJSON(source) : value)) as Json;
}

/** Many programs write all doubles with 17 digits, for example 0.1 as 0.10000000000000001. */
const SERIALIZED_DIGITS = 17;

/**
 * @param value the result of `JSON.parse` for a literal
 * @param source the literal; `undefined` if the value is a list or an object
 * @returns `true` if the value is a finite number that differs from the literal
 */
export function isRounded(value: unknown, source: string | undefined): source is string {
  if (typeof value !== 'number' || !Number.isFinite(value) || source === undefined) return false;
  if (source === String(value)) return false;
  const literal = canonical(source);
  return literal !== canonical(String(value)) && literal !== canonical(value.toPrecision(SERIALIZED_DIGITS));
}

/** Returns the significant digits and the magnitude of a number: `125e2` for both `12.50` and `1250e-2`. */
function canonical(literal: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? [];
  const digits = `${whole}${fraction}`;
  const significant = digits.replace(/^0+/, '');
  if (significant === '') return '0';
  const magnitude = whole.length - (digits.length - significant.length) + Number(exponent);
  let end = significant.length;
  // No pattern: `/0+$/` takes quadratic time over zeros that are followed by another digit.
  while (significant[end - 1] === '0') end--;
  return `${sign}${significant.slice(0, end)}e${magnitude}`;
}
