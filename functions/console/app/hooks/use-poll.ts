import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

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
 * Loads, and loads again some time after each answer; not while nobody looks (the tab is hidden), and at once when
 * somebody looks again.
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
  const latest = useRef({ load, everyMs });
  latest.current = { load, everyMs };
  const reload = useRef<() => Promise<void>>(async () => {});

  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current: Data | undefined;
    let turn = 0;

    const wait = (every: typeof everyMs) => {
      const ms = typeof every === 'function' ? every(current) : every;
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
        setState({ key, data, error: undefined });
      } catch (error) {
        if (isStale()) return;
        setState((before) => ({ key, data: before.key === key ? before.data : undefined, error }));
      }
      wait(every);
    };
    const onVisibility = () => {
      clearTimeout(timer);
      if (!document.hidden) void look();
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
  return { data: own ? state.data : undefined, error: own ? state.error : undefined, refresh };
}
