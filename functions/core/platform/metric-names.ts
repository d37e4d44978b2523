/**
 * Namespace of the metrics that functions write and alarms read. Their dimension is `stage`; for tenants listed in the
 * configuration also `stage` and `tenant`.
 */
export const METRIC_NAMESPACE = 'Jobdeck';

/** All metrics with their units. */
export const METRICS = {
  /** Gauges, published each minute from the counters. */
  PendingRuns: 'Count',
  ProcessingRuns: 'Count',
  /** Failed runs within their retention. */
  FailedRuns: 'Count',
  /** Age of the oldest run that waits for a worker; 0 if none waits. */
  OldestPendingAge: 'Seconds',
  FailedRegistrations: 'Count',
  /** Changes of jobs that the registrar could not register and deferred. */
  RegistrationsDeferred: 'Count',
  /** Duration of completed and failed runs. */
  RunDuration: 'Milliseconds',
  /** Time from a run's creation to its first start. */
  QueueLatency: 'Milliseconds',
  RunsCompleted: 'Count',
  RunsFailed: 'Count',
  /** Ticks that did not run because they were late or missing. */
  MissedTicks: 'Count',
  /** Runs that started or ended after their job's grace period. */
  LateStarts: 'Count',
  LateFinishes: 'Count',
  /** Runs whose worker stopped renewing its lease. */
  LeaseExpiries: 'Count',
  /** Time from a cancel request to the end of the work, or to the timeout of the request. */
  CancelLatency: 'Milliseconds',
  NotificationsDelivered: 'Count',
  /** Notifications that were given up: rejected, or undelivered for a day. */
  NotificationsFailed: 'Count',
  /** Sum of the absolute differences between counters and a recount. */
  CounterDrift: 'Count',
} as const;

export type MetricName = keyof typeof METRICS;
