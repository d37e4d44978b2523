import type { IncomingHttpHeaders } from 'node:http';
import { parseExactJson } from '../../../domain/exact-json.ts';
import type { HttpSource } from '../../../domain/flow/flow.ts';
import { valueAt } from '../../../domain/flow/json-path.ts';
import type { Json } from '../../../domain/json.ts';
import { urlWithoutQuery } from '../../http/http-client.ts';
import type { FlowFailure } from '../flow-failure.ts';
import type { FlowHttpClient } from '../http/flow-http-client.ts';
import type { ParsedPage } from './pager.ts';

/** Values in an answer at most, about: the smallest take many times the memory of their text. */
const MAX_VALUES = 2_000_000;
/** The status that some APIs give for a page behind the last one. */
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
 * Returns the records of an answer. `null` in the place of the list is an empty one: some languages write empty lists so. The
 * place itself may be absent in a page behind the first; in the first one it is likely to be misspelt.
 *
 * @throws FlowFailure, permanent, that says nothing of what the answer holds
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
    throw http.failure(`${urlWithoutQuery(url)}: the answer must be JSON in UTF-8`, { permanent: true });
  const records = path === null ? body : valueAt(body, path);
  if (Array.isArray(records)) return { body, records, link };
  if (records === null) return { body, records: [], link };
  const where = path === null ? 'the answer must be a list' : `there must be a list at ${path} of the answer`;
  if (records !== undefined || isFirst) throw http.failure(`${urlWithoutQuery(url)}: ${where}`, { permanent: true });
  http.log('warn', `${urlWithoutQuery(url)}: an answer has nothing at ${path}, and counts as an empty page`);
  return { body, records: [], link };
}

export function responseTooLargeFailure(http: FlowHttpClient, url: string, limit: string): FlowFailure {
  const message = `${urlWithoutQuery(url)}: an answer must be at most ${limit}; smaller pages may help`;
  return http.failure(message, { permanent: true });
}

/** Counts the characters that begin or part values; those within texts count, too. */
function countValues(bytes: Buffer): number {
  let values = 0;
  // By index: an iterator takes ten times as long.
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
