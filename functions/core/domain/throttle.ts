import { MAX_KEY_LIMIT, type RunKey } from './run-keys.ts';
import { DAY_MS, SECOND_MS } from './timing.ts';

/** Maximum interval of a throttle, in seconds: a day. */
export const MAX_THROTTLE_SECONDS = 86_400;

/** The limit of starts of runs with the same key value in any interval of a length. */
export interface Throttle extends RunKey {
  /** Starts in an interval: 1–100. */
  readonly limit: number;
  /** Length of the interval in seconds: 1–86,400. */
  readonly perSeconds: number;
}

/** The time at which a run may start, and the starts after it was added to them. Epoch milliseconds, ascending. */
export interface ThrottledStart {
  readonly at: number;
  readonly starts: readonly number[];
}

/**
 * Returns the first time at which a run may start: not before now, not before a run that was given a time earlier, and so
 * that no interval has more starts than the limit.
 *
 * @param starts those of earlier runs, epoch milliseconds, ascending
 */
export function nextStart(
  starts: readonly number[],
  { limit, perSeconds }: Pick<Throttle, 'limit' | 'perSeconds'>,
  now: number,
): ThrottledStart {
  const full = starts.at(-limit);
  const free = full === undefined ? now : full + perSeconds * SECOND_MS;
  const at = Math.max(now, free, starts.at(-1) ?? 0);
  // Jobs of a group may have other limits and intervals.
  const known = starts.filter((start) => start > at - DAY_MS).slice(1 - MAX_KEY_LIMIT);
  return { at, starts: [...known, at] };
}
