import { isExactNumber } from '../../../domain/exact-json.ts';
import { valueAt } from '../../../domain/flow/json-path.ts';
import { hasPagePlaceholder } from '../../../domain/flow/request-body.ts';
import type { HttpSource, Paging } from '../../../domain/flow/source.ts';
import type { Json } from '../../../domain/json.ts';
import { FlowFailure } from '../flow-failure.ts';
import { findNextLink } from './link-header.ts';
import { setQueryParameters } from './query-string.ts';

/** Maximum length of a cursor, which becomes part of a URL and is stored with the task. */
const MAX_CURSOR_LENGTH = 4_096;
/** Maximum length of the URL of the next page. */
const MAX_URL_LENGTH = 8_192;
/**
 * The start of a URL: a scheme; a query, with or without a path; or a network-path reference (RFC 3986, section 4.2)
 * whose host is an IPv6 address or contains a dot or a port, which base64 cannot contain. URL parsers read `/\` as
 * `//`.
 */
const LINK =
  /^(?:https?:\/\/|\?|\/[^?]*\?|\/[\\/](?:[\p{L}\d-]+(?:\.[\p{L}\d-]+)+|[\p{L}\d-]+(?=:)|\[[\da-f:.]+\])(?::\d+)?[\\/])/iu;

/** The parts of a response that may contain the next page's token. */
export interface ParsedPage {
  /** `null` if the response is not JSON. */
  readonly body: Json;
  /** The records; of one that cannot be read its input. */
  readonly records: readonly Json[];
  /** Value of the `Link` header; empty if it is absent. */
  readonly link: string;
}

/** The number, cursor or URL that selects a page. */
export type PageToken = string | number;

/** The paging strategy of a source. */
export interface Pager {
  /** Name of the query parameter that counts pages or records; `null` if responses contain the next page's token. */
  readonly counterParam: string | null;
  /** Records of a full page; `null` if unknown. */
  readonly pageSize: number | null;
  /**
   * @param place token of the page; `null` for the first page
   * @throws FlowFailure, permanent, if the token does not belong to the source
   */
  urlFor(place: PageToken | null): string;
  /** Returns the number or cursor of the page; `null` for the first page of cursors and URLs. */
  tokenFor(place: PageToken | null): PageToken | null;
  /**
   * Returns the token of the next page, or `null` after the last page.
   *
   * @throws FlowFailure, permanent, if the response contains an invalid token
   */
  nextToken(place: PageToken | null, answer: ParsedPage): PageToken | null;
}

/** @throws FlowFailure, permanent, if the source's URL is invalid */
export function createPager({ url: text, paging, body }: Pick<HttpSource, 'url' | 'paging' | 'body'>): Pager {
  const url = URL.parse(text);
  if (!url) throw permanentFailure('url: must be an absolute URL');
  return hasPagePlaceholder(body) ? createBodyPager(paging, url) : createPagerFor(paging, url);
}

/** Creates the pager of a source whose body contains the token of a page. Cursors that are URLs are not followed. */
function createBodyPager(paging: Paging, url: URL): Pager {
  const pager = createPagerFor(paging, url);
  if (paging.type !== 'cursor') return { ...pager, urlFor: () => url.href };
  return {
    ...pager,
    urlFor: () => url.href,
    nextToken: (cursor, { body }) => {
      const next = parseCursor(valueAt(body, paging.path), paging.path);
      return next === cursor ? null : next;
    },
  };
}

/** A pager whose pages have no number and no known size. */
const UNCOUNTED = { counterParam: null, pageSize: null, tokenFor: (place: PageToken | null) => place } as const;

function createPagerFor(paging: Paging, url: URL): Pager {
  switch (paging.type) {
    case 'none':
      return { ...UNCOUNTED, urlFor: () => url.href, nextToken: () => null };
    case 'page': {
      const { param, start, sizeParam, size } = paging;
      const sized = sizeParam !== null && size !== null ? { [sizeParam]: size } : {};
      return {
        counterParam: param,
        pageSize: size,
        tokenFor: (page) => numberOr(page, start),
        urlFor: (page) => setQueryParameters(url, { [param]: numberOr(page, start), ...sized }),
        nextToken: (page, { records }) => (records.length === 0 ? null : numberOr(page, start) + 1),
      };
    }
    case 'offset': {
      const { param, limitParam, limit } = paging;
      return {
        counterParam: param,
        pageSize: limit,
        tokenFor: (offset) => numberOr(offset, 0),
        urlFor: (offset) => setQueryParameters(url, { [param]: numberOr(offset, 0), [limitParam]: limit }),
        // Counts received records, because some APIs return more or fewer than the limit.
        nextToken: (offset, { records }) => (records.length === 0 ? null : numberOr(offset, 0) + records.length),
      };
    }
    case 'cursor':
      return {
        ...UNCOUNTED,
        urlFor: (cursor) => {
          if (cursor === null) return url.href;
          const next = typeof cursor === 'string' ? parseLinkCursor(cursor, url.href) : undefined;
          return next ? assertSameOrigin(url, next) : setQueryParameters(url, { [paging.param]: cursor });
        },
        nextToken: (cursor, { body }) => {
          const given = parseCursor(valueAt(body, paging.path), paging.path);
          const current = typeof cursor === 'string' ? parseLinkCursor(cursor, url.href)?.href : undefined;
          const next = (typeof given === 'string' && parseLinkCursor(given, current ?? url.href)?.href) || given;
          // Some APIs end with a cursor that leads to the same page.
          return next === cursor || (cursor === null && next === url.href) ? null : next;
        },
      };
    case 'nextUrl':
      return createLinkPager(url, `the next page at ${paging.path}`, ({ body }) => {
        const next = parseCursor(valueAt(body, paging.path), paging.path);
        if (typeof next === 'number') throw permanentFailure(`the next page at ${paging.path} must be a URL`);
        return next ?? undefined;
      });
    case 'link':
      return createLinkPager(url, "the Link header's next page", ({ link }) => findNextLink(link));
  }
}

/**
 * Creates a pager whose responses name the URL of the next page, absolute or relative to their own.
 *
 * @param what names the place of the URL in messages
 * @param findNext returns the URL; `undefined` on the last page
 */
const createLinkPager = (url: URL, what: string, findNext: (page: ParsedPage) => string | undefined): Pager => ({
  ...UNCOUNTED,
  urlFor: (link) => assertSameOrigin(url, typeof link === 'string' ? URL.parse(link) : url),
  nextToken: (link, answer) => {
    const current = typeof link === 'string' ? link : url.href;
    const target = findNext(answer);
    if (target === undefined) return null;
    const next = resolvePageUrl(target, current);
    if (!next) throw permanentFailure(`${url.origin}${url.pathname}: ${what} is no URL`);
    return next.href === current ? null : next.href;
  },
});

/**
 * Request headers may contain secrets and are meant for one origin.
 *
 * @throws FlowFailure, permanent, if the next page has another origin
 */
function assertSameOrigin(url: URL, next: URL | null): string {
  if (next?.origin === url.origin) return next.href;
  throw permanentFailure(`${url.origin}: the next page must be on the same origin, got ${next?.origin ?? 'no URL'}`);
}

/**
 * Parses a cursor that is a URL: absolute, relative with a query (`?page=2`, `/orders?page=2`), or a network-path
 * reference (`//api.test/orders`). Other text is an opaque token, which may start with a slash in base64.
 */
function parseLinkCursor(cursor: string, current: string): URL | undefined {
  if (!LINK.test(cursor)) return undefined;
  const next = resolvePageUrl(cursor, current);
  if (!next) throw permanentFailure(`${new URL(current).origin}: the next page in the answer is no URL`);
  return next;
}

/**
 * Resolves the URL of a next page; `null` if the URL is invalid. An API behind a proxy that terminates TLS may name
 * itself `http`; the request then keeps `https`.
 */
function resolvePageUrl(target: string, current: string): URL | null {
  const next = URL.parse(target, current);
  if (!next) return null;
  next.hash = '';
  const { protocol, host } = new URL(current);
  if (protocol === 'https:' && next.protocol === 'http:' && next.host === host) next.protocol = protocol;
  return next;
}

const numberOr = (place: PageToken | null, first: number): number => (typeof place === 'number' ? place : first);

function parseCursor(value: Json | undefined, path: string): string | number | null {
  if (value === undefined || value === null || value === '' || value === false) return null;
  if (typeof value === 'string') {
    const longest = /^https?:\/\//i.test(value) ? MAX_URL_LENGTH : MAX_CURSOR_LENGTH;
    // Neither DynamoDB nor a URL accepts a lone surrogate.
    if (value.length <= longest) return value.toWellFormed();
    throw permanentFailure(`the cursor at ${path} must have at most ${longest} characters`);
  }
  if (typeof value !== 'number' && !isExactNumber(value))
    throw permanentFailure(`the cursor at ${path} must be text or a number`);
  // JSON parsing has already rounded a larger number.
  if (isExactNumber(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    throw permanentFailure(`the cursor at ${path} must be text or a number up to 2^53`);
  }
  return value;
}

const permanentFailure = (message: string) => new FlowFailure(message, { permanent: true });
