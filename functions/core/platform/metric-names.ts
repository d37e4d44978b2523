/**
 * The metrics, as functions write and alarms read them: one namespace, the dimension `stage`, and for tenants that the
 * configuration names also `stage` and `tenant`.
 */
export const METRIC_NAMESPACE = 'Jobdeck';

/** Every metric, and its unit. */
export const METRICS = {
  /** Levels, each minute, from the counters. */
  PendingRuns: 'Count',
  ProcessingRuns: 'Count',
  /** Failed runs that are kept: they leave with their retention. */
  FailedRuns: 'Count',
  /** Age of the oldest run that waits for a worker; 0 when none does. */
  OldestPendingAge: 'Seconds',
  FailedRegistrations: 'Count',
  /** Of the last attempt of a run that ended, done or failed. */
  RunDuration: 'Milliseconds',
  /** From the making of a run to its first worker. */
  QueueLatency: 'Milliseconds',
  RunsCompleted: 'Count',
  RunsFailed: 'Count',
  /** Ticks that did not run because they were late or never came. */
  MissedTicks: 'Count',
  /** Runs that had not started, or not ended, by when their jobs want them to. */
  LateStarts: 'Count',
  LateFinishes: 'Count',
  /** Runs that their worker did not end. */
  LeaseExpiries: 'Count',
  /** From a request to cancel to the end of the work, or of the wait for it. */
  CancelLatency: 'Milliseconds',
  NotificationsDelivered: 'Count',
  /** Notifications that were given up: refused, or not taken for a day. */
  NotificationsFailed: 'Count',
  /** By how much counters differ from a recount, each difference as a positive number. */
  CounterDrift: 'Count',
} as const;

export type MetricName = keyof typeof METRICS;
