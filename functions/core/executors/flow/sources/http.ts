import type { HttpSource } from '../../../domain/flow/flow.ts';
import type { Position } from '../../../domain/flow/plan.ts';
import type { RetryPolicy } from '../../../domain/job.ts';
import type { Json } from '../../../domain/json.ts';
import { LONGEST_RETRY_AFTER_MS } from '../../../domain/retry-after.ts';
import { nameOf } from '../../http-client.ts';
import type { FlowContext } from '../context.ts';
import type { FlowFailure } from '../flow-failure.ts';
import { badRecord, problemOf } from '../formats/record.ts';
import { FlowHttp, type FlowHttpOptions, judge, MayPass, readBody, statusOf } from '../http/flow-http.ts';
import { type Answer, pageOf, tooMuch } from '../http/page-answer.ts';
import { addUrl, compare, type PagePosition, pagePositionOf, textOf } from '../http/page-position.ts';
import { type Pager, pagerOf } from '../http/paging.ts';
import { persist } from '../http/persist.ts';
import type { Batch, SourceReader, SourceRecord } from '../source.ts';

/** Bytes of an answer at most: it is held in memory as a whole. */
const LONGEST_ANSWER = 8 * 1024 * 1024;
/**
 * Consecutive pages without a record that may each name a next page. APIs that filter after they page give some of them: a
 * DynamoDB `Scan` with a filter, for example.
 */
const MAX_EMPTY_PAGES = 1_000;
/** Statuses that APIs give for a page behind the last one. */
const BAD_REQUEST = 400;
const NOT_FOUND = 404;
const RANGE_NOT_SATISFIABLE = 416;
const UNPROCESSABLE = 422;
/** Five tries, within 10 s when each fails at once. */
const PATIENCE: RetryPolicy = { attempts: 5, backoff: 'exponential', delaySeconds: 0.6, maxDelaySeconds: 5 };

export interface HttpSourceSpec extends HttpSource {
  readonly id: string;
}

/** The outcome of a request for a page: an answer, a wait, or the status that says that there is no such page. */
type Asked = Answer | { readonly waitMs: number } | { readonly endedBy: number };

/**
 * Records of a JSON API, one answer a batch. Ends where the source's paging does; a cursor or link that leads to itself
 * is an end, too. Fails for good after `MAX_EMPTY_PAGES` consecutive pages without a record.
 */
export function httpReader(spec: HttpSourceSpec, context: FlowContext, options: FlowHttpOptions = {}): SourceReader {
  return {
    staged: true,
    unbounded: false,
    plan: async () => [null],
    async *read(_split, from, signal) {
      using http = new FlowHttp(spec.id, context, options);
      const pager = pagerOf(spec);
      for (let position = pagePositionOf(from); ; ) {
        const url = pager.urlOf(position?.place ?? null);
        const urls = addUrl(position, url);
        if ('cycle' in urls) throw roundabout(http, url, urls.cycle);
        const endsBy = endingStatuses(pager, position);
        const asked = await persist(() => ask(http, spec, url, endsBy, signal), PATIENCE, http, signal);
        if ('waitMs' in asked) {
          http.log('warn', `${nameOf(url)} asks to wait`, { waitMs: asked.waitMs });
          yield asked;
          continue;
        }
        if ('endedBy' in asked) {
          // A bad request may also be a limit of the API to the depth of a list that goes on.
          const level = asked.endedBy === BAD_REQUEST ? 'warn' : 'info';
          http.log(level, `HTTP ${asked.endedBy} for the page behind the last one`, placeOf(pager, position));
          yield END;
          return;
        }
        const page = pageOf(http, spec, url, asked, position === null);
        const { stuck, ...seen } = compare(position, page.records);
        if (position?.short && seen.repeats > 0) {
          http.log('warn', 'a page has the records of the page before: it ends the list', placeOf(pager, position));
          yield END;
          return;
        }
        if (stuck) throw standstill(http, url, pager, position);
        const place = pager.after(position?.place ?? null, page);
        if (place !== null && (seen.emptyPages ?? 0) >= MAX_EMPTY_PAGES) throw endless(http, url);
        const short = pager.size !== null && page.records.length < pager.size;
        const next: PagePosition | null =
          place === null
            ? null
            : { place, short, /* guard: http-source.repeats */ ...seen, /* guard: http-source.cycle */ urls };
        const records = page.records.map((value, i) => recordOf(value, `${nameOf(url)}, record ${i}`));
        yield { records, bytes: asked.bytes.length, next: next as Position };
        if (next === null) return;
        position = next;
      }
    },
  };
}

/** The batch that stands for a page behind the last one. */
const END: Batch = { records: [], bytes: 0, next: null };

/**
 * Returns the statuses that end a list whose pages are counted, once one of its pages was read. After a page that was not
 * full, 422 is one of them; after a full page it may be a limit of the API to the depth of a list that goes on.
 */
function endingStatuses({ counter }: Pager, position: PagePosition | null): readonly number[] {
  if (counter === null || position === null) return [];
  return [BAD_REQUEST, NOT_FOUND, RANGE_NOT_SATISFIABLE, ...(position.short ? [UNPROCESSABLE] : [])];
}

const placeOf = ({ counter }: Pager, position: PagePosition | null): { readonly [name: string]: string | number } =>
  counter === null || position === null ? {} : { [counter]: position.place };

function roundabout(http: FlowHttp, url: string, pages: number): FlowFailure {
  const message = `${nameOf(url)}: the next pages go round in a cycle of ${pages}; the API must end its list`;
  return http.failure(message, { permanent: true });
}

function endless(http: FlowHttp, url: string): FlowFailure {
  const pages = `${MAX_EMPTY_PAGES} pages in a row have no record and name a next page`;
  return http.failure(`${nameOf(url)}: ${pages}; the API must end its list`, { permanent: true });
}

function standstill(http: FlowHttp, url: string, pager: Pager, position: PagePosition | null): FlowFailure {
  const [place] = Object.entries(placeOf(pager, position)).map(([name, value]) => `${name}=${value}`);
  const why = place === undefined ? 'repeats a page' : `repeats its last page, or ignores ${place}`;
  const message = `${nameOf(url)}: a page has the same records as the page before; the API ${why}`;
  return http.failure(message, { permanent: true });
}

/** @throws MayPass, FlowFailure */
async function ask(
  http: FlowHttp,
  spec: HttpSource,
  url: string,
  endsBy: readonly number[],
  signal: AbortSignal,
): Promise<Asked> {
  const headers = { accept: 'application/json', ...spec.headers };
  const request = { url, method: 'GET', headers, platformHeaders: {}, body: null };
  return http.exchange(request, signal, async (response): Promise<Asked> => {
    const verdict = judge(response);
    const { statusCode: status = 0 } = response;
    if (verdict === 'ok') {
      const { bytes, whole } = await readBody(response, LONGEST_ANSWER);
      if (whole) return { status, bytes, headers: response.headers };
      throw tooMuch(http, url, `${LONGEST_ANSWER / 1024 / 1024} MB`);
    }
    response.destroy();
    if (endsBy.includes(status)) return { endedBy: status };
    if (verdict === 'refused') throw http.failure(statusOf(response, url), { permanent: true });
    const asked = http.askedWait(response);
    if (asked !== null) return { waitMs: Math.min(asked, LONGEST_RETRY_AFTER_MS) };
    throw new MayPass(statusOf(response, url));
  });
}

function recordOf(value: Json, place: string): SourceRecord {
  const problem = problemOf(value);
  return problem === undefined ? { value } : badRecord(textOf(value), `${place}: ${problem}`);
}
