/** Routes that read jobs. The function loads them with the first request to one of them. */
export { getJob, listJobs, listPipelineJobs } from './jobs.ts';
