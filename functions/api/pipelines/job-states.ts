/** The states of the contract, as a job passes through them. */
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
