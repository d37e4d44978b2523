import { monthEnd, toComputeSeconds } from './compute.ts';
import { JobdeckError } from './errors.ts';

/** The limits of a tenant, with internal state that is stored beside them. */
export interface Limits {
  /** Maximum number of concurrent runs; further runs wait. */
  readonly concurrentRuns: number;
  /** Maximum number of flow tasks that are processed at the same time, over all runs; further tasks wait. */
  readonly concurrentTasks: number;
  /** Maximum number of runs that wait for a later start. */
  readonly delayedRuns: number;
  /** Retention of ended runs, in days. */
  readonly retentionDays: number;
  /** Maximum number of defined jobs. */
  readonly jobs: number;
  /** Minimum number of seconds between two fires of a schedule. */
  readonly minIntervalSeconds: number;
  /** Maximum size of data stored by runs in bytes: output, logs, checkpoints, failed records and previews. */
  readonly storedBytes: number;
  /** Maximum compute time of runs in a calendar month (UTC), in seconds (`compute.ts`); null for no limit. */
  readonly computeSecondsPerMonth: number | null;
  /** Maximum request rate over all surfaces, per second. */
  readonly requestsPerSecond: number;
  /** Maximum number of requests at once. */
  readonly requestBurst: number;
  /** Maximum rate of the requests that flows send to one host, per second, over all runs; flows wait. */
  readonly hostRequestsPerSecond: number;
  /** Rebuild generation of new runs' counters; 0 before the first rebuild. */
  readonly generation: number;
  /** Time since which runs of the tenant may have another priority than the default. Absent if none has. */
  readonly prioritiesSince?: string;
  /** Set once a run of the tenant has had an expiry. Absent for a tenant without such runs. */
  readonly usesExpiry?: boolean;
  /** Set once the tenant has had a backfill. Absent for a tenant without any. */
  readonly usesBackfills?: boolean;
  /** Start of a deletion or import of the tenant (`tenant-tombstone.ts`): no work is started since then. */
  readonly tombstonedAt?: string;
}

/** Features that cost reads once a tenant has used them. */
export type UsedFeatures = Pick<Limits, 'prioritiesSince' | 'usesExpiry' | 'usesBackfills'>;

/** The limits that an operator can set. */
export type TenantLimits = Omit<Limits, 'generation' | 'tombstonedAt' | keyof UsedFeatures>;
export type LimitName = keyof TenantLimits;

/** Minimum and maximum of each limit. */
export const LIMIT_RANGES: Readonly<Record<LimitName, readonly [least: number, most: number]>> = {
  concurrentRuns: [1, 1_000],
  concurrentTasks: [1, 1_000],
  delayedRuns: [0, 10_000],
  retentionDays: [1, 3_650],
  jobs: [1, 100_000],
  // EventBridge Scheduler has a resolution of one minute.
  minIntervalSeconds: [60, 31 * 86_400],
  storedBytes: [1_000_000, 1_000_000_000_000_000],
  computeSecondsPerMonth: [1, 10_000_000_000],
  requestsPerSecond: [1, 10_000],
  // Instances hold up to half of the burst in advance (`request-rate.ts`), which must be several requests.
  requestBurst: [10, 100_000],
  hostRequestsPerSecond: [1, 10_000],
};

export const LIMIT_NAMES = Object.keys(LIMIT_RANGES) as readonly LimitName[];

export const DEFAULT_LIMITS: TenantLimits = {
  concurrentRuns: 10,
  concurrentTasks: 20,
  delayedRuns: 1_000,
  retentionDays: 30,
  jobs: 1_000,
  minIntervalSeconds: 60,
  storedBytes: 10_000_000_000,
  computeSecondsPerMonth: null,
  requestsPerSecond: 50,
  requestBurst: 400,
  hostRequestsPerSecond: 50,
};

/** A request exceeds a limit. `retryAfterSeconds` is set if waiting helps. */
export class LimitReached extends JobdeckError {
  readonly limit: LimitName;
  readonly retryAfterSeconds: number | null;

  constructor(limit: LimitName, message: string, retryAfterSeconds: number | null = null) {
    super('limited', `limit.${limit}`, `${limit}: ${message}`);
    this.name = 'LimitReached';
    this.limit = limit;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const ASK_OPERATOR = 'ask the operator for more';

export const tooManyJobsError = (limit: number, used: number): LimitReached =>
  new LimitReached('jobs', `the tenant may have ${limit} jobs and has ${used}; delete one, or ${ASK_OPERATOR}`);

export const tooManyDelayedError = (limit: number, used: number): LimitReached =>
  new LimitReached(
    'delayedRuns',
    `the tenant may have ${limit} runs that start later and has ${used}; cancel one, wait, or ${ASK_OPERATOR}`,
  );

export const tooMuchStoredError = (limit: number, used: number): LimitReached =>
  new LimitReached(
    'storedBytes',
    `what the tenant's runs leave behind may have ${limit} bytes and has ${used}; delete jobs, wait until old runs ` +
      `go, or ${ASK_OPERATOR}`,
  );

/** @param used compute time of the month in milliseconds */
export const tooMuchComputeError = (limit: number, used: { readonly computeMs: number; readonly month: string }) =>
  new LimitReached(
    'computeSecondsPerMonth',
    `the tenant's runs may take ${limit} seconds of compute time a month and have taken ` +
      `${toComputeSeconds(used.computeMs)} in ${used.month} (UTC); wait until ` +
      `${new Date(monthEnd(used.month)).toISOString()}, or ${ASK_OPERATOR}`,
  );

export const tooManyRequestsError = (
  { requestsPerSecond, requestBurst }: Pick<Limits, 'requestsPerSecond' | 'requestBurst'>,
  retryAfterSeconds: number,
): LimitReached =>
  new LimitReached(
    'requestsPerSecond',
    `the tenant may make ${requestsPerSecond} requests a second, ${requestBurst} at once, and has made more; ` +
      `wait ${retryAfterSeconds} s, or ${ASK_OPERATOR}`,
    retryAfterSeconds,
  );

/** The error shows nothing of the tenant: senders of webhooks are not its members. */
export const tooManyHookRequestsError = (retryAfterSeconds: number): LimitReached =>
  new LimitReached(
    'requestsPerSecond',
    `too many requests to this URL; wait ${retryAfterSeconds} s`,
    retryAfterSeconds,
  );

/** @param seconds the smallest interval between two fires of the schedule */
export const tooFrequentError = (limit: number, seconds: number): LimitReached =>
  new LimitReached(
    'minIntervalSeconds',
    `the tenant's schedules may fire ${limit} s apart at the closest, and this one does ${seconds} s apart; ` +
      `let it fire less often, or ${ASK_OPERATOR}`,
  );
