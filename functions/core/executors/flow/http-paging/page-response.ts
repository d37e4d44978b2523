import type { IncomingHttpHeaders } from 'node:http';
import { parseExactJson } from '../../../domain/exact-json.ts';
import { valueAt } from '../../../domain/flow/json-path.ts';
import type { HttpSource } from '../../../domain/flow/source.ts';
import type { Json } from '../../../domain/json.ts';
import { urlWithoutQuery } from '../../http/http-client.ts';
import type { FlowFailure } from '../flow-failure.ts';
import type { FlowHttpClient } from '../http/flow-http-client.ts';
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

/**
 * Parses the records of a response. `null` in the place of the list is an empty list, as some languages serialize it. A
 * missing path is an empty page, except on the first page, where the path is probably misspelled.
 *
 * @throws FlowFailure, permanent; the message contains nothing of the response
 */
export function parsePage(
  http: FlowHttpClient,
  { records: path }: HttpSource,
  url: string,
  answer: PageResponse,
  isFirst: boolean,
): ParsedPage {
  const { status, bytes, headers } = answer;
  const link = [headers.link ?? []].flat().join(', ');
  if (status === NO_CONTENT) return { body: null, records: [], link };
  if (countValues(bytes) > MAX_VALUES) throw responseTooLargeFailure(http, url, `${MAX_VALUES} values`);
  const body = parseBody(bytes);
  if (body === undefined)
    throw http.failure(`${urlWithoutQuery(url)}: the response must be JSON in UTF-8`, { permanent: true });
  const records = path === null ? body : valueAt(body, path);
  if (Array.isArray(records)) return { body, records, link };
  if (records === null) return { body, records: [], link };
  const where = path === null ? 'the response must be a list' : `there must be a list at ${path} of the response`;
  if (records !== undefined || isFirst) throw http.failure(`${urlWithoutQuery(url)}: ${where}`, { permanent: true });
  http.log('warn', `${urlWithoutQuery(url)}: the response has no value at ${path}: treated as an empty page`);
  return { body, records: [], link };
}

export function responseTooLargeFailure(http: FlowHttpClient, url: string, limit: string): FlowFailure {
  const message = `${urlWithoutQuery(url)}: a response must be at most ${limit}; smaller pages may help`;
  return http.failure(message, { permanent: true });
}

/** Counts the bytes that start or separate values. Bytes within strings are counted, too. */
function countValues(bytes: Buffer): number {
  let values = 0;
  // An iterator takes ten times as long as an index.
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === COMMA || byte === OPEN_LIST || byte === OPEN_OBJECT) values++;
  }
  return values;
}

function parseBody(bytes: Buffer): Json | undefined {
  try {
    return parseExactJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
