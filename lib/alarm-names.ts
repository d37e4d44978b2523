/**
 * Description of each alarm. The runbook has a heading for each name, and the alarm is called `jobdeck-<stage>-<name>`.
 */
export const ALARM_DESCRIPTIONS = {
  'ticks-dead-letters': 'Ticks could not be dispatched: they were received five times, or never delivered.',
  'runs-dead-letters': 'Runs crash their workers: a message was received five times.',
  'registrations-dead-letters': 'Changed jobs could not be registered with EventBridge Scheduler.',
  'registrations-deferred': 'Changed jobs wait for a repeated registration with EventBridge Scheduler.',
  'counters-dead-letters': 'Changes of runs or jobs were discarded and are not counted.',
  'platform-dead-letters': 'A platform cron failed or could not be invoked, or the sweeper does not start.',
  'notifications-dead-letters': 'Notifications could not be processed, or were discarded.',
  'stream-iterator-age': 'The registrar is behind: jobs that were changed minutes ago have no current schedule.',
  'counters-iterator-age': 'The counters are behind: they show the state of minutes ago.',
  'notifier-iterator-age': 'The notifier is behind: notifications are minutes late.',
  'notification-failures': 'Notifications fail: receivers reject them, or have not accepted them for a day.',
  'counter-drift': 'Counters differ from a recount.',
  'oldest-pending-age': 'A run has been waiting too long for a worker.',
  'failed-runs': 'Runs fail.',
  'missed-ticks': 'Schedules fired without a run: ticks were late or missing.',
  'late-starts': 'Runs start later than their jobs permit.',
  'metrics-silent': 'No metrics are published: alarms on metrics cannot go off.',
  'api-5xx': 'The API returns server errors.',
  'api-latency-p99': 'The API is slow to list jobs.',
  'worker-errors': 'Workers crash or time out. (A failed run is not an error of its worker.)',
  'worker-throttles': "Workers are throttled: the account's concurrency is exhausted.",
  'scheduler-target-errors': 'EventBridge Scheduler cannot deliver to the ticks queue or invoke platform crons.',
  'sweeper-errors': 'The sweeper fails: lost messages, expired leases and missed ticks are not repaired.',
  'sweeps-behind': 'Tenants wait for minutes to be swept.',
  'sweeper-silent': 'The dispatcher of sweeps is not invoked: no tenant is swept.',
} as const;

export type AlarmName = keyof typeof ALARM_DESCRIPTIONS;

export const ALARM_NAMES = Object.keys(ALARM_DESCRIPTIONS) as readonly AlarmName[];
