import type { CsvOptions } from '../../../domain/flow/csv-options.ts';
import type { Json } from '../../../domain/json.ts';
import type { SinkResult } from '../sink-writer.ts';
import { describeKind, isJsonObject, type JsonObject } from './json-object.ts';

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
 * @param options the dialect, except its encoding
 */
export function toCsv(
  values: readonly Json[],
  faultOf: (object: JsonObject) => string | undefined = () => undefined,
  options: Omit<CsvOptions, 'encoding'> = {},
): Csv {
  const { header = true } = options;
  const columns = typeof header === 'boolean' ? undefined : header;
  const format = lineFormat(options);
  const findFault = (object: JsonObject): string | undefined =>
    faultOf(object) ?? findUnknownField(object, columns) ?? findUnquotable(object, options);
  const objects: JsonObject[] = [];
  const refused: { index: number; message: string }[] = [];
  for (const [index, value] of values.entries()) {
    const fault = isJsonObject(value) ? findFault(value) : `must be an object, got ${describeKind(value)}`;
    if (fault !== undefined) refused.push({ index, message: `CSV: ${fault}` });
    else objects.push(value as JsonObject);
  }
  const names = columns ?? [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const rows = objects.map((object) => names.map((name) => (Object.hasOwn(object, name) ? cell(object[name]) : '')));
  return { text: [...(header === false ? [] : [names]), ...rows].map(format).join(''), refused };
}

/** @returns the reason why a name or cell cannot be encoded as UTF-8 without change, or `undefined` */
export function findTextFault(object: JsonObject): string | undefined {
  const isText = Object.entries(object).every(([name, value]) => name.isWellFormed() && cell(value).isWellFormed());
  return isText ? undefined : 'must be text, got half of a surrogate pair';
}

function cell(value: Json | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Returns the first field of an object that the columns lack. */
function findUnknownField(object: JsonObject, columns: readonly string[] | undefined): string | undefined {
  const unknown = columns && Object.keys(object).find((name) => !columns.includes(name));
  return unknown === undefined ? undefined : `must only have the columns as fields, got ${JSON.stringify(unknown)}`;
}

/** Refuses cells that need quotes, where there are none. */
function findUnquotable(
  object: JsonObject,
  { delimiter = ',', quote }: Omit<CsvOptions, 'encoding'>,
): string | undefined {
  if (quote !== null) return undefined;
  const needsQuotes = (text: string) => text.includes(delimiter) || /[\r\n]/.test(text);
  const isPlain = Object.entries(object).every(([name, value]) => !needsQuotes(name) && !needsQuotes(cell(value)));
  return isPlain ? undefined : 'must hold no delimiter and no line end, because fields are not quoted';
}

/** Returns a function that writes a row. */
function lineFormat({
  delimiter = ',',
  quote = '"',
}: Omit<CsvOptions, 'encoding'>): (cells: readonly string[]) => string {
  const isSpecial = (text: string) =>
    text.includes(delimiter) || (quote !== null && text.includes(quote)) || /[\r\n]/.test(text);
  const quoted = (text: string): string =>
    quote !== null && isSpecial(text) ? `${quote}${text.replaceAll(quote, quote + quote)}${quote}` : text;
  return (cells) => {
    // Many readers skip an empty line.
    if (cells.length === 1 && cells[0] === '' && quote !== null) return `${quote}${quote}\r\n`;
    return `${cells.map(quoted).join(delimiter)}\r\n`;
  };
}
