import { JobdeckError } from './errors.ts';

/** What a tenant may use. */
export interface Limits {
  /** Runs at once; the others wait in line. */
  readonly concurrentRuns: number;
  /** Days that ended runs are kept. */
  readonly retentionDays: number;
  /** Jobs that are defined. */
  readonly jobs: number;
  /** Seconds between two fires of a schedule, at least. */
  readonly minIntervalSeconds: number;
  /** Bytes that runs leave behind: output, logs, checkpoints, records that failed or are to be looked at. */
  readonly storedBytes: number;
  /** Requests a second, of all surfaces together, */
  readonly requestsPerSecond: number;
  /** and at once. */
  readonly requestBurst: number;
  /** The rebuild of the tenant's counters that new runs are to be counted by; 0 while there was none. */
  readonly generation: number;
  /** Since when nothing is started for the tenant any more (`fence.ts`). */
  readonly fencedAt?: string;
}

/** The limits that somebody sets. */
export type TenantLimits = Omit<Limits, 'generation' | 'fencedAt'>;
export type LimitName = keyof TenantLimits;

/** Least and most of each. */
export const LIMIT_RANGES: Readonly<Record<LimitName, readonly [least: number, most: number]>> = {
  concurrentRuns: [1, 1_000],
  retentionDays: [1, 3_650],
  jobs: [1, 100_000],
  // The scheduler's grain is a minute.
  minIntervalSeconds: [60, 31 * 86_400],
  storedBytes: [1_000_000, 1_000_000_000_000_000],
  requestsPerSecond: [1, 10_000],
  // Half of it is what instances may hold (`request-rate.ts`), and that has to be some requests.
  requestBurst: [10, 100_000],
};

export const LIMIT_NAMES = Object.keys(LIMIT_RANGES) as readonly LimitName[];

export const DEFAULT_LIMITS: TenantLimits = {
  concurrentRuns: 10,
  retentionDays: 30,
  jobs: 1_000,
  minIntervalSeconds: 60,
  storedBytes: 10_000_000_000,
  requestsPerSecond: 50,
  requestBurst: 400,
};

/** A limit refuses something; when waiting helps, `retryAfterSeconds` tells how long. */
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

export const tooMuchStoredError = (limit: number, used: number): LimitReached =>
  new LimitReached(
    'storedBytes',
    `what the tenant's runs leave behind may have ${limit} bytes and has ${used}; delete jobs, wait until old runs ` +
      `go, or ${ASK_OPERATOR}`,
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

/** @param seconds the smallest distance between two fires of the schedule */
export const tooFrequentError = (limit: number, seconds: number): LimitReached =>
  new LimitReached(
    'minIntervalSeconds',
    `the tenant's schedules may fire ${limit} s apart at the closest, and this one does ${seconds} s apart; ` +
      `let it fire less often, or ${ASK_OPERATOR}`,
  );
