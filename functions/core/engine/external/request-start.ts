import { type ExternalRun, executionToken } from '../../domain/external-execution.ts';
import type { ExternalTarget } from '../../domain/job.ts';
import type { Json } from '../../domain/json.ts';
import { publicRunId } from '../../domain/run-id.ts';
import type { ExecutionStart } from '../../executors/external/execution-service.ts';
import type { ExternalPlatform } from './external-platform.ts';

/**
 * Starts, or finds, the execution of a run's attempt.
 *
 * @param payload of the run's input; that of the target by default
 * @returns `undefined` if the service cannot be reached now: the execution may have been started
 */
export async function requestStart(
  { executions, log }: Pick<ExternalPlatform, 'executions' | 'log'>,
  run: ExternalRun,
  target: ExternalTarget,
  payload: Json | undefined,
): Promise<ExecutionStart | undefined> {
  const { tenant, jobId, attempt, scheduledAt } = run;
  const request = { target, tenant, jobId, attempt, scheduledAt, payload: payload ?? target.payload ?? undefined };
  const fields = { run: run.ulid, job: jobId, tenant, attempt };
  try {
    const start = await executions.start({ ...request, runId: publicRunId(run), token: executionToken(run) });
    if ('refused' in start) log.warn('execution.start_refused', { ...fields, error: start.refused });
    return start;
  } catch (error) {
    log.warn('execution.start_unconfirmed', { ...fields, error: String(error) });
    return undefined;
  }
}
