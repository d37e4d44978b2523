/** Routes that read definitions of jobs. The function loads them with the first request to one of them. */
export { getJobVersion } from './job-versions.ts';
export { getJob, listJobs } from './jobs.ts';
