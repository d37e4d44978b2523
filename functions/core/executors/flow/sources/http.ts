import {
  CursorProblem,
  currentCursor,
  type Delta,
  type DeltaStart,
  fillDelta,
  findUsableCursor,
  newestCursor,
} from '../../../domain/flow/delta.ts';
import { addsDotSegment } from '../../../domain/flow/dot-segments.ts';
import { valueAt } from '../../../domain/flow/json-path.ts';
import type { Position } from '../../../domain/flow/position.ts';
import { PAGE_PLACEHOLDER, type RequestBody, replaceTexts } from '../../../domain/flow/request-body.ts';
import type { HttpSource } from '../../../domain/flow/source.ts';
import type { RetryPolicy } from '../../../domain/job.ts';
import type { Json } from '../../../domain/json.ts';
import { MAX_RETRY_AFTER_MS } from '../../../domain/retry-after.ts';
import { getFlowCursor } from '../../../store/flow-cursors.ts';
import { urlWithoutQuery } from '../../http/http-client.ts';
import type { FlowContext } from '../flow-context.ts';
import type { FlowFailure } from '../flow-failure.ts';
import {
  classifyResponse,
  FlowHttpClient,
  type FlowHttpClientOptions,
  formatStatus,
  readBody,
  TransientError,
} from '../http/flow-http-client.ts';
import { RetryLaterError, withRetry } from '../http/with-retry.ts';
import { addUrl, comparePages, type PagePosition, parsePagePosition } from '../http-paging/page-position.ts';
import { type PageResponse, parsePage, responseTooLargeFailure } from '../http-paging/page-response.ts';
import { createPager, type Pager, type PageToken } from '../http-paging/pager.ts';
import type { SourceBatch, SourceReader } from '../source-reader.ts';
import { type ChainOptions, createChain } from '../transforms/create-chain.ts';

/** Maximum bytes of a response, which is held in memory. */
const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;
/**
 * Maximum consecutive pages without a record that name a next page. APIs that filter after paging return some, for
 * example a DynamoDB `Scan` with a filter.
 */
const MAX_EMPTY_PAGES = 1_000;
/** Statuses that APIs return for a page after the last one. */
const BAD_REQUEST = 400;
const NOT_FOUND = 404;
const RANGE_NOT_SATISFIABLE = 416;
const UNPROCESSABLE = 422;
/** Five tries, within 10 s if each fails immediately. */
const RETRY_POLICY: RetryPolicy = { attempts: 5, backoff: 'exponential', delaySeconds: 0.6, maxDelaySeconds: 5 };

/** `Accept` by the format of the responses. */
const ACCEPT = { json: 'application/json', ndjson: 'application/x-ndjson', csv: 'text/csv' } as const;

export interface HttpSourceSpec extends HttpSource {
  readonly id: string;
}

/** The outcome of a page request: a response, a requested wait, or the status that ends the list. */
type PageOutcome = PageResponse | { readonly waitMs: number } | { readonly endedBy: number };

/**
 * Creates a reader of a JSON API that returns one response per batch. Ends where the paging ends, and at a cursor or
 * link that leads to itself. Fails permanently after `MAX_EMPTY_PAGES` consecutive pages without a record.
 */
export function createHttpReader(
  spec: HttpSourceSpec,
  context: FlowContext,
  options: FlowHttpClientOptions = {},
  chainOptions: ChainOptions = {},
): SourceReader {
  return {
    staged: true,
    unbounded: false,
    plan: async () => [spec.delta ? await planDelta(spec, spec.delta, context) : null],
    async *read(split, from, signal) {
      using http = new FlowHttpClient(spec.id, context, { ...options, requestsPerSecond: spec.requestsPerSecond });
      await using end = createEnd(http, spec.endWhen, { payload: context.payload, ...chainOptions });
      const start = spec.delta && (split as unknown as DeltaStart);
      const filled = spec.delta && start ? fillSpec(spec, spec.delta, start) : spec;
      // guard: delta.path
      if (spec.delta && addsDotSegment(filled.url, fillDelta(spec.url, spec.delta, SAMPLE, encodeURIComponent)))
        throw http.failure(`the cursor '${start?.cursor}' changes the path of the URL`, { permanent: true });
      const pager = createPager(filled);
      for (let position = parsePagePosition(from); ; ) {
        const url = pager.urlFor(position?.place ?? null);
        const body = formatBody(filled.body, pager.tokenFor(position?.place ?? null));
        const urls = addUrl(position, url + (body ?? ''));
        if ('cycle' in urls) throw cycleFailure(http, url, urls.cycle);
        const endsBy = [...endingStatuses(pager, position), ...(spec.endStatuses ?? [])];
        const outcome = await requestPageInTurn(http, filled, { url, body }, endsBy, signal);
        if ('waitMs' in outcome) {
          yield outcome;
          continue;
        }
        if ('endedBy' in outcome) {
          // Status 400 may also be the API's limit to the depth of a list that goes on.
          const isExpected = outcome.endedBy !== BAD_REQUEST || spec.endStatuses?.includes(BAD_REQUEST);
          http.log(
            isExpected ? 'info' : 'warn',
            `HTTP ${outcome.endedBy} for the page after the last one`,
            positionDetails(pager, position),
          );
          yield { ...END_BATCH, cursor: position?.newest ?? start?.cursor };
          return;
        }
        const page = parsePage(http, spec, url, outcome, position === null);
        const { stuck, ...seen } = comparePages(position, page.records);
        if (position?.short && seen.repeats > 0) {
          http.log(
            'warn',
            'a page has the records of the page before: it ends the list',
            positionDetails(pager, position),
          );
          yield { ...END_BATCH, cursor: position.newest };
          return;
        }
        if (stuck) throw repeatedPageFailure(http, url, pager, position);
        const isLast = await end?.isReached(page.body, signal);
        const place = isLast ? null : pager.nextToken(position?.place ?? null, page);
        if (place !== null && (seen.emptyPages ?? 0) >= MAX_EMPTY_PAGES) throw emptyPagesFailure(http, url);
        const newest = newestOf(http, spec.delta, position?.newest ?? start?.cursor, page.records);
        if (spec.delta && position === null) warnOfMissingValues(http, spec.delta, page.records);
        const short = pager.pageSize !== null && page.records.length < pager.pageSize;
        const next: PagePosition | null =
          place === null
            ? null
            : {
                place,
                short,
                /* guard: http-source.repeats */ ...seen,
                /* guard: http-source.cycle */ urls,
                ...newest,
              };
        yield {
          records: page.read,
          bytes: outcome.bytes.length,
          next: next as Position,
          ...(next === null && { cursor: newest.newest }),
        };
        if (next === null) return;
        position = next;
      }
    },
  };
}

/** The end of a list that an expression on the responses tells. */
interface End extends AsyncDisposable {
  /** @throws FlowFailure, permanent, if the expression fails */
  isReached(response: Json, signal: AbortSignal): Promise<boolean>;
}

function createEnd(http: FlowHttpClient, expression: string | undefined, options: ChainOptions): End | undefined {
  if (expression === undefined) return undefined;
  const chain = createChain([{ type: 'filter', where: expression }], options);
  return {
    async isReached(response, signal) {
      const { outputs, errors } = await chain.apply([response], signal);
      if (errors[0]) throw http.failure(`endWhen: ${errors[0].message}`, { permanent: true });
      return outputs.length > 0;
    },
    [Symbol.asyncDispose]: () => chain[Symbol.asyncDispose](),
  };
}

/** Returns the parameters of the split of a delta source: its cursor. */
async function planDelta({ id }: HttpSourceSpec, delta: Delta, { db, run, now }: FlowContext): Promise<Json> {
  const stored = await getFlowCursor(db, run, id);
  const planned: DeltaStart = {
    cursor: currentCursor(delta, stored),
    path: delta.path,
    startedAt: findUsableCursor(delta, stored)?.startedAt ?? null,
    version: stored?.version ?? 0,
    plannedAt: new Date(now()).toISOString(),
    plannedBy: run.ulid,
  };
  return { ...planned };
}

/** Returns the text of a request's body with the token of the page; null without a body. */
const formatBody = (body: RequestBody | undefined, token: PageToken | null): string | null =>
  body ? JSON.stringify(replaceTexts(body, (text) => (text === PAGE_PLACEHOLDER ? token : text))) : null;

/** A cursor that is no dot segment in the path of a URL. */
const SAMPLE: Pick<DeltaStart, 'cursor' | 'startedAt'> = { cursor: 'a', startedAt: null };

/** Replaces the placeholders of the cursor in the URL, the headers and the body. */
const fillSpec = (spec: HttpSourceSpec, delta: Delta, start: DeltaStart): HttpSourceSpec => ({
  ...spec,
  url: fillDelta(spec.url, delta, start, encodeURIComponent),
  headers: Object.fromEntries(
    Object.entries(spec.headers).map(([name, text]) => [name, fillDelta(text, delta, start, (value) => value)]),
  ),
  ...(spec.body && {
    body: replaceTexts(spec.body, (text) => fillDelta(text, delta, start, (value) => value)) as RequestBody,
  }),
});

/**
 * Returns the largest cursor of the pages so far; nothing without a delta.
 *
 * @throws FlowFailure, permanent, if the value of a record cannot be a cursor
 */
function newestOf(
  http: FlowHttpClient,
  delta: Delta | undefined,
  before: string | undefined,
  records: readonly Json[],
): { readonly newest?: string } {
  if (!delta || before === undefined) return {};
  try {
    return { newest: newestCursor(delta, before, records) };
  } catch (error) {
    if (error instanceof CursorProblem) throw http.failure(error.message, { permanent: true });
    throw error;
  }
}

/** Warns if a page has records and none of them has a cursor, because the path is probably misspelled. */
function warnOfMissingValues(http: FlowHttpClient, { path }: Delta, records: readonly Json[]): void {
  if (records.length === 0 || records.some((record) => (valueAt(record, path) ?? null) !== null)) return;
  http.log('warn', `no record of the first page has a value at ${path}, so the cursor may not move`);
}

/** The batch that represents a page after the last one. */
const END_BATCH: SourceBatch = { records: [], bytes: 0, next: null };

/**
 * Returns the statuses that end a list with counted pages, once one page was read. 422 ends the list only after a page
 * that was not full; after a full page it may be the API's limit to the depth of a list that goes on.
 */
function endingStatuses({ counterParam: counter }: Pager, position: PagePosition | null): readonly number[] {
  if (counter === null || position === null) return [];
  return [BAD_REQUEST, NOT_FOUND, RANGE_NOT_SATISFIABLE, ...(position.short ? [UNPROCESSABLE] : [])];
}

const positionDetails = (
  { counterParam: counter }: Pager,
  position: PagePosition | null,
): { readonly [name: string]: string | number } =>
  counter === null || position === null ? {} : { [counter]: position.place };

function cycleFailure(http: FlowHttpClient, url: string, pages: number): FlowFailure {
  const message = `${urlWithoutQuery(url)}: the next pages form a cycle of ${pages}; the API must end its list`;
  return http.failure(message, { permanent: true });
}

function emptyPagesFailure(http: FlowHttpClient, url: string): FlowFailure {
  const pages = `${MAX_EMPTY_PAGES} pages in a row have no record and name a next page`;
  return http.failure(`${urlWithoutQuery(url)}: ${pages}; the API must end its list`, { permanent: true });
}

function repeatedPageFailure(
  http: FlowHttpClient,
  url: string,
  pager: Pager,
  position: PagePosition | null,
): FlowFailure {
  const [place] = Object.entries(positionDetails(pager, position)).map(([name, value]) => `${name}=${value}`);
  const why = place === undefined ? 'repeats a page' : `repeats its last page, or ignores ${place}`;
  const message = `${urlWithoutQuery(url)}: a page has the same records as the page before; the API ${why}`;
  return http.failure(message, { permanent: true });
}

/**
 * Requests a page, with retries. A wait that is too long for a worker is left to a later slice.
 *
 * @throws FlowFailure
 */
async function requestPageInTurn(...request: Parameters<typeof requestPage>): Promise<PageOutcome> {
  const [http, , { url }, , signal] = request;
  try {
    return await withRetry(url, () => requestPage(...request), RETRY_POLICY, http, signal);
  } catch (error) {
    if (/* guard: http-source.host-rate */ error instanceof RetryLaterError) return { waitMs: error.waitMs };
    throw error;
  }
}

/**
 * @throws TransientError
 * @throws FlowFailure
 */
async function requestPage(
  http: FlowHttpClient,
  spec: HttpSource,
  { url, body }: { readonly url: string; readonly body: string | null },
  endsBy: readonly number[],
  signal: AbortSignal,
): Promise<PageOutcome> {
  const headers = { accept: ACCEPT[spec.format ?? 'json'], ...spec.headers };
  const request = { url, method: body === null ? 'GET' : 'POST', headers, platformHeaders: {}, body };
  return http.send(request, signal, async (response): Promise<PageOutcome> => {
    const verdict = classifyResponse(response);
    const { statusCode: status = 0 } = response;
    if (verdict === 'ok') {
      const { bytes, whole } = await readBody(response, MAX_RESPONSE_BYTES);
      if (whole) return { status, bytes, headers: response.headers };
      throw responseTooLargeFailure(http, url, `${MAX_RESPONSE_BYTES / 1024 / 1024} MB`);
    }
    response.destroy();
    if (endsBy.includes(status)) return { endedBy: status };
    if (verdict === 'refused') throw http.failure(formatStatus(response, url), { permanent: true });
    const requestedMs = http.retryAfterMs(response);
    if (requestedMs !== null) {
      const waitMs = Math.min(requestedMs, MAX_RETRY_AFTER_MS);
      http.log('warn', `${urlWithoutQuery(url)} requested a wait`, { waitMs });
      return { waitMs };
    }
    throw new TransientError(formatStatus(response, url));
  });
}
