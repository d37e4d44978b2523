/** Routes that read jobs. The function loads them with the first request to one of them. */
export { listJobErrors } from './job-errors.ts';
export { getJob } from './jobs.ts';
export { listJobs } from './list-jobs.ts';
