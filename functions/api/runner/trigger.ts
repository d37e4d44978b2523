import { JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import { isTerminal, type Run } from '../../core/domain/run.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { TRIGGER_WAIT_MS } from '../../core/domain/timing.ts';
import { waitForEnd } from '../../core/engine/finalize/wait-for-end.ts';
import { triggerJob as trigger } from '../../core/engine/start/trigger-job.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { findJob, jobNotFoundError } from '../definition/find-job.ts';
import { readIdempotencyKey } from '../http/idempotency-key.ts';
import { type ApiResponse, operation } from '../http/operation.ts';
import { runLocation, toResultView, toRunView } from './run-view.ts';

/** Part of a request's time that is reserved for the last read and the response. */
const RESPONSE_RESERVE_MS = 1_500;

const RESPOND_ASYNC = 'respond-async';

/**
 * Runs a job and waits for the end of the run, unless the client sends `Prefer: respond-async`. A failed run is a
 * successful response.
 */
export const triggerJob = (platform: Platform) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '' }, headers, remainingMs }) {
      const key = readIdempotencyKey(headers);
      const notFoundError = jobNotFoundError(`Job '${id}' not found`);
      const job = await findJob(platform.db, tenant, id);
      if (!job) throw notFoundError;
      const run = await start(platform, job, key, notFoundError);
      const targets = [publicRunId(run)];
      if (prefersAsync(headers.prefer))
        return { ...acceptedResponse(run, { 'preference-applied': RESPOND_ASYNC }), targets };
      const wait = Math.max(0, Math.min(TRIGGER_WAIT_MS, remainingMs() - RESPONSE_RESERVE_MS));
      const ended = await waitForEnd(platform, run, wait);
      // The job was deleted during the run.
      if (!ended) throw notFoundError;
      return isTerminal(ended.state)
        ? { status: 200, body: { result: toResultView(ended) }, targets }
        : { ...acceptedResponse(ended), targets };
    },
  });

async function start(platform: Platform, job: Job, key: string | undefined, notFoundError: JobdeckError): Promise<Run> {
  try {
    return await trigger(platform, job, key);
  } catch (error) {
    // The job was deleted after it was read.
    if (error instanceof JobdeckError && error.code === notFoundError.code) throw notFoundError;
    throw error;
  }
}

function acceptedResponse(run: Run, headers: Record<string, string> = {}): ApiResponse {
  return { status: 202, body: { run: toRunView(run) }, headers: { location: runLocation(run), ...headers } };
}

/** Parses a header such as `Prefer: respond-async, wait=10` (RFC 7240). */
function prefersAsync(prefer: string | undefined): boolean {
  return (prefer ?? '').split(',').some((part) => part.split(/[;=]/)[0]?.trim().toLowerCase() === RESPOND_ASYNC);
}
