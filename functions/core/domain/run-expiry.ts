import type { Run } from './run.ts';
import { SECOND_MS } from './timing.ts';

/** Maximum time until a run that has not started is not worth starting: 30 days, in seconds. */
export const MAX_EXPIRY_SECONDS = 30 * 86_400;

/** Value of `canceledBy` for a run that did not start before its expiry. */
export const CANCELED_BY_EXPIRY = 'expiry';

type Times = Pick<Run, 'runAt' | 'createdAt' | 'throttledFrom'>;

/** The time from which an expiry is counted: the requested start of a delayed run, or the creation. */
const countedFrom = ({ runAt, createdAt, throttledFrom }: Times): number =>
  Date.parse(/* guard: throttle.expiry */ throttledFrom ?? runAt ?? createdAt);

/**
 * Returns the time after which a run is not to start, ISO 8601, or `null` for a run without an expiry.
 *
 * @param seconds counted from the creation, or from the requested start of a delayed run
 */
export const expiryTime = (run: Times, seconds: number | null): string | null =>
  seconds === null ? null : new Date(countedFrom(run) + seconds * SECOND_MS).toISOString();

/** Returns the seconds from which {@link expiryTime} calculates the expiry of a run; `null` for a run without one. */
export const expirySecondsOf = (run: Times & Pick<Run, 'expiresAt'>): number | null =>
  run.expiresAt === null ? null : Math.round((Date.parse(run.expiresAt) - countedFrom(run)) / SECOND_MS);

/**
 * @returns whether a queued run is not to start anymore. A run whose first attempt has started does not expire: its retry
 * continues work that was worth starting.
 */
export const isExpired = ({ state, attempt, expiresAt }: Pick<Run, 'state' | 'attempt' | 'expiresAt'>, now: number) =>
  state === 'queued' && attempt === 0 && expiresAt !== null && Date.parse(expiresAt) <= now;
