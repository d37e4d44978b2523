import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { restoreEntryData, saveEntryData } from '../router.ts';

/** What was loaded last, and how the last try went. */
export interface Polled<Data> {
  /** Stays while a later try fails: old news is better than none, and the page says that it is old. */
  readonly data: Data | undefined;
  readonly error: unknown;
  /** Loads now. */
  readonly refresh: () => Promise<void>;
}

interface State<Data> {
  readonly key: string;
  readonly data: Data | undefined;
  readonly error: unknown;
}

/**
 * Loads, and loads again some time after each answer; not while the tab is hidden, and at once when it is shown again.
 * Going back in the history shows what was loaded before, and loads it again.
 *
 * @param key what is loaded: a change of it drops what is there
 * @param everyMs how long to wait after an answer; undefined: once is enough
 */
export function usePoll<Data>(
  key: string,
  load: (signal: AbortSignal) => Promise<Data>,
  everyMs: number | undefined | ((data: Data | undefined) => number | undefined),
): Polled<Data> {
  const [state, setState] = useState<State<Data>>({ key, data: undefined, error: undefined });
  // What is read once is for a form or a question, and has to be fresh.
  const isKept = everyMs !== undefined;
  const restored = useRestored<Data>(key, isKept);
  const latest = useRef({ load, everyMs });
  latest.current = { load, everyMs };
  const reload = useRef<() => Promise<void>>(async () => {});

  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current: Data | undefined;
    let turn = 0;

    const msUntilNext = (every: typeof everyMs) => (typeof every === 'function' ? every(current) : every);
    const wait = (every: typeof everyMs) => {
      const ms = msUntilNext(every);
      if (ms !== undefined && !document.hidden && !ended.signal.aborted) timer = setTimeout(() => void look(), ms);
    };
    const look = async (): Promise<void> => {
      clearTimeout(timer);
      turn += 1;
      const mine = turn;
      // As it was before: what ended meanwhile is looked at once more.
      const { everyMs: every } = latest.current;
      // A later turn has overtaken this one: what it brings is newer.
      const isStale = () => ended.signal.aborted || mine !== turn;
      try {
        const data = await latest.current.load(ended.signal);
        if (isStale()) return;
        current = data;
        if (latest.current.everyMs !== undefined) saveEntryData(key, data);
        setState({ key, data, error: undefined });
      } catch (error) {
        if (isStale()) return;
        setState((before) => ({ key, data: before.key === key ? before.data : undefined, error }));
      }
      wait(every);
    };
    const onVisibility = () => {
      clearTimeout(timer);
      if (document.hidden) return;
      const isOver = current !== undefined && msUntilNext(latest.current.everyMs) === undefined;
      if (!isOver) void look();
    };
    reload.current = look;
    void look();
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      ended.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [key]);

  const refresh = useCallback(() => reload.current(), []);
  // The answer for another key is not this one's.
  const own = state.key === key;
  return { data: (own ? state.data : undefined) ?? restored, error: own ? state.error : undefined, refresh };
}

/** Returns the data of the current history entry as it was left, for as long as the key stays. */
function useRestored<Data>(key: string, isKept: boolean): Data | undefined {
  const restored = useRef<{ readonly key: string; readonly data: Data | undefined }>(undefined);
  if (restored.current?.key !== key) restored.current = { key, data: isKept ? restoreEntryData<Data>(key) : undefined };
  return restored.current.data;
}
