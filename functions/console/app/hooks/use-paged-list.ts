import { useRef, useState } from 'preact/hooks';
import { restoreEntryData, saveEntryData } from '../router.ts';
import { appendPage, mergeNewestPage, type PagedRows } from '../view/paged-rows.ts';
import { useAction } from './use-action.ts';
import { type Polled, usePoll } from './use-poll.ts';

export interface PagedList<Row> {
  readonly polled: Polled<PagedRows<Row>>;
  /** Loads the next page. */
  readonly loadOlder: () => void;
  readonly isBusy: boolean;
  readonly error: string | undefined;
}

/**
 * A list whose first page is polled and that loads further pages on request.
 *
 * @param key identifies the list; a new key discards the loaded rows
 * @param load loads the first page, or the page after `next` of another page
 */
export function usePagedList<Row>(
  key: string,
  load: (next: string | null, signal?: AbortSignal) => Promise<PagedRows<Row>>,
  intervalMs: (data: PagedRows<Row> | undefined) => number,
  getId: (row: Row) => string,
): PagedList<Row> {
  const loaded = useRef<{ readonly key: string; readonly pages: PagedRows<Row> }>(undefined);
  const [, setRendered] = useState<PagedRows<Row>>();
  const restored = restoreEntryData<PagedRows<Row>>(key);
  if (loaded.current?.key !== key && restored) loaded.current = { key, pages: restored };
  const current = loaded.current?.key === key ? loaded.current.pages : undefined;
  const polled = usePoll(
    key,
    async (signal) => {
      const newest = await load(null, signal);
      if (signal.aborted) return newest;
      const before = loaded.current?.key === key ? loaded.current.pages : undefined;
      const pages = mergeNewestPage(before, newest, getId);
      loaded.current = { key, pages };
      return pages;
    },
    intervalMs,
  );
  const loadMore = useAction(async () => {
    const before = current?.next ? await load(current.next) : undefined;
    // The list may have changed or started over while the page was loading.
    const now = loaded.current?.key === key ? loaded.current.pages : undefined;
    if (!before || !now || now.next !== current?.next) return;
    const pages = appendPage(now, before);
    loaded.current = { key, pages };
    saveEntryData(key, pages);
    setRendered(pages);
  });
  return {
    polled: { ...polled, data: polled.data && current },
    loadOlder: () => void loadMore.run(),
    isBusy: loadMore.busy,
    error: loadMore.error,
  };
}
