import { createHash } from 'node:crypto';
import type { ErrorSelection } from '../../../domain/flow/error-work.ts';
import type { Job } from '../../../domain/job.ts';
import { sortNames } from '../../../domain/json.ts';
import type { Run } from '../../../domain/run.ts';
import { NO_OPTIONS } from '../../../domain/run-input.ts';
import type { Platform } from '../../../platform/platform.ts';
import { getRunInput } from '../../../store/run-inputs.ts';
import { startOnce } from '../../start/start-once.ts';
import { jobDisabledError, overlapError } from '../../start/trigger-job.ts';
import { findRetryable } from './find-errors.ts';

/** The run that retries errors. */
export interface StartedRetry {
  /** `null` if no error matches. */
  readonly run: Run | null;
  /** Number of errors that matched at the request. */
  readonly matched: number;
  /** The request has counted a part of the errors; the run retries the others, too. */
  readonly more: boolean;
}

/** No error matches, so that no run is started. */
class NothingToRetry extends Error {}

/**
 * Starts a run of a flow that retries its open errors: the errors are the input of the run, in place of the sources. It is a
 * run like any other, with its number, limits, overlap policy, history and counts, and is
 * repaired after a crash like any other. The request counts the errors that match now; the run finds them again, so that the number of errors is not
 * bounded by the request.
 *
 * @param key idempotency key: for 24 hours a repeat returns the run that the first request started
 * @throws JobdeckError `job.disabled`, `run.overlap` (conflict), `idempotency_key.reused` (unprocessable)
 * @throws LimitReached of a manual run
 */
export async function retryErrors(
  platform: Platform,
  job: Job,
  selection: ErrorSelection,
  key?: string,
): Promise<StartedRetry> {
  let found = { matched: 0, more: false };
  const prepare = async () => {
    if (!job.enabled) throw jobDisabledError(job);
    found = await findRetryable(platform, job, selection);
    if (found.matched === 0 && !found.more) throw new NothingToRetry();
    const options = { ...NO_OPTIONS, input: { errors: { ...selection, ...found } }, note: 'Retry of errors' };
    return { job, ulid: platform.newUlid(platform.now()), trigger: 'manual', scheduledAt: null, options } as const;
  };
  // The line feed keeps this key apart from the keys of triggers, which contain none.
  const once = key === undefined ? undefined : `\nretry errors ${key}`;
  try {
    const run = await startOnce(platform, job, once, prepare, hashSelection(selection));
    if (!run) throw overlapError(job);
    const input = await getRunInput(platform.db, run);
    return { run, matched: input?.errors?.matched ?? found.matched, more: input?.errors?.more ?? found.more };
  } catch (error) {
    if (error instanceof NothingToRetry) return { run: null, ...found };
    throw error;
  }
}

const hashSelection = (selection: ErrorSelection): string =>
  createHash('sha256').update(JSON.stringify(selection, sortNames)).digest('base64url');
