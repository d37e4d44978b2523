import type { IncomingHttpHeaders } from 'node:http';
import { parseExactly } from '../../../domain/exact-json.ts';
import type { HttpSource } from '../../../domain/flow/flow.ts';
import { valueAt } from '../../../domain/flow/json-path.ts';
import type { Json } from '../../../domain/json.ts';
import { nameOf } from '../../http-client.ts';
import type { FlowFailure } from '../flow-failure.ts';
import type { FlowHttp } from './flow-http.ts';
import type { PageAnswer } from './paging.ts';

/** Values in an answer at most, about: the smallest take many times the memory of their text. */
const MOST_VALUES = 2_000_000;
/** The status that some APIs give for a page behind the last one. */
const NO_CONTENT = 204;

const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

export interface Answer {
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
export function pageOf(
  http: FlowHttp,
  { records: path }: HttpSource,
  url: string,
  answer: Answer,
  isFirst: boolean,
): PageAnswer {
  const { status, bytes, headers } = answer;
  const link = [headers.link ?? []].flat().join(', ');
  if (status === NO_CONTENT) return { body: null, records: [], link };
  if (valuesIn(bytes) > MOST_VALUES) throw tooMuch(http, url, `${MOST_VALUES} values`);
  const body = parsed(bytes);
  if (body === undefined) throw http.failure(`${nameOf(url)}: the answer must be JSON in UTF-8`, { permanent: true });
  const records = path === null ? body : valueAt(body, path);
  if (Array.isArray(records)) return { body, records, link };
  if (records === null) return { body, records: [], link };
  const where = path === null ? 'the answer must be a list' : `there must be a list at ${path} of the answer`;
  if (records !== undefined || isFirst) throw http.failure(`${nameOf(url)}: ${where}`, { permanent: true });
  http.log('warn', `${nameOf(url)}: an answer has nothing at ${path}, and counts as an empty page`);
  return { body, records: [], link };
}

export function tooMuch(http: FlowHttp, url: string, limit: string): FlowFailure {
  const message = `${nameOf(url)}: an answer must be at most ${limit}; smaller pages may help`;
  return http.failure(message, { permanent: true });
}

/** Counts the characters that begin or part values; those within texts count, too. */
function valuesIn(bytes: Buffer): number {
  let values = 0;
  // By index: an iterator takes ten times as long.
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === COMMA || byte === OPEN_LIST || byte === OPEN_OBJECT) values++;
  }
  return values;
}

function parsed(bytes: Buffer): Json | undefined {
  try {
    return parseExactly(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
