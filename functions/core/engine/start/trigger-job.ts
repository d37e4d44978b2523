import { JobdeckError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import type { Run } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import { startOnce } from './start-once.ts';

/**
 * Starts a run on demand. A repeat with the same idempotency key returns the first run for 24 hours.
 *
 * @throws JobdeckError `job.disabled`, `run.overlap` (conflict)
 */
export async function triggerJob(platform: Platform, job: Job, key?: string): Promise<Run> {
  const run = await startOnce(platform, job, key, async () => {
    if (!job.enabled) throw new JobdeckError('conflict', 'job.disabled', `Job '${job.id}' is disabled`);
    return { job, ulid: platform.newUlid(platform.now()), trigger: 'manual', scheduledAt: null };
  });
  if (run) return run;
  throw new JobdeckError(
    'conflict',
    'run.overlap',
    `Job '${job.id}' is running already (overlap policy ${job.overlapPolicy})`,
  );
}
