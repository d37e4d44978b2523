import { InvalidInput } from './errors.ts';
import { DAY_MS } from './timing.ts';

/** The start of a run at a later time, ISO 8601, or a number of seconds after the request. */
export type RunDelay = { readonly runAt: string } | { readonly seconds: number };

/** Maximum delay of a run, in days. */
export const MAX_DELAY_DAYS = 365;

/**
 * Returns the time at which a run is to start, ISO 8601.
 *
 * @param now epoch milliseconds
 * @returns `undefined` if the time has come: the run starts at once
 * @throws InvalidInput `run_at`, `delay_s` if the time is more than 365 days ahead
 */
export function resolveDelay(delay: RunDelay, now: number): string | undefined {
  const at = 'runAt' in delay ? Date.parse(delay.runAt) : now + delay.seconds * 1_000;
  if (at <= now) return undefined;
  if (at - now > MAX_DELAY_DAYS * DAY_MS) {
    const [field, value] = 'runAt' in delay ? ['run_at', delay.runAt] : ['delay_s', delay.seconds];
    throw new InvalidInput(field as string, `must be at most ${MAX_DELAY_DAYS} days ahead, got ${value}`);
  }
  return new Date(at).toISOString();
}
