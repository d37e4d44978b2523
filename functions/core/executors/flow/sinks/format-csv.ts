import { isExactNumber } from '../../../domain/exact-json.ts';
import type { Json } from '../../../domain/json.ts';
import type { SinkResult } from '../sink-writer.ts';

type JsonObject = { readonly [name: string]: Json };

export interface Csv {
  readonly text: string;
  /** Values that are not objects, and objects with a fault. */
  readonly refused: SinkResult['refused'];
}

/**
 * Formats objects as CSV (RFC 4180): a header with all field names in order of appearance, then a row per object.
 * `null` and absent fields are empty; arrays and objects are written as JSON.
 *
 * @param faultOf returns the reason to refuse an object
 * @default no object is refused
 */
export function toCsv(
  values: readonly Json[],
  faultOf: (object: JsonObject) => string | undefined = () => undefined,
): Csv {
  const objects: JsonObject[] = [];
  const refused: { index: number; message: string }[] = [];
  for (const [index, value] of values.entries()) {
    const fault = isObject(value) ? faultOf(value) : `must be an object, got ${describeType(value)}`;
    if (fault !== undefined) refused.push({ index, message: `CSV: ${fault}` });
    else objects.push(value as JsonObject);
  }
  const names = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const rows = objects.map((object) => names.map((name) => (Object.hasOwn(object, name) ? cell(object[name]) : '')));
  return { text: [names, ...rows].map(line).join(''), refused };
}

/** @returns the reason why a name or cell cannot be encoded as UTF-8 without change, or `undefined` */
export function findTextFault(object: JsonObject): string | undefined {
  const isText = Object.entries(object).every(([name, value]) => name.isWellFormed() && cell(value).isWellFormed());
  return isText ? undefined : 'must be text, got half of a surrogate pair';
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);

function describeType(value: Json): string {
  if (value === null) return 'null';
  if (isExactNumber(value)) return 'a number';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

function cell(value: Json | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function line(cells: readonly string[]): string {
  // Many readers skip an empty line.
  if (cells.length === 1 && cells[0] === '') return '""\r\n';
  return `${cells.map(quoted).join(',')}\r\n`;
}

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
