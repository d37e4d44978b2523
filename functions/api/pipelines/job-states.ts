/** The job states of the pipelines contract, in the order of a job's life. */
export const JOB_STATES = [
  'Created',
  'Scheduling',
  'Rescaling',
  'Running',
  'Recovering',
  'Stopping',
  'Stopped',
  'Failed',
  'Finished',
] as const;
export type JobState = (typeof JOB_STATES)[number];
