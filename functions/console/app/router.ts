import { useEffect, useState } from 'preact/hooks';

const MOVED = 'jobdeck:moved';

/** Goes to another page, without a reload. */
export function navigate(to: string, { replace = false } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  dispatchEvent(new Event(MOVED));
  if (replace) return;
  scrollTo(0, 0);
  // As a new page would: who reads by keyboard or by ear starts at its content.
  document.getElementById('main')?.focus({ preventScroll: true });
}

export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const here = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });

/** Where the page is; follows it. */
export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const follow = () => setPlace(here());
    for (const event of ['popstate', MOVED]) addEventListener(event, follow);
    return () => {
      for (const event of ['popstate', MOVED]) removeEventListener(event, follow);
    };
  }, []);
  return place;
}

/** Changes parameters of the address in place, so that a view can be shared; an empty value removes one. */
export function setQuery(changes: Readonly<Record<string, string | null>>): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  navigate(location.pathname + (text ? `?${text}` : ''), { replace: true });
}
