import { setTimeout as sleep } from 'node:timers/promises';
import { JobdeckError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import type { Run } from '../../domain/run.ts';
import { IDEMPOTENCY_RETENTION_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { findByIdempotencyKey, hashIdempotencyKey, type KeyedRequest } from '../../store/idempotency.ts';
import { getRun } from '../../store/runs.ts';
import { markRunFeatures } from './mark-features.ts';
import type { StartContext } from './start-context.ts';
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
 * @param contentHash hash of what the request says; a repeat must say the same. @defaultValue a request without content
 * @param known the context of the start, if it has been read
 * @returns the run, or `undefined` if the job's overlap policy refuses a new one
 * @throws JobdeckError `idempotency_key.reused` (unprocessable) if the key was used with another content
 */
export async function startOnce(
  platform: Platform,
  job: Job,
  key: string | undefined,
  prepare: () => Promise<RunRequest>,
  contentHash?: string,
  known?: StartContext,
): Promise<Run | undefined> {
  const start = async (once?: KeyedRequest) => {
    const request = await prepare();
    await markRunFeatures(platform, job.tenant, request.options);
    return toStartedRun(await startRun(platform, { ...request, ...(once && { idempotency: once }) }, known));
  };
  if (key === undefined) return start();
  const keyHash = hashIdempotencyKey(job.id, job.incarnation, key);
  const earlier = await findRunByKey(platform, job, keyHash, contentHash);
  if (earlier) return earlier;
  const once = { keyHash, contentHash, expiresAt: platform.now() + IDEMPOTENCY_RETENTION_MS };
  return (await start(once)) ?? (await waitForConcurrentRun(platform, job, keyHash, contentHash));
}

const toStartedRun = (started: Awaited<ReturnType<typeof startRun>>): Run | undefined =>
  started.kind === 'started' ? started.run : undefined;

async function findRunByKey(
  { db, now }: Platform,
  job: Job,
  keyHash: string,
  contentHash: string | undefined,
): Promise<Run | undefined> {
  const use = await findByIdempotencyKey(db, job.tenant, keyHash, now());
  if (use && /* guard: idempotency-key.content */ use.contentHash !== contentHash) {
    throw new JobdeckError(
      'unprocessable',
      'idempotency_key.reused',
      'idempotency-key: was used for a request with another body',
    );
  }
  return use && getRun(db, use);
}

/** Waits for the run of a concurrent request that used the same key first. */
async function waitForConcurrentRun(
  platform: Platform,
  job: Job,
  keyHash: string,
  contentHash: string | undefined,
): Promise<Run | undefined> {
  for (let poll = 0; poll < MAX_POLLS; poll++) {
    const run = await findRunByKey(platform, job, keyHash, contentHash);
    if (run) return run;
    await sleep(POLL_INTERVAL_MS);
  }
  return undefined;
}
