/** The run that a receiver outside of the platform works for. */
export interface RunMetadata {
  readonly tenant: string;
  readonly job_id: string;
  /** Id of the run, the same in all of its attempts: the idempotency key. */
  readonly run_id: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** ISO 8601; null for a run that was not scheduled. */
  readonly scheduled_at: string | null;
}
