/** The functions of a simulation. */
export type FunctionName = Exclude<keyof typeof TIMEOUT_MS, 'api'>;

const SECOND = 1_000;

/** Timeouts in milliseconds, equal to those in the CDK stacks. */
export const TIMEOUT_MS = {
  dispatcher: 30 * SECOND,
  worker: 900 * SECOND,
  counters: 60 * SECOND,
  notifier: 60 * SECOND,
  registrar: 60 * SECOND,
  'sweep-dispatcher': 55 * SECOND,
  sweeper: 55 * SECOND,
  deliverer: 30 * SECOND,
  'dead-ticks': 60 * SECOND,
  'dead-runs': 60 * SECOND,
  'dead-notifications': 60 * SECOND,
  'dead-platform': 60 * SECOND,
  'dead-registrations': 60 * SECOND,
  api: 30 * SECOND,
} as const satisfies Readonly<Record<string, number>>;
