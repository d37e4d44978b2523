import type { HttpSource, Paging } from '../../../domain/flow/flow.ts';
import type { Position } from '../../../domain/flow/plan.ts';
import type { Json } from '../../../domain/json.ts';
import { FlowFailure } from '../flow-failure.ts';
import { at } from './json-path.ts';
import { nextLink } from './link-header.ts';

/** Characters of a cursor: it goes into a URL, and is kept with the task. */
const LONGEST_CURSOR = 4_096;

/** What of an answer may say where the next page is. */
export interface PageAnswer {
  readonly body: Json;
  readonly records: readonly Json[];
  /** The `Link` header; empty when there is none. */
  readonly link: string;
}

/** The pages of a source: a position is what the request of its page needs, null the first page's. */
export interface Pager {
  /** @throws FlowFailure, permanent, when it is none of the source's */
  urlOf(position: Position): string;
  /**
   * The position of the next page; null when this is the last one.
   *
   * @throws FlowFailure, permanent, when the answer makes no sense of it
   */
  after(position: Position, answer: PageAnswer): Position;
}

/** @throws FlowFailure, permanent, when the source's URL is none */
export function pagerOf({ url: text, paging }: Pick<HttpSource, 'url' | 'paging'>): Pager {
  const url = URL.parse(text);
  if (!url) throw unusable('url: must be an absolute URL');
  return pagers(paging, url);
}

function pagers(paging: Paging, url: URL): Pager {
  switch (paging.type) {
    case 'none':
      return { urlOf: () => url.href, after: () => null };
    case 'page': {
      const { param, start, sizeParam, size } = paging;
      const sized = sizeParam !== null && size !== null ? { [sizeParam]: size } : {};
      return {
        urlOf: (page) => withQuery(url, { [param]: numberOr(page, start), ...sized }),
        after: (page, { records }) => (isLast(records, size) ? null : numberOr(page, start) + 1),
      };
    }
    case 'offset': {
      const { param, limitParam, limit } = paging;
      return {
        urlOf: (offset) => withQuery(url, { [param]: numberOr(offset, 0), [limitParam]: limit }),
        // By what came, for some give more than they are asked for.
        after: (offset, { records }) => (isLast(records, limit) ? null : numberOr(offset, 0) + records.length),
      };
    }
    case 'cursor':
      return {
        urlOf: (cursor) =>
          typeof cursor === 'string' || typeof cursor === 'number'
            ? withQuery(url, { [paging.param]: cursor })
            : url.href,
        after: (cursor, { body }) => {
          const next = cursorOf(at(body, paging.path), paging.path);
          // One that leads to itself would give the same page for ever: some APIs end so.
          return next === cursor ? null : next;
        },
      };
    case 'link':
      return {
        urlOf: (link) => {
          const next = typeof link === 'string' ? URL.parse(link) : url;
          if (next?.origin !== url.origin) {
            // The headers are for one origin: they may hold secrets.
            throw unusable(`${url.origin}: the next page must be on the same origin, got ${next?.origin ?? 'no URL'}`);
          }
          return next.href;
        },
        after: (link, answer) => {
          const current = typeof link === 'string' ? link : url.href;
          const target = nextLink(answer.link);
          if (target === undefined) return null;
          const next = URL.parse(target, current);
          if (!next) throw unusable(`${url.origin}${url.pathname}: the Link header's next page is no URL`);
          next.hash = '';
          return next.href === current ? null : next.href;
        },
      };
  }
}

/** An empty page is the last one, and so is one that is not full, where it is known when it would be. */
const isLast = ({ length }: readonly Json[], full: number | null): boolean =>
  length === 0 || (full !== null && length < full);

function withQuery(url: URL, parameters: Readonly<Record<string, string | number>>): string {
  const result = new URL(url);
  for (const [name, value] of Object.entries(parameters)) result.searchParams.set(name, String(value));
  return result.href;
}

const numberOr = (position: Position, first: number): number => (typeof position === 'number' ? position : first);

function cursorOf(value: Json | undefined, path: string): string | number | null {
  if (value === undefined || value === null || value === '' || value === false) return null;
  if (typeof value === 'string') {
    if (value.length <= LONGEST_CURSOR) return value;
    throw unusable(`the cursor at ${path} must have at most ${LONGEST_CURSOR} characters`);
  }
  if (typeof value !== 'number') throw unusable(`the cursor at ${path} must be text or a number`);
  // A larger one is not what was sent any more.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw unusable(`the cursor at ${path} must be text or a number up to 2^53`);
  }
  return value;
}

const unusable = (message: string) => new FlowFailure(message, { permanent: true });
