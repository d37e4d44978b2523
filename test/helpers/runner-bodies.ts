import type { jobView, LastRunView } from '../../functions/api/runner/job-view.ts';
import type { RunView, resultView } from '../../functions/api/runner/run-view.ts';

type JobView = ReturnType<typeof jobView>;

/** What the runner surface answers, by what it is about. */
export type JobBody = { readonly job: JobView };
export type JobsBody = { readonly jobs: readonly (JobView & LastRunView)[] };
export type RunBody = { readonly run: RunView };
export type RunsBody = { readonly runs: readonly RunView[] };
export type ResultBody = { readonly result: ReturnType<typeof resultView> };
export type ErrorBody = { readonly error: string };
