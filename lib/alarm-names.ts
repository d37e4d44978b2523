/**
 * Description of each alarm. The runbook has a heading for each name, and the alarm is called `jobdeck-<stage>-<name>`.
 */
export const ALARM_DESCRIPTIONS = {
  'ticks-dead-letters': 'Ticks could not be dispatched: they were received five times, or never delivered.',
  'runs-dead-letters': 'Runs kept crashing their workers: their message was received three times.',
  'registrations-dead-letters': 'Changes of jobs could not be registered with EventBridge Scheduler.',
  'counters-dead-letters': 'Changes of runs or jobs were given up and are not counted.',
  'platform-dead-letters': "The platform's own crons could not be invoked, or failed.",
  'notifications-dead-letters': 'Notifications keep failing the deliverer, or ends of runs were given up unheard.',
  'stream-iterator-age': 'The registrar is behind: what was defined minutes ago has no schedule yet.',
  'counters-iterator-age': 'The counters are behind: what they say was true minutes ago.',
  'notifier-iterator-age': 'The notifier is behind: nobody is told of runs that ended minutes ago.',
  'notification-failures': 'Notifications are given up: their receivers refuse them, or did not take them for a day.',
  'counter-drift': 'Counters differ from a recount.',
  'oldest-pending-age': 'A run has been waiting for a worker for too long.',
  'failed-runs': 'Runs fail.',
  'missed-ticks': 'Schedules fired and no run came of it: ticks were late, or never came.',
  'late-starts': 'Runs start later than their jobs want them to.',
  'metrics-silent': 'No metrics are published: the alarms on them are blind.',
  'api-5xx': 'The API answers requests with server errors.',
  'api-latency-p99': 'The API is slow to list jobs.',
  'worker-errors': 'Workers crash or run into their timeout. (A run that fails is not an error of its worker.)',
  'worker-throttles': "Workers are throttled: the account's concurrency is used up.",
  'scheduler-target-errors': 'EventBridge Scheduler cannot deliver to the ticks queue or to the platform.',
  'sweeper-errors': 'The sweeper fails: lost sends, expired leases and missed ticks are not repaired.',
  'sweeper-silent': 'The sweeper does not run at all.',
} as const;

export type AlarmName = keyof typeof ALARM_DESCRIPTIONS;

export const ALARM_NAMES = Object.keys(ALARM_DESCRIPTIONS) as readonly AlarmName[];
