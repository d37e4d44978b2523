import { JobdeckError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import type { Run } from '../../domain/run.ts';
import { hashRunOptions, NO_OPTIONS, type RunOptions } from '../../domain/run-input.ts';
import type { Platform } from '../../platform/platform.ts';
import { startOnce } from './start-once.ts';

/**
 * Starts a run on demand. A repeat with the same idempotency key returns the first run for 24 hours.
 *
 * @param options must be valid for the job's target (`validateRunInput`)
 * @throws JobdeckError `job.disabled`, `run.overlap` (conflict), `idempotency_key.reused` (unprocessable)
 */
export async function triggerJob(
  platform: Platform,
  job: Job,
  key?: string,
  options: RunOptions = NO_OPTIONS,
): Promise<Run> {
  const prepare = async () => {
    if (!job.enabled) throw new JobdeckError('conflict', 'job.disabled', `Job '${job.id}' is disabled`);
    return { job, ulid: platform.newUlid(platform.now()), trigger: 'manual', scheduledAt: null, options } as const;
  };
  const run = await startOnce(platform, job, key, prepare, hashRunOptions(options));
  if (run) return run;
  throw new JobdeckError(
    'conflict',
    'run.overlap',
    `Job '${job.id}' is running already (overlap policy ${job.overlapPolicy})`,
  );
}
