import { isExactNumber } from '../../../domain/exact-json.ts';
import type { HttpSource, Paging } from '../../../domain/flow/flow.ts';
import { valueAt } from '../../../domain/flow/json-path.ts';
import type { Json } from '../../../domain/json.ts';
import { FlowFailure } from '../flow-failure.ts';
import { findNextLink } from './link-header.ts';
import { setQueryParameters } from './query-string.ts';

/** Characters of a cursor: it goes into a URL, and is kept with the task. */
const MAX_CURSOR_LENGTH = 4_096;
/** Characters of a next page's URL. */
const MAX_URL_LENGTH = 8_192;
/**
 * The start of a URL: a scheme; a query, also after a path; or a network-path reference (RFC 3986, 4.2) whose host is an
 * IPv6 address or has a dot or a port, which base64 cannot contain. URL parsers read `/\` as `//`.
 */
const LINK =
  /^(?:https?:\/\/|\?|\/[^?]*\?|\/[\\/](?:[\p{L}\d-]+(?:\.[\p{L}\d-]+)+|[\p{L}\d-]+(?=:)|\[[\da-f:.]+\])(?::\d+)?[\\/])/iu;

/** What of an answer may say where the next page is. */
export interface ParsedPage {
  readonly body: Json;
  readonly records: readonly Json[];
  /** The `Link` header; empty when there is none. */
  readonly link: string;
}

/** The number, cursor or URL that the request of a page needs. */
export type PageToken = string | number;

/** The pages of a source. */
export interface Pager {
  /** The query parameter that counts pages or records; null: the answers say where the next page is. */
  readonly counterParam: string | null;
  /** Records of a full page; null: not known. */
  readonly pageSize: number | null;
  /**
   * @param place null: the first page
   * @throws FlowFailure, permanent, when it is none of the source's
   */
  urlFor(place: PageToken | null): string;
  /**
   * The place of the next page; null when this is the last one.
   *
   * @throws FlowFailure, permanent, when the answer makes no sense of it
   */
  nextToken(place: PageToken | null, answer: ParsedPage): PageToken | null;
}

/** @throws FlowFailure, permanent, when the source's URL is none */
export function createPager({ url: text, paging }: Pick<HttpSource, 'url' | 'paging'>): Pager {
  const url = URL.parse(text);
  if (!url) throw permanentFailure('url: must be an absolute URL');
  return createPagerFor(paging, url);
}

function createPagerFor(paging: Paging, url: URL): Pager {
  switch (paging.type) {
    case 'none':
      return { counterParam: null, pageSize: null, urlFor: () => url.href, nextToken: () => null };
    case 'page': {
      const { param, start, sizeParam, size } = paging;
      const sized = sizeParam !== null && size !== null ? { [sizeParam]: size } : {};
      return {
        counterParam: param,
        pageSize: size,
        urlFor: (page) => setQueryParameters(url, { [param]: numberOr(page, start), ...sized }),
        nextToken: (page, { records }) => (records.length === 0 ? null : numberOr(page, start) + 1),
      };
    }
    case 'offset': {
      const { param, limitParam, limit } = paging;
      return {
        counterParam: param,
        pageSize: limit,
        urlFor: (offset) => setQueryParameters(url, { [param]: numberOr(offset, 0), [limitParam]: limit }),
        // By what came, for some give more than they are asked for, and some less.
        nextToken: (offset, { records }) => (records.length === 0 ? null : numberOr(offset, 0) + records.length),
      };
    }
    case 'cursor':
      return {
        counterParam: null,
        pageSize: null,
        urlFor: (cursor) => {
          if (cursor === null) return url.href;
          const next = typeof cursor === 'string' ? parseLinkCursor(cursor, url.href) : undefined;
          return next ? assertSameOrigin(url, next) : setQueryParameters(url, { [paging.param]: cursor });
        },
        nextToken: (cursor, { body }) => {
          const given = parseCursor(valueAt(body, paging.path), paging.path);
          const current = typeof cursor === 'string' ? parseLinkCursor(cursor, url.href)?.href : undefined;
          const next = (typeof given === 'string' && parseLinkCursor(given, current ?? url.href)?.href) || given;
          // One that leads to itself would give the same page for ever: some APIs end so.
          return next === cursor || (cursor === null && next === url.href) ? null : next;
        },
      };
    case 'link':
      return {
        counterParam: null,
        pageSize: null,
        urlFor: (link) => assertSameOrigin(url, typeof link === 'string' ? URL.parse(link) : url),
        nextToken: (link, answer) => {
          const current = typeof link === 'string' ? link : url.href;
          const target = findNextLink(answer.link);
          if (target === undefined) return null;
          const next = resolvePageUrl(target, current);
          if (!next) throw permanentFailure(`${url.origin}${url.pathname}: the Link header's next page is no URL`);
          return next.href === current ? null : next.href;
        },
      };
  }
}

/** @throws FlowFailure, permanent: the headers are for one origin, because they may hold secrets */
function assertSameOrigin(url: URL, next: URL | null): string {
  if (next?.origin === url.origin) return next.href;
  throw permanentFailure(`${url.origin}: the next page must be on the same origin, got ${next?.origin ?? 'no URL'}`);
}

/**
 * The URL that a cursor is: an absolute one, one relative to the page with a query (`?page=2`, `/orders?page=2`), or a
 * network-path reference (`//api.test/orders`). Other text is a token, which may begin with a slash in base64.
 */
function parseLinkCursor(cursor: string, current: string): URL | undefined {
  if (!LINK.test(cursor)) return undefined;
  const next = resolvePageUrl(cursor, current);
  if (!next) throw permanentFailure(`${new URL(current).origin}: the next page in the answer is no URL`);
  return next;
}

/**
 * The URL of a page that another page names; null: it is none. An API behind a proxy that ends TLS may call itself
 * `http`, and is asked by `https` as before.
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
    // The store takes no half of a surrogate pair, nor does a URL.
    if (value.length <= longest) return value.toWellFormed();
    throw permanentFailure(`the cursor at ${path} must have at most ${longest} characters`);
  }
  if (typeof value !== 'number' && !isExactNumber(value))
    throw permanentFailure(`the cursor at ${path} must be text or a number`);
  // A larger one is not what was sent any more.
  if (isExactNumber(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    throw permanentFailure(`the cursor at ${path} must be text or a number up to 2^53`);
  }
  return value;
}

const permanentFailure = (message: string) => new FlowFailure(message, { permanent: true });
