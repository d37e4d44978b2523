/** Routes that read runs. The function loads them with the first request to one of them. */
export { getActivity } from './activity.ts';
export { listFailures } from './failures.ts';
export { getRunTree } from './run-tree.ts';
export { getRun, listRuns } from './runs.ts';
export { listTenantRuns } from './tenant-runs.ts';
