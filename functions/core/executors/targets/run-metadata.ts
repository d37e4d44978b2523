import type { RunMetadata } from '../../domain/targets/run-metadata.ts';
import type { Execution } from '../execution.ts';

/** Returns what a receiver outside of the platform is told about the run. */
export const toRunMetadata = ({ tenant, jobId, runId, attempt, scheduledAt }: Execution): RunMetadata => ({
  tenant,
  job_id: jobId,
  run_id: runId,
  attempt,
  scheduled_at: scheduledAt,
});
