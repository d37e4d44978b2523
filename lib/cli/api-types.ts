import { parsePublicRunId } from '../../functions/core/domain/run-id.ts';
import { UsageError } from './errors.ts';

/** Responses of the runner surface, as far as commands use them. */
export interface Job {
  readonly id: string;
  readonly name: string;
  readonly type: 'script' | 'http' | 'flow';
  readonly schedule: string | null;
  readonly enabled: 0 | 1;
  readonly created_at: string;
  readonly updated_at: string;
  readonly next_run: string | null;
  readonly last_status?: string | null;
  readonly last_run?: string | null;
}

export interface Run {
  readonly id: number;
  readonly job_id: string;
  readonly run_id: string;
  readonly status: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly duration_ms: number | null;
  readonly trigger: string;
  readonly attempt: number;
  readonly reason: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Position after the output; in the response for one run only. */
  readonly output_next?: string;
}

export const hasEnded = ({ status }: Pick<Run, 'status'>): boolean => status !== 'pending' && status !== 'running';

/**
 * Returns the job id in a run id.
 *
 * @throws UsageError
 */
export function jobIdOf(runId: string): string {
  const ref = parsePublicRunId(runId);
  if (ref) return ref.jobId;
  throw new UsageError(`'${runId}' is not a run id, such as sync-email.k3f9a1b2c4.01JNXA3V5T9YV0Q2Z6W8M4R7B1`);
}
