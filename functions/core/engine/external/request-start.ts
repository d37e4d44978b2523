import { type ExternalRun, executionToken } from '../../domain/external-execution.ts';
import type { ExternalTarget } from '../../domain/job.ts';
import type { Json } from '../../domain/json.ts';
import { publicRunId } from '../../domain/run-id.ts';
import { toTenantText } from '../../domain/service-error-text.ts';
import { truncateWithEllipsis } from '../../domain/text.ts';
import type { ExecutionStart } from '../../executors/external/execution-service.ts';
import type { ExternalPlatform } from './external-platform.ts';

/** A start that may have failed. A later start with the same token finds its execution. */
export interface UnconfirmedStart {
  readonly unconfirmed: string;
}

/** Maximum length of a stored error, in characters: each write of the run costs by its size. */
const MAX_ERROR_LENGTH = 300;

/**
 * Starts, or finds, the execution of a run's attempt.
 *
 * @param payload of the run's input; that of the target by default
 * @returns `unconfirmed`, for the tenant, if the service cannot start it now or does not answer: the execution may have been
 * started
 */
export async function requestStart(
  { executions, log }: Pick<ExternalPlatform, 'executions' | 'log'>,
  run: ExternalRun,
  target: ExternalTarget,
  payload: Json | undefined,
): Promise<ExecutionStart | UnconfirmedStart> {
  const { tenant, jobId, attempt, scheduledAt } = run;
  const request = { target, tenant, jobId, attempt, scheduledAt, payload: payload ?? target.payload ?? undefined };
  const fields = { run: run.ulid, job: jobId, tenant, attempt };
  try {
    const start = await executions.start({ ...request, runId: publicRunId(run), token: executionToken(run) });
    if ('refused' in start) log.warn('execution.start_refused', { ...fields, error: start.refused });
    return start;
  } catch (error) {
    log.warn('execution.start_unconfirmed', { ...fields, error: String(error) });
    return { unconfirmed: truncateWithEllipsis(toTenantText(error), MAX_ERROR_LENGTH) };
  }
}
