import type { Json } from '../../../domain/json.ts';
import type { SinkResult } from '../sink.ts';

export interface Csv {
  readonly text: string;
  /** Values that are no objects. */
  readonly refused: SinkResult['refused'];
}

/**
 * Objects as CSV (RFC 4180): a line of all their fields' names, in the order in which they come up, and a line for each.
 * A field that is null or absent is empty; a list or an object is written as JSON.
 */
export function toCsv(values: readonly Json[]): Csv {
  const objects: { readonly [name: string]: Json }[] = [];
  const refused: { index: number; message: string }[] = [];
  for (const [index, value] of values.entries()) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      objects.push(value as (typeof objects)[0]);
    else refused.push({ index, message: `CSV: must be an object, got ${kindOf(value)}` });
  }
  const names = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const rows = objects.map((object) => names.map((name) => (Object.hasOwn(object, name) ? cell(object[name]) : '')));
  return { text: [names, ...rows].map(line).join(''), refused };
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
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
