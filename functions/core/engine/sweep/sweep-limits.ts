/** Rows of one kind that one sweep of a tenant reads, oldest first. The next sweep, a minute later, continues. */
export const SWEEP_LIMIT = 1_000;
/** Missed ticks of one job that one sweep records. */
export const TICKS_LIMIT = 100;
/** Rows of one job that one sweep removes. */
export const PURGE_LIMIT = 1_000;
