import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '../../domain/job.ts';
import type { Run } from '../../domain/run.ts';
import { IDEMPOTENCY_RETENTION_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { findByIdempotencyKey, hashIdempotencyKey } from '../../store/idempotency.ts';
import { getRun } from '../../store/runs.ts';
import { type RunRequest, startRun } from './start-run.ts';

/** Polls for the run of a concurrent request with the same key, and the pause between two polls. */
const MAX_POLLS = 10;
const POLL_INTERVAL_MS = 100;

/**
 * Starts a run on demand. Requests with the same idempotency key start one run in 24 hours: the key is stored in the
 * transaction that creates the run, and a repeat returns that run, even if the job was changed or deleted since.
 *
 * @param key identifies the request within the job; without a key every request starts a run
 * @param prepare validates and describes the new run; not called for a repeat
 * @returns the run, or `undefined` if the job's overlap policy refuses a new one
 */
export async function startOnce(
  platform: Platform,
  job: Job,
  key: string | undefined,
  prepare: () => Promise<RunRequest>,
): Promise<Run | undefined> {
  if (key === undefined) return toStartedRun(await startRun(platform, await prepare()));
  const keyHash = hashIdempotencyKey(job.id, job.incarnation, key);
  const earlier = await findRunByKey(platform, job, keyHash);
  if (earlier) return earlier;
  const once = { keyHash, expiresAt: platform.now() + IDEMPOTENCY_RETENTION_MS };
  const started = toStartedRun(await startRun(platform, { ...(await prepare()), idempotency: once }));
  return started ?? (await waitForConcurrentRun(platform, job, keyHash));
}

const toStartedRun = (started: Awaited<ReturnType<typeof startRun>>): Run | undefined =>
  started.kind === 'started' ? started.run : undefined;

async function findRunByKey({ db, now }: Platform, job: Job, keyHash: string): Promise<Run | undefined> {
  const ref = await findByIdempotencyKey(db, job.tenant, keyHash, now());
  return ref && getRun(db, ref);
}

/** Waits for the run of a concurrent request that used the same key first. */
async function waitForConcurrentRun(platform: Platform, job: Job, keyHash: string): Promise<Run | undefined> {
  for (let poll = 0; poll < MAX_POLLS; poll++) {
    const run = await findRunByKey(platform, job, keyHash);
    if (run) return run;
    await sleep(POLL_INTERVAL_MS);
  }
  return undefined;
}
