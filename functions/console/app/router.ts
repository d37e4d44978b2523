import { useEffect, useState } from 'preact/hooks';
import { EntryCache } from './history/entry-cache.ts';
import { restoreScroll } from './history/restore-scroll.ts';
import { confirmDiscard, hasUnsavedChanges } from './hooks/use-unsaved-changes.ts';

const NAVIGATED_EVENT = 'jobdeck:moved';

/** Kept in `history.state` of each entry: its position among those that this document made. */
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
let memory = new EntryCache(index);
/** Path and query that the page shows. */
let shownUrl = '';
/** `true` while the next `popstate` undoes a navigation that was refused. */
let isReturning = false;
let stopRestoring = () => {};

/** Follows the history of the tab. To be called once, before the first page is shown. */
export function startRouter(): void {
  // The page restores the scroll position itself, when its content is there.
  history.scrollRestoration = 'manual';
  index = 0;
  memory = new EntryCache(index);
  replaceUrl(location.href);
  addEventListener('popstate', onPopState);
}

/** Gives the current entry another address; what is shown stays. */
export function replaceUrl(to: string): void {
  history.replaceState({ index } satisfies EntryState, '', to);
  shownUrl = currentUrl();
}

export interface NavigateOptions {
  /**
   * Whether the page takes the place of the current one in the history: for pages that are of no use any more, such as
   * a form that was saved.
   *
   * @default false
   */
  readonly replace?: boolean;
}

/** Goes to another page without a reload. */
export function navigate(to: string, { replace = false }: NavigateOptions = {}): void {
  move(to, replace);
  scrollTo(0, 0);
  focusMain();
}

/**
 * Changes parameters of the address, so that a view can be shared; an empty value removes one. Each change is an entry
 * of the history, so that Back undoes it, unless it replaces the one before.
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
  if (to !== currentUrl()) move(to, replace);
}

/** Returns the place of the page, and follows it. */
export function useLocation(): PageLocation {
  const [place, setPlace] = useState(currentLocation);
  useEffect(() => {
    const follow = () => setPlace(currentLocation());
    addEventListener(NAVIGATED_EVENT, follow);
    return () => removeEventListener(NAVIGATED_EVENT, follow);
  }, []);
  return place;
}

/** Keeps what was loaded in the current history entry. */
export const saveEntryData = (key: string, value: unknown): void => memory.save(key, value);

/**
 * Returns what was loaded under a key when the current entry was visited before; `undefined` on a new entry, and once
 * the page stands as it was left.
 */
export const restoreEntryData = <Value>(key: string): Value | undefined => memory.restore(key) as Value | undefined;

function move(to: string, replace: boolean): void {
  stopRestoring();
  // A link to where one is makes no entry, as in any browser.
  if (!replace && to !== currentUrl()) {
    index += 1;
    memory.push(index, scrollY);
    history.pushState(null, '', to);
  }
  replaceUrl(to);
  dispatchEvent(new Event(NAVIGATED_EVENT));
}

function onPopState({ state }: PopStateEvent): void {
  const next = (state as EntryState | null)?.index;
  if (isReturning) {
    isReturning = false;
    return;
  }
  if (next === undefined) {
    // A link to a fragment of this page made an entry of its own.
    index += 1;
    memory.push(index, scrollY);
    replaceUrl(location.href);
    return;
  }
  const steps = next - index;
  if (steps === 0) return;
  if (hasUnsavedChanges() && currentUrl() !== shownUrl) {
    isReturning = true;
    history.go(-steps);
    confirmDiscard(() => history.go(steps));
    return;
  }
  stopRestoring();
  index = next;
  const left = memory.visit(index, scrollY);
  stopRestoring = restoreScroll(left, () => {
    stopRestoring = () => {};
    memory.endRestoration();
  });
  shownUrl = currentUrl();
  dispatchEvent(new Event(NAVIGATED_EVENT));
  focusMain();
}

/** Moves the focus to the content of the page, where reading by keyboard or by ear starts. */
export const focusMain = (): void => document.getElementById('main')?.focus({ preventScroll: true });
