import { JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import { isTerminal, type Run } from '../../core/domain/run.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { TRIGGER_WAIT_MS } from '../../core/domain/timing.ts';
import { triggerJob as trigger } from '../../core/engine/trigger.ts';
import { waitForEnd } from '../../core/engine/wait.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { findJob, jobNotFound } from '../definition/find-job.ts';
import { idempotencyKey } from '../http/idempotency-key.ts';
import { type Answer, operation } from '../http/operation.ts';
import { resultView, runLocation, runView } from './run-view.ts';

/** What reading the run once more, and answering, may take at the end of a wait. */
const ANSWER_MS = 1_500;

const PREFERENCE = 'respond-async';

/** Runs a job now, and waits for its end unless the client would rather not. A run that fails is an answer, too. */
export const triggerJob = (platform: Platform) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '' }, headers, remainingMs }) {
      const key = idempotencyKey(headers);
      const unknown = jobNotFound(`Job '${id}' not found`);
      const job = await findJob(platform.db, tenant, id);
      if (!job) throw unknown;
      const run = await start(platform, job, key, unknown);
      const targets = [publicRunId(run)];
      if (prefersAsync(headers.prefer)) return { ...accepted(run, { 'preference-applied': PREFERENCE }), targets };
      const wait = Math.max(0, Math.min(TRIGGER_WAIT_MS, remainingMs() - ANSWER_MS));
      const ended = await waitForEnd(platform, run, wait);
      // The job was deleted meanwhile, and the run with it.
      if (!ended) throw unknown;
      return isTerminal(ended.state)
        ? { status: 200, body: { result: resultView(ended) }, targets }
        : { ...accepted(ended), targets };
    },
  });

async function start(platform: Platform, job: Job, key: string | undefined, unknown: JobdeckError): Promise<Run> {
  try {
    return await trigger(platform, job, key);
  } catch (error) {
    // Deleted since it was read.
    if (error instanceof JobdeckError && error.code === unknown.code) throw unknown;
    throw error;
  }
}

function accepted(run: Run, headers: Record<string, string> = {}): Answer {
  return { status: 202, body: { run: runView(run) }, headers: { location: runLocation(run), ...headers } };
}

/** `Prefer: respond-async, wait=10` (RFC 7240). */
function prefersAsync(prefer: string | undefined): boolean {
  return (prefer ?? '').split(',').some((part) => part.split(/[;=]/)[0]?.trim().toLowerCase() === PREFERENCE);
}
