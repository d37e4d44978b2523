import type { BackfillView } from '../../../functions/api/runner/backfills.ts';
import type { JobVersionView } from '../../../functions/api/runner/job-versions.ts';
import type { JobView, ListedJobView } from '../../../functions/api/runner/job-view.ts';
import type { StoredJobView } from '../../../functions/api/runner/put-job.ts';
import type { RunView } from '../../../functions/api/runner/run-view.ts';
import type { ResultView } from '../../../functions/api/runner/trigger.ts';

/** Response bodies of the runner surface. */
export type JobBody = { readonly job: JobView };
export type JobsBody = { readonly jobs: readonly ListedJobView[] };
export type VersionBody = JobVersionView;
export type StoredJobBody = StoredJobView;
export type RunBody = { readonly run: RunView };
export type RunsBody = { readonly runs: readonly RunView[] };
export type ResultBody = { readonly result: ResultView };
export type BackfillBody = { readonly backfill: BackfillView };
export type BackfillsBody = { readonly backfills: readonly BackfillView[] };
export type ErrorBody = { readonly error: string };
