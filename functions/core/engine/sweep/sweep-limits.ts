/** Rows of one kind that a sweep of one tenant looks at: the oldest; the next sweep, a minute later, goes on. */
export const SWEEP_LIMIT = 1_000;
/** Ticks of one job that one sweep gives their missing rows. */
export const TICKS_LIMIT = 100;
/** Rows of one job that one sweep removes. */
export const PURGE_LIMIT = 1_000;
