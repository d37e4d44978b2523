import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { restoreEntryData, saveEntryData } from '../router.ts';

/** The most recent value and the outcome of the most recent load. */
export interface Polled<Data> {
  /** Stays while later loads fail; the page then marks the data as outdated. */
  readonly data: Data | undefined;
  readonly error: unknown;
  /** Loads immediately. */
  readonly refresh: () => Promise<void>;
}

interface State<Data> {
  readonly key: string;
  readonly data: Data | undefined;
  readonly error: unknown;
}

/**
 * Polls a value: waits an interval after each response, pauses while the tab is hidden, and loads at once when the tab
 * is shown again.
 *
 * After Back or Forward, returns the data of that history entry and loads it again.
 *
 * @param key identifies the value; a new key discards the loaded data
 * @param intervalMs interval in milliseconds, or a function of the data; `undefined` stops the polling
 */
export function usePoll<Data>(
  key: string,
  load: (signal: AbortSignal) => Promise<Data>,
  intervalMs: number | undefined | ((data: Data | undefined) => number | undefined),
): Polled<Data> {
  const [state, setState] = useState<State<Data>>({ key, data: undefined, error: undefined });
  // A value that is loaded only once is for a form or a question and must be fresh.
  const isRestorable = intervalMs !== undefined;
  const restored = useRestored<Data>(key, isRestorable);
  const latest = useRef({ load, intervalMs });
  latest.current = { load, intervalMs };
  const reload = useRef<() => Promise<void>>(async () => {});

  useEffect(() => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current: Data | undefined;
    let sequence = 0;

    const msUntilNext = (every: typeof intervalMs) => (typeof every === 'function' ? every(current) : every);
    const scheduleNext = (every: typeof intervalMs) => {
      const ms = msUntilNext(every);
      if (ms !== undefined && !document.hidden && !controller.signal.aborted)
        timer = setTimeout(() => void loadOnce(), ms);
    };
    const loadOnce = async (): Promise<void> => {
      clearTimeout(timer);
      sequence += 1;
      const ownSequence = sequence;
      // The interval before the load: a run that controller during the load is loaded once more.
      const { intervalMs: every } = latest.current;
      // A later load has started, and its result is newer.
      const isStale = () => controller.signal.aborted || ownSequence !== sequence;
      try {
        const data = await latest.current.load(controller.signal);
        if (isStale()) return;
        current = data;
        if (latest.current.intervalMs !== undefined) saveEntryData(key, data);
        setState({ key, data, error: undefined });
      } catch (error) {
        if (isStale()) return;
        setState((before) => ({ key, data: before.key === key ? before.data : undefined, error }));
      }
      scheduleNext(every);
    };
    const onVisibility = () => {
      clearTimeout(timer);
      if (document.hidden) return;
      const isOver = current !== undefined && msUntilNext(latest.current.intervalMs) === undefined;
      if (!isOver) void loadOnce();
    };
    reload.current = loadOnce;
    void loadOnce();
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      controller.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [key]);

  const refresh = useCallback(() => reload.current(), []);
  // Ignores a response for another key.
  const isCurrentKey = state.key === key;
  return {
    data: (isCurrentKey ? state.data : undefined) ?? restored,
    error: isCurrentKey ? state.error : undefined,
    refresh,
  };
}

/** Returns the data of the current history entry from its last visit, as long as the key stays the same. */
function useRestored<Data>(key: string, isRestorable: boolean): Data | undefined {
  const restored = useRef<{ readonly key: string; readonly data: Data | undefined }>(undefined);
  if (restored.current?.key !== key)
    restored.current = { key, data: isRestorable ? restoreEntryData<Data>(key) : undefined };
  return restored.current.data;
}
