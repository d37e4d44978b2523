import type { ErrorSelection } from '../../../domain/flow/error-work.ts';
import type { Flow } from '../../../domain/flow/flow.ts';
import type { Plan } from '../../../domain/flow/plan.ts';
import type { ClaimedRun } from '../../execute/claim-run.ts';

/**
 * Creates the plan of a run that retries errors by the current definition of the flow. Each source has one split, which
 * contains the errors of its records, so that records count at the source that read them. A record that fails again does
 * not stop the run, also if the flow stops at errors: the others are retried, too.
 */
export function createRetryPlan({ job }: ClaimedRun, flow: Flow, { ids, filter }: ErrorSelection): Plan {
  const splits = flow.sources.map((_, source) => ({ source, data: null, errors: { ids, filter } }));
  return {
    flow: { ...flow, onError: 'continue' },
    splits,
    unbounded: [],
    retry: job.retry,
    timeoutMs: job.timeoutMs,
  };
}
