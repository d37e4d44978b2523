/** Time in milliseconds that one sweep of a tenant may take. The rest of the invocation is for the step it is in. */
export const SWEEP_BUDGET_MS = 40_000;
/** Minutes between two visits of the pass over all tenants on an idle stage: a fixed cost for any number of tenants. */
export const PASS_MINUTES = 2;
/** Share of the tenants that are due in a minute by which the pass visits more tenants. */
export const PASS_SHARE = 0.1;
/** Maximum number of tenants that the pass visits in a minute. */
export const PASS_LIMIT = 10;
/** Minimum time in milliseconds from the start of a pass over all tenants to the next. */
export const PASS_INTERVAL_MS = 10 * 60_000;
/** Rows of one kind that one sweep of a tenant reads, oldest first. */
export const SWEEP_LIMIT = 1_000;
/** Runs that wait for a retry that one sweep of a tenant reads; the next sweep continues behind them. */
export const RETRIES_LIMIT = 5_000;
/** Runs that wait for a retry that are read together: one BatchGetItem. */
export const RETRIES_PAGE = 100;
/** Time in milliseconds after which a sweep reads no further runs that wait for a retry: a quarter of its time. */
export const RETRIES_BUDGET_MS = 10_000;

/** Maximum time of a sweep for key values with waiting runs, in milliseconds: some 500 of them. */
export const KEYS_BUDGET_MS = 10_000;
/** Delayed runs that are read together: one BatchGetItem. */
export const DELAYS_PAGE = 100;
/** Time in milliseconds after which a sweep reads no further delayed runs: a quarter of its time. */
export const DELAYS_BUDGET_MS = 10_000;
/** Delayed runs whose messages are sent, or which are started, at the same time, as by the dispatcher. */
export const DELAYS_CONCURRENCY = 10;
/** Ends of upstream runs that are read together. */
export const OPEN_ENDS_PAGE = 100;
/** Time in milliseconds after which a sweep starts no further runs after ends: a quarter of its time. */
export const OPEN_ENDS_BUDGET_MS = 10_000;
/** Executions by other services whose states one sweep lets workers read, of each page of runs. */
export const LOOKS_LIMIT = 100;
/** Missed ticks of one job that one sweep records. */
export const TICKS_LIMIT = 100;
/** Rows that are not due, in a row, after which the search for due ones ends: rows are ordered by creation. */
export const PURGE_LOOKAHEAD = 100;
/** Rows of one job that one sweep removes. */
export const PURGE_LIMIT = 1_000;
/** Rows of one job that are removed together, after their data: one BatchWriteItem. */
export const PURGE_CHUNK = 25;
/** Runs whose data is removed at the same time. */
export const PURGE_CONCURRENCY = 8;
