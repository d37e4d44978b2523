import type { IncomingHttpHeaders } from 'node:http';
import type { HttpSource } from '../../../domain/flow/flow.ts';
import type { Position } from '../../../domain/flow/plan.ts';
import type { RetryPolicy } from '../../../domain/job.ts';
import type { Json } from '../../../domain/json.ts';
import { nameOf } from '../../http-client.ts';
import type { FlowContext } from '../context.ts';
import type { FlowFailure } from '../flow-failure.ts';
import { badRecord, problemOf } from '../formats/record.ts';
import { FlowHttp, type FlowHttpOptions, judge, MayPass, readBody, statusOf } from '../http/flow-http.ts';
import { at } from '../http/json-path.ts';
import { type PageAnswer, pagerOf } from '../http/paging.ts';
import { persist } from '../http/persist.ts';
import type { SourceReader, SourceRecord } from '../source.ts';

/** Bytes of an answer at most: it is held in memory as a whole. */
const LONGEST_ANSWER = 8 * 1024 * 1024;
/** Values in an answer at most, about: the smallest take many times the memory of their text. */
const MOST_VALUES = 2_000_000;
/** How some APIs answer for a page behind the last one. */
const NO_CONTENT = 204;
/** Milliseconds of one wait: as long as a queue holds a message back. */
const LONGEST_WAIT_MS = 15 * 60_000;
/** Five tries, within 10 s when each fails at once. */
const PATIENCE: RetryPolicy = { attempts: 5, backoff: 'exponential', delaySeconds: 0.6, maxDelaySeconds: 5 };

const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

export interface HttpSourceSpec extends HttpSource {
  readonly id: string;
}

interface Answer {
  readonly status: number;
  readonly bytes: Buffer;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Records of a JSON API, one answer a batch. Ends where the source's paging does; a cursor or link that leads to itself
 * is an end, too.
 */
export function httpReader(spec: HttpSourceSpec, context: FlowContext, options: FlowHttpOptions = {}): SourceReader {
  return {
    staged: true,
    unbounded: false,
    plan: async () => [null],
    async *read(_split, from, signal) {
      using http = new FlowHttp(spec.id, context, options);
      const pager = pagerOf(spec);
      for (let position: Position = from; ; ) {
        const url = pager.urlOf(position);
        const answer = await persist(() => ask(http, spec, url, signal), PATIENCE, http, signal);
        if ('waitMs' in answer) {
          http.warn(`${nameOf(url)} asks to wait`, { waitMs: answer.waitMs });
          yield answer;
          continue;
        }
        const page = pageOf(http, spec, url, answer);
        const next = pager.after(position, page);
        const records = page.records.map((value, i) => recordOf(value, `${nameOf(url)}, record ${i}`));
        yield { records, bytes: answer.bytes.length, next };
        if (next === null) return;
        position = next;
      }
    },
  };
}

/** @throws MayPass, FlowFailure */
async function ask(
  http: FlowHttp,
  spec: HttpSource,
  url: string,
  signal: AbortSignal,
): Promise<Answer | { readonly waitMs: number }> {
  const headers = { accept: 'application/json', ...spec.headers };
  const request = { url, method: 'GET', headers, platformHeaders: {}, body: null };
  return http.exchange(request, signal, async (response) => {
    const verdict = judge(response);
    if (verdict === 'ok') {
      const { bytes, whole } = await readBody(response, LONGEST_ANSWER);
      if (whole) return { status: response.statusCode ?? 0, bytes, headers: response.headers };
      throw tooMuch(http, url, `${LONGEST_ANSWER / 1024 / 1024} MB`);
    }
    response.destroy();
    if (verdict === 'refused') throw http.failure(statusOf(response, url), { permanent: true });
    const asked = http.askedWait(response);
    if (asked !== null) return { waitMs: Math.min(asked, LONGEST_WAIT_MS) };
    throw new MayPass(statusOf(response, url));
  });
}

/** @throws FlowFailure, permanent, that says nothing of what the answer holds */
function pageOf(http: FlowHttp, { records: path }: HttpSource, url: string, answer: Answer): PageAnswer {
  const { status, bytes, headers } = answer;
  const link = [headers.link ?? []].flat().join(', ');
  if (status === NO_CONTENT) return { body: null, records: [], link };
  if (valuesIn(bytes) > MOST_VALUES) throw tooMuch(http, url, `${MOST_VALUES} values`);
  const body = parsed(bytes);
  if (body === undefined) throw http.failure(`${nameOf(url)}: the answer must be JSON in UTF-8`, { permanent: true });
  const records = path === null ? body : at(body, path);
  if (!Array.isArray(records)) {
    const where = path === null ? 'the answer must be a list' : `there must be a list at ${path} of the answer`;
    throw http.failure(`${nameOf(url)}: ${where}`, { permanent: true });
  }
  return { body, records, link };
}

function tooMuch(http: FlowHttp, url: string, limit: string): FlowFailure {
  const message = `${nameOf(url)}: an answer must be at most ${limit}; smaller pages may help`;
  return http.failure(message, { permanent: true });
}

/** By the characters that begin or part values; those within texts count, too. */
function valuesIn(bytes: Buffer): number {
  let values = 0;
  // By index: an iterator takes ten times as long.
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === COMMA || byte === OPEN_LIST || byte === OPEN_OBJECT) values++;
  }
  return values;
}

function recordOf(value: Json, place: string): SourceRecord {
  const problem = problemOf(value);
  return problem === undefined ? { value } : badRecord(textOf(value), `${place}: ${problem}`);
}

/** Nothing of what is nested too deeply to be written. */
function textOf(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}

function parsed(bytes: Buffer): Json | undefined {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Json;
  } catch {
    return undefined;
  }
}
