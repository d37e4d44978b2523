import { isExactNumber } from '../../../domain/exact-json.ts';
import type { Json } from '../../../domain/json.ts';
import type { SinkResult } from '../sink-writer.ts';

type JsonObject = { readonly [name: string]: Json };

export interface Csv {
  readonly text: string;
  /** Values that are no objects, and objects with a fault. */
  readonly refused: SinkResult['refused'];
}

/**
 * Objects as CSV (RFC 4180): a line of all their fields' names, in the order in which they come up, and a line for each.
 * A field that is null or absent is empty; a list or an object is written as JSON.
 *
 * @param faultOf why an object is refused; by default none is
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

/** @returns why UTF-8 cannot hold a name or a cell of the object: it would be another text then */
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
  // An empty line would be no line to many readers.
  if (cells.length === 1 && cells[0] === '') return '""\r\n';
  return `${cells.map(quoted).join(',')}\r\n`;
}

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
