import type {
  Delivery,
  FlowsError,
  FlowsJob,
  FlowsJobError,
  FlowsListedFlow,
  RunnerCause,
  RunnerFailureMessage,
  RunnerRun,
} from './api-types.ts';
import type { InputArgument, PathWith, Query, RequestInput, ResponseData, Result } from './routes.ts';

/** Items a page, for lists whose end is a page with fewer items. */
const PAGE_SIZE = 100;

/** Field of the list of dead letters. */
const DEAD_LETTER_FIELD = 'dead_letters';

/** A page of a list, and the query that returned it. */
interface Page<Body, Item> {
  readonly body: Body;
  readonly items: readonly Item[];
  readonly headers: Headers;
  readonly query: Query;
}

/** A list whose response can have several pages. */
export interface List<Body, Item> {
  /** Query parameters of the first page, which the caller's replace. */
  readonly defaults: Query;
  readonly items: (body: Body) => readonly Item[];
  /** Returns the query of the next page; `undefined` after the last one. */
  readonly next: (page: Page<Body, Item>) => Query | undefined;
}

type Body<P extends PathWith<'get'>> = ResponseData<P, 'get'>;

/** A list whose body names the next page. A page may have few items or none and still name the next one. */
function byCursor<B, Item>(
  parameter: string,
  items: (body: B) => readonly Item[],
  cursorOf: (body: B) => string | null | undefined,
): List<B, Item> {
  return {
    defaults: {},
    items,
    next: ({ body, query }) => {
      const cursor = cursorOf(body);
      return cursor === null || cursor === undefined ? undefined : { ...query, [parameter]: cursor };
    },
  };
}

/** A list that continues before its last item. A page with fewer than `limit` items is the last one. */
function beforeLast<B, Item>(items: (body: B) => readonly Item[], idOf: (item: Item) => string): List<B, Item> {
  return {
    defaults: { limit: PAGE_SIZE },
    items,
    next: ({ items: page, query }) => {
      const last = page.at(-1);
      if (last === undefined || page.length < Number(query.limit)) return undefined;
      return { ...query, before: idOf(last) };
    },
  };
}

/** A list of which the body says whether more items follow. */
function byOffset<B extends { readonly has_more: boolean }, Item>(items: (body: B) => readonly Item[]): List<B, Item> {
  return {
    defaults: {},
    items,
    next: ({ body, items: page, query }) =>
      body.has_more ? { ...query, offset: Number(query.offset ?? 0) + page.length } : undefined,
  };
}

/** A list with a `Link` header to the next page. */
function byLink<Item>(): List<readonly Item[], Item> {
  return { defaults: {}, items: (body) => body, next: ({ headers }) => parseNextLink(headers.get('link')) };
}

/** Returns the query of the `next` link of a `Link` header (RFC 8288). */
export function parseNextLink(header: string | null): Query | undefined {
  const [, target] = /<([^>]*)>\s*;\s*rel="?next"?/.exec(header ?? '') ?? [];
  if (target === undefined) return undefined;
  return Object.fromEntries(new URLSearchParams(target.slice(target.indexOf('?') + 1)));
}

/** Failed runs are listed before the last one, groups of failed runs after the position in the body. */
const failures: List<Body<'/failures'>, RunnerRun | RunnerCause | RunnerFailureMessage> = {
  defaults: { limit: PAGE_SIZE },
  items: (body) => ('failures' in body ? body.failures : 'causes' in body ? body.causes : body.messages),
  next: ({ body, headers, query }) => {
    if ('failures' in body) return failedRuns.next({ body, items: body.failures, headers, query });
    return groups.next({ body, items: [], headers, query });
  },
};

const groups = byCursor(
  'after',
  (): readonly never[] => [],
  (body: { readonly next: string | null }) => body.next,
);

const failedRuns = beforeLast(
  (body: { readonly failures: readonly RunnerRun[] }) => body.failures,
  ({ run_id }) => run_id,
);

/** The lists that `JobdeckClient.paginate` reads, by path. */
export const LISTS = {
  '/jobs/{id}/runs': beforeLast(
    (body: Body<'/jobs/{id}/runs'>) => body.runs,
    ({ run_id }) => run_id,
  ),
  '/runs': byCursor(
    'cursor',
    (body: Body<'/runs'>) => body.runs,
    (body) => body.next_cursor,
  ),
  '/failures': failures,
  '/dead-letters': beforeLast(
    (body: Body<'/dead-letters'>) => body[DEAD_LETTER_FIELD],
    ({ id }) => id,
  ),
  '/audit': byCursor(
    'before',
    (body: Body<'/audit'>) => body.audit,
    (body) => body.next,
  ),
  '/state': byCursor(
    'after',
    (body: Body<'/state'>) => body.namespaces,
    (body) => body.next,
  ),
  '/state/{namespace}': byCursor(
    'after',
    (body: Body<'/state/{namespace}'>) => body.entries,
    (body) => body.next,
  ),
  '/v1/jobs': byLink<FlowsJob>(),
  '/v1/jobs/{id}/joberrors': byLink<FlowsJobError>(),
  '/v1/flows': byLink<FlowsListedFlow>(),
  '/v1/flows/{id}/errors': byLink<FlowsError>(),
  '/v1/notifications/deliveries': beforeLast(
    (body: readonly Delivery[]) => body,
    ({ id }) => id,
  ),
  '/api/v1/jobs': byOffset((body: Body<'/api/v1/jobs'>) => body.data),
  '/api/v1/jobs/{job_id}/checkpoints': byOffset((body: Body<'/api/v1/jobs/{job_id}/checkpoints'>) => body.data),
  '/api/v1/jobs/{job_id}/output': byOffset((body: OutputPage) => body.data),
  '/api/v1/jobs/{job_id}/logs': {
    ...byCursor(
      'after',
      (body: Body<'/api/v1/jobs/{job_id}/logs'>) => body.data,
      (body) => (body.has_more ? body.cursor : null),
    ),
    defaults: { after: 'start' },
  },
  '/api/v1/pipelines': byOffset((body: Body<'/api/v1/pipelines'>) => body.data),
  '/api/v1/pipelines/{pipeline_id}/jobs': byOffset((body: Body<'/api/v1/pipelines/{pipeline_id}/jobs'>) => body.data),
} as const;

type OutputPage = Exclude<Body<'/api/v1/jobs/{job_id}/output'>, string>;

/** The paths of lists with pages. */
export type ListPath = keyof typeof LISTS;

type LogsPath = '/api/v1/jobs/{job_id}/logs';

/**
 * The last argument of `paginate`. Log lines have no time range, because the API continues a log after a cursor only and
 * rejects a cursor beside `since` or `until`.
 */
export type ListArgument<P extends ListPath> = P extends LogsPath
  ? [
      input: RequestInput<LogsPath, 'get'> & {
        readonly params: { readonly query?: { readonly since?: never; readonly until?: never } };
      },
    ]
  : InputArgument<P, 'get'>;

/** An item of a list. */
export type ListItem<P extends ListPath> = (typeof LISTS)[P]['items'] extends (body: never) => readonly (infer Item)[]
  ? Item
  : never;

/**
 * Yields the items of a list and reads its pages as they are needed.
 *
 * @param read reads one page
 * @throws TypeError if the response is text, as with `format=csv`
 * @throws Error if a page names itself as the next one, so that no list is read forever
 */
export async function* readPages<Item>(
  { defaults, items, next }: List<unknown, Item>,
  query: Query,
  read: (query: Query) => Promise<Result<unknown>>,
): AsyncGenerator<Item, void, undefined> {
  for (let current: Query | undefined = { ...defaults, ...query }; current; ) {
    const { data, response } = await read(current);
    if (typeof data === 'string') throw new TypeError('paginate: the response must be JSON, got text');
    const page = items(data);
    yield* page;
    const following = next({ body: data, items: page, headers: response.headers, query: current });
    if (following && isSameQuery(current, following)) {
      throw new Error(`paginate: the page names itself as the next one (${toSearch(following)})`);
    }
    current = following;
  }
}

const isSameQuery = (one: Query, other: Query): boolean => toSearch(one) === toSearch(other);

/** Returns a query as text that does not depend on the order of the parameters or the types of their values. */
function toSearch(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const parameters = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
  parameters.sort();
  return parameters.toString();
}
