import { useEffect, useState } from 'preact/hooks';
import { serverNow } from '../api/server-clock.ts';

/** The time by the platform's clock, at most so many milliseconds old. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
