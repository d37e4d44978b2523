import { setTimeout as sleep } from 'node:timers/promises';
import { JobdeckError } from '../domain/errors.ts';
import type { Job } from '../domain/job.ts';
import type { Run } from '../domain/run.ts';
import { IDEMPOTENCY_MS } from '../domain/timing.ts';
import type { Platform } from '../platform/platform.ts';
import { findByIdempotencyKey, hashIdempotencyKey } from '../store/idempotency.ts';
import { getRun } from '../store/runs.ts';
import { startRun } from './start.ts';

/** How often a repeated trigger looks for the run that its twin is about to make, and how long between looks. */
const TWIN_LOOKS = 10;
const TWIN_PAUSE_MS = 100;

/**
 * Starts a run on demand. With an idempotency key, a repeat within a day answers with the run of the first.
 *
 * @throws JobdeckError `job.disabled`, `run.overlap` (conflict)
 */
export async function triggerJob(platform: Platform, job: Job, key?: string): Promise<Run> {
  const keyHash = key === undefined ? undefined : hashIdempotencyKey(job.id, job.incarnation, key);
  const earlier = keyHash && (await runOfKey(platform, job, keyHash));
  if (earlier) return earlier;
  if (!job.enabled) throw new JobdeckError('conflict', 'job.disabled', `Job '${job.id}' is disabled`);
  const now = platform.now();
  const started = await startRun(platform, {
    job,
    ulid: platform.newUlid(now),
    trigger: 'manual',
    scheduledAt: null,
    ...(keyHash && { once: { keyHash, expiresAt: now + IDEMPOTENCY_MS } }),
  });
  if (started.kind === 'started') return started.run;
  const twin = keyHash && (await twinOf(platform, job, keyHash));
  if (twin) return twin;
  throw new JobdeckError(
    'conflict',
    'run.overlap',
    `Job '${job.id}' is running already (overlap policy ${job.overlapPolicy})`,
  );
}

async function runOfKey({ db, now }: Platform, job: Job, keyHash: string): Promise<Run | undefined> {
  const ref = await findByIdempotencyKey(db, job.tenant, keyHash, now());
  return ref && getRun(db, ref);
}

/** The run of a request with the same key that came at the same time and was first. */
async function twinOf(platform: Platform, job: Job, keyHash: string): Promise<Run | undefined> {
  for (let look = 0; look < TWIN_LOOKS; look++) {
    const run = await runOfKey(platform, job, keyHash);
    if (run) return run;
    await sleep(TWIN_PAUSE_MS);
  }
  return undefined;
}
