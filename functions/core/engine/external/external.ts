/** The handlers of runs that other services execute. Workers load them at the first such run. */
export { followExecution, followRun } from './follow-run.ts';
export { startExternal } from './start-external.ts';
