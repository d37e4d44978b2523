import { useRef, useState } from 'preact/hooks';
import { restoreEntryData, saveEntryData } from '../router.ts';
import { appendPage, mergeNewestPage, type PagedRows } from '../view/paged-rows.ts';
import { useAction } from './use-action.ts';
import { type Polled, usePoll } from './use-poll.ts';

export interface PagedList<Row> {
  readonly of: Polled<PagedRows<Row>>;
  /** Loads the next page. */
  readonly older: () => void;
  readonly isBusy: boolean;
  readonly problem: string | undefined;
}

/**
 * A list whose first page is polled and that loads further pages on request.
 *
 * @param key identifies the list; a new key discards the loaded rows
 *
 * @param load loads the first page, or the page after `next` of another page
 */
export function usePagedList<Row>(
  key: string,
  load: (next: string | null, signal?: AbortSignal) => Promise<PagedRows<Row>>,
  everyMs: (data: PagedRows<Row> | undefined) => number,
  idOf: (row: Row) => string,
): PagedList<Row> {
  const known = useRef<{ readonly key: string; readonly pages: PagedRows<Row> }>(undefined);
  const [, setShown] = useState<PagedRows<Row>>();
  const restored = restoreEntryData<PagedRows<Row>>(key);
  if (known.current?.key !== key && restored) known.current = { key, pages: restored };
  const own = known.current?.key === key ? known.current.pages : undefined;
  const polled = usePoll(
    key,
    async (signal) => {
      const newest = await load(null, signal);
      if (signal.aborted) return newest;
      const before = known.current?.key === key ? known.current.pages : undefined;
      const pages = mergeNewestPage(before, newest, idOf);
      known.current = { key, pages };
      return pages;
    },
    everyMs,
  );
  const more = useAction(async () => {
    const before = own?.next ? await load(own.next) : undefined;
    // The list may have changed or started over while the page was loading.
    const now = known.current?.key === key ? known.current.pages : undefined;
    if (!before || !now || now.next !== own?.next) return;
    const pages = appendPage(now, before);
    known.current = { key, pages };
    saveEntryData(key, pages);
    setShown(pages);
  });
  return {
    of: { ...polled, data: polled.data && own },
    older: () => void more.run(),
    isBusy: more.busy,
    problem: more.problem,
  };
}
