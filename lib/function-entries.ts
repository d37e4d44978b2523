import { surfaces } from '../functions/api/surfaces.ts';

/**
 * Source file of each Lambda function, relative to the project, by function name. The name is also the bundle's folder.
 */
export const FUNCTION_ENTRIES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(surfaces.map(({ name }) => [`api-${name}`, `functions/api/${name}/handler.ts`])),
  console: 'functions/console/handler.ts',
  dispatcher: 'functions/dispatcher/handler.ts',
  worker: 'functions/worker/handler.ts',
  registrar: 'functions/registrar/handler.ts',
  sweeper: 'functions/sweeper/handler.ts',
  'sweep-dispatcher': 'functions/sweep-dispatcher/handler.ts',
  counters: 'functions/counters/handler.ts',
  publisher: 'functions/publisher/handler.ts',
  'counter-reconciler': 'functions/counter-reconciler/handler.ts',
  notifier: 'functions/notifier/handler.ts',
  deliverer: 'functions/deliverer/handler.ts',
  'dead-letters-ticks': 'functions/dead-letter/ticks.ts',
  'dead-letters-runs': 'functions/dead-letter/runs.ts',
  'dead-letters-counters': 'functions/dead-letter/counters.ts',
  'dead-letters-notifications': 'functions/dead-letter/notifications.ts',
  'dead-letters-platform': 'functions/dead-letter/platform.ts',
};
