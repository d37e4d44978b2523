import { useNow } from '../hooks/use-now.ts';
import { browserTimeZone, formatDuration, formatMinute, formatRelativeTime, formatTime } from '../view/format.ts';

/** How long ago, or until; the whole time, with its zone, on demand. */
export function RelativeTime({ time }: { readonly time: string }) {
  const now = useNow();
  const at = Date.parse(time);
  return (
    <time dateTime={time} title={formatTime(at, browserTimeZone())} class="number">
      {formatRelativeTime(at, now)}
    </time>
  );
}

/** The whole time, in the viewer's zone. */
export function AbsoluteTime({ time }: { readonly time: string }) {
  return (
    <time dateTime={time} class="number">
      {formatTime(Date.parse(time), browserTimeZone())}
    </time>
  );
}

/** A fire: in the viewer's zone, and in the job's where that is another. */
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

/** How long something has taken by now. */
export function ElapsedTime({ since }: { readonly since: string }) {
  const now = useNow(250);
  return <span class="number">{formatDuration(Math.max(0, now - Date.parse(since)))}</span>;
}
