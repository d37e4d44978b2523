import { useNow } from '../hooks/use-now.ts';
import { browserTimeZone, formatDuration, formatMinute, formatRelativeTime, formatTime } from '../view/format.ts';

/** A time relative to now; the tooltip shows the time with its zone. */
export function RelativeTime({ time }: { readonly time: string }) {
  const now = useNow();
  const at = Date.parse(time);
  return (
    <time dateTime={time} title={formatTime(at, browserTimeZone())} class="number">
      {formatRelativeTime(at, now)}
    </time>
  );
}

/** A time with its zone, in the browser's time zone. */
export function AbsoluteTime({ time }: { readonly time: string }) {
  return (
    <time dateTime={time} class="number">
      {formatTime(Date.parse(time), browserTimeZone())}
    </time>
  );
}

/** A fire in the browser's time zone, and in the job's if that differs. */
export function FireTime({ time, timezone }: { readonly time: number; readonly timezone: string }) {
  const mine = browserTimeZone();
  const inMine = formatMinute(time, mine);
  const inTheirs = formatMinute(time, timezone);
  return (
    <time dateTime={new Date(time).toISOString()} class="number fire">
      {inMine}
      {inTheirs !== inMine && <small>{inTheirs}</small>}
    </time>
  );
}

/** The duration since a time, updated four times per second. */
export function ElapsedTime({ since }: { readonly since: string }) {
  const now = useNow(250);
  return <span class="number">{formatDuration(Math.max(0, now - Date.parse(since)))}</span>;
}
