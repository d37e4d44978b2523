import { JobdeckError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import { describeOverlap } from '../../domain/overlap.ts';
import type { Run } from '../../domain/run.ts';
import { resolveDelay } from '../../domain/run-delay.ts';
import { hashRunOptions, NO_OPTIONS, type TriggerRequest } from '../../domain/run-input.ts';
import type { Platform } from '../../platform/platform.ts';
import { createDelayLimit } from './delay-run.ts';
import type { StartContext } from './start-context.ts';
import { startOnce } from './start-once.ts';

/**
 * Starts a run on demand, or creates one that starts later. A repeat with the same idempotency key returns the first run for 24 hours.
 *
 * @param request its input must be valid for the job's target (`validateRunInput`)
 * @param assertMayDelay shared by the runs of one request
 * @param known the context of the start, if it has been read
 * @throws InvalidInput if the start is too far ahead
 * @throws LimitReached `limit.delayedRuns`
 * @throws JobdeckError `job.disabled`, `run.overlap` (conflict), `idempotency_key.reused` (unprocessable)
 */
export async function triggerJob(
  platform: Platform,
  job: Job,
  key?: string,
  { delay = null, mayDiffer = false, ...options }: TriggerRequest = NO_OPTIONS,
  assertMayDelay = createDelayLimit(platform, job.tenant),
  known?: StartContext,
): Promise<Run> {
  const prepare = async () => {
    if (!job.enabled) throw jobDisabledError(job);
    const now = platform.now();
    const runAt = delay ? resolveDelay(delay, now) : undefined;
    if (runAt !== undefined) await assertMayDelay();
    const ulid = platform.newUlid(now);
    return { job, ulid, isUnique: true, trigger: 'manual', scheduledAt: null, options, runAt } as const;
  };
  const contentHash = mayDiffer ? undefined : hashRunOptions(options, delay);
  const run = await startOnce(platform, job, key, prepare, contentHash, known);
  if (run) return run;
  throw overlapError(job);
}

export const jobDisabledError = ({ id }: Job): JobdeckError =>
  new JobdeckError('conflict', 'job.disabled', `Job '${id}' is disabled`);

/** The overlap policy refuses a run now. */
export const overlapError = ({ id, overlapPolicy }: Job): JobdeckError =>
  new JobdeckError('conflict', 'run.overlap', `Job '${id}' ${describeOverlap(overlapPolicy)}`);
