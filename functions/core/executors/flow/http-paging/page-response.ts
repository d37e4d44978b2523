import type { IncomingHttpHeaders } from 'node:http';
import { parseExactJson } from '../../../domain/exact-json.ts';
import type { CsvOptions } from '../../../domain/flow/csv-options.ts';
import { valueAt } from '../../../domain/flow/json-path.ts';
import type { HttpSource, TextFormat } from '../../../domain/flow/source.ts';
import type { Json } from '../../../domain/json.ts';
import { urlWithoutQuery } from '../../http/http-client.ts';
import type { FlowFailure } from '../flow-failure.ts';
import { createCsvScanner } from '../formats/csv.ts';
import { createNdjsonScanner } from '../formats/ndjson.ts';
import { failedRecord, findValueProblem } from '../formats/parse-record.ts';
import type { FlowHttpClient } from '../http/flow-http-client.ts';
import type { SourceRecord } from '../source-reader.ts';
import { toJsonText } from './page-position.ts';
import type { ParsedPage } from './pager.ts';

/** Approximate maximum number of JSON values in a response: small values need many times the memory of their text. */
const MAX_VALUES = 2_000_000;
/** Some APIs return this status for a page after the last one. */
const NO_CONTENT = 204;

const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

export interface PageResponse {
  readonly status: number;
  readonly bytes: Buffer;
  readonly headers: IncomingHttpHeaders;
}

/** A response's records, with those that cannot be read. */
export interface ReadPage extends ParsedPage {
  readonly read: readonly SourceRecord[];
}

/**
 * Parses the records of a response. `null` in the place of the list is an empty list, as some languages serialize it. A
 * missing path is an empty page, except on the first page, where the path is probably misspelled.
 *
 * @throws FlowFailure, permanent; the message contains nothing of the response
 */
export function parsePage(
  http: FlowHttpClient,
  { records: path, format = 'json', csv }: HttpSource,
  url: string,
  answer: PageResponse,
  isFirst: boolean,
): ReadPage {
  const { status, bytes, headers } = answer;
  const link = [headers.link ?? []].flat().join(', ');
  if (status === NO_CONTENT) return { body: null, records: [], read: [], link };
  if (countValues(bytes, csv?.delimiter) > MAX_VALUES) throw responseTooLargeFailure(http, url, `${MAX_VALUES} values`);
  const charset = (format === 'csv' && csv?.encoding) || charsetOf(headers);
  const text = decode(bytes, charset);
  if (text === undefined)
    throw http.failure(`${urlWithoutQuery(url)}: the response must be text in ${charset.toUpperCase()}`, {
      permanent: true,
    });
  if (format !== 'json') {
    const read = parseText(text, format, csv, urlWithoutQuery(url));
    const records = read.map((record) => ('value' in record ? record.value : record.failed.input));
    return { body: null, records, read, link };
  }
  const body = parseBody(text);
  if (body === undefined)
    throw http.failure(`${urlWithoutQuery(url)}: the response must be JSON in UTF-8`, { permanent: true });
  const toPage = (values: readonly Json[]): ReadPage => {
    const read = values.map((value, i) => toRecord(value, `${urlWithoutQuery(url)}, record ${i}`));
    return { body, records: values, read, link };
  };
  const records = path === null ? body : valueAt(body, path);
  if (Array.isArray(records)) return toPage(records);
  if (records === null) return toPage([]);
  const where = path === null ? 'the response must be a list' : `there must be a list at ${path} of the response`;
  if (records !== undefined || isFirst) throw http.failure(`${urlWithoutQuery(url)}: ${where}`, { permanent: true });
  http.log('warn', `${urlWithoutQuery(url)}: the response has no value at ${path}: treated as an empty page`);
  return toPage([]);
}

export function responseTooLargeFailure(http: FlowHttpClient, url: string, limit: string): FlowFailure {
  const message = `${urlWithoutQuery(url)}: a response must be at most ${limit}; smaller pages may help`;
  return http.failure(message, { permanent: true });
}

/** Counts the bytes that start or separate values. Bytes within strings are counted, too. */
function countValues(bytes: Buffer, delimiter = ','): number {
  const separator = delimiter.charCodeAt(0);
  let values = 0;
  // An iterator takes ten times as long as an index.
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === COMMA || byte === separator || byte === OPEN_LIST || byte === OPEN_OBJECT) values++;
  }
  return values;
}

/** Returns the charset of a `Content-Type` (RFC 9110, section 8.3.2), UTF-8 by default. */
const charsetOf = (headers: IncomingHttpHeaders): string =>
  /;\s*charset\s*=\s*"?([^";\s]{1,40})/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';

/** Returns the decoded text, or `undefined` if the charset is unknown or the bytes are not in it. */
function decode(bytes: Buffer, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parseBody(text: string): Json | undefined {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}

function parseText(
  text: string,
  format: Exclude<TextFormat, 'json'>,
  csv: CsvOptions | undefined,
  name: string,
): readonly SourceRecord[] {
  const range = { name, begin: 0, to: Number.MAX_SAFE_INTEGER };
  const scanner = format === 'csv' ? createCsvScanner({ ...range, options: csv }) : createNdjsonScanner(range);
  const found = scanner.push({ bytes: Buffer.from(text), at: 0 });
  return [...found, ...scanner.end()].map(({ record }) => record);
}

function toRecord(value: Json, place: string): SourceRecord {
  const problem = findValueProblem(value);
  return problem === undefined ? { value } : failedRecord(toJsonText(value), `${place}: ${problem}`);
}
