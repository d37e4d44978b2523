import type { JobView, ListedJobView } from '../../functions/api/runner/job-view.ts';
import type { RunView } from '../../functions/api/runner/run-view.ts';
import type { RunWithOutputView } from '../../functions/api/runner/runs.ts';
import { parsePublicRunId } from '../../functions/core/domain/public-run-id.ts';
import { UsageError } from './errors.ts';

export type { JobView, ListedJobView, RunView, RunWithOutputView };

export const hasEnded = ({ status }: Pick<RunView, 'status'>): boolean => status !== 'pending' && status !== 'running';

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
