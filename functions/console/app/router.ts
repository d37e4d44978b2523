import { useEffect, useState } from 'preact/hooks';
import { EntryCache } from './history/entry-cache.ts';
import { restoreScroll } from './history/restore-scroll.ts';
import { confirmDiscard, hasUnsavedChanges } from './hooks/use-unsaved-changes.ts';

const NAVIGATED_EVENT = 'jobdeck:moved';

/** Stored in `history.state` of each entry: its position among the entries of the document. */
interface EntryState {
  readonly index: number;
}

export interface PageLocation {
  readonly path: string;
  readonly query: URLSearchParams;
}

const currentLocation = (): PageLocation => ({ path: location.pathname, query: new URLSearchParams(location.search) });
const currentUrl = () => location.pathname + location.search;

let index = 0;
let cache = new EntryCache(index);
/** Path and query of the page that is shown. */
let shownUrl = '';
/** `true` while the next `popstate` reverts a navigation that was canceled. */
let isReverting = false;
let stopRestoring = () => {};

/** Subscribes to the history of the tab. Must be called once, before the first page is shown. */
export function startRouter(): void {
  // The console restores the scroll position when the content is loaded.
  history.scrollRestoration = 'manual';
  index = 0;
  cache = new EntryCache(index);
  replaceUrl(location.href);
  addEventListener('popstate', onPopState);
}

/** Replaces the URL of the current entry without changing the page. */
export function replaceUrl(to: string): void {
  history.replaceState({ index } satisfies EntryState, '', to);
  shownUrl = currentUrl();
}

export interface NavigateOptions {
  /**
   * Replaces the current history entry, for pages that must not be returned to, such as a saved form.
   *
   * @defaultValue false
   */
  readonly replace?: boolean;
}

/** Navigates to another page without a reload. */
export function navigate(to: string, { replace = false }: NavigateOptions = {}): void {
  changeUrl(to, replace);
  scrollTo(0, 0);
  focusMain();
}

/**
 * Sets query parameters of the URL, so that a view can be shared. An empty value removes a parameter.
 *
 * Each change adds a history entry, so that Back undoes it, unless `replace` is set.
 */
export function setQuery(
  changes: Readonly<Record<string, string | null>>,
  { replace = false }: NavigateOptions = {},
): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  const to = location.pathname + (text ? `?${text}` : '');
  if (to !== currentUrl()) changeUrl(to, replace);
}

/** Returns the current path and query, and updates on navigation. */
export function useLocation(): PageLocation {
  const [place, setPlace] = useState(currentLocation);
  useEffect(() => {
    const update = () => setPlace(currentLocation());
    addEventListener(NAVIGATED_EVENT, update);
    return () => removeEventListener(NAVIGATED_EVENT, update);
  }, []);
  return place;
}

/** Saves loaded data in the current history entry. */
export const saveEntryData = (key: string, value: unknown): void => cache.save(key, value);

/**
 * Returns the data saved under a key when the current entry was visited before; `undefined` for a new entry, and once
 * the restoration has ended.
 */
export const restoreEntryData = <Value>(key: string): Value | undefined => cache.restore(key) as Value | undefined;

function changeUrl(to: string, replace: boolean): void {
  stopRestoring();
  // As in any browser, a link to the current URL adds no entry.
  if (!replace && to !== currentUrl()) {
    index += 1;
    cache.push(index, scrollY);
    history.pushState(null, '', to);
  }
  replaceUrl(to);
  dispatchEvent(new Event(NAVIGATED_EVENT));
}

function onPopState({ state }: PopStateEvent): void {
  const next = (state as EntryState | null)?.index;
  if (isReverting) {
    isReverting = false;
    return;
  }
  if (next === undefined) {
    // A link to a fragment of the page added an entry.
    index += 1;
    cache.push(index, scrollY);
    replaceUrl(location.href);
    return;
  }
  const steps = next - index;
  if (steps === 0) return;
  if (hasUnsavedChanges() && currentUrl() !== shownUrl) {
    isReverting = true;
    history.go(-steps);
    confirmDiscard(() => history.go(steps));
    return;
  }
  stopRestoring();
  index = next;
  const scrollPosition = cache.visit(index, scrollY);
  stopRestoring = restoreScroll(scrollPosition, () => {
    stopRestoring = () => {};
    cache.endRestoration();
  });
  shownUrl = currentUrl();
  dispatchEvent(new Event(NAVIGATED_EVENT));
  focusMain();
}

/** Moves the focus to the main content, for keyboard and screen reader users. */
export const focusMain = (): void => document.getElementById('main')?.focus({ preventScroll: true });
