import type { LastRunView, toJobView } from '../../../functions/api/runner/job-view.ts';
import type { RunView, toResultView } from '../../../functions/api/runner/run-view.ts';

type JobView = ReturnType<typeof toJobView>;

/** Response bodies of the runner surface. */
export type JobBody = { readonly job: JobView };
export type JobsBody = { readonly jobs: readonly (JobView & LastRunView)[] };
export type RunBody = { readonly run: RunView };
export type RunsBody = { readonly runs: readonly RunView[] };
export type ResultBody = { readonly result: ReturnType<typeof toResultView> };
export type ErrorBody = { readonly error: string };
