import { useEffect, useState } from 'preact/hooks';
import { serverNow } from '../api/server-clock.ts';

/** Returns the server's time in epoch milliseconds, updated at an interval. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
