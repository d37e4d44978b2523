import { JobdeckError } from '../../core/domain/errors.ts';
import {
  msUntilNextStopMode,
  STOP_MODES,
  STOP_TIMEOUT_MS,
  type Stop,
  stopModeAt,
} from '../../core/domain/flow/stop.ts';
import { isTerminal, type Run } from '../../core/domain/run.ts';
import { CANCEL_WAIT_MS } from '../../core/domain/timing.ts';
import { stopFlow } from '../../core/engine/flow/stop/stop-flow.ts';
import { inputObject, integer, oneOf, orDefault } from '../http/input-schemas.ts';
import { operation } from '../http/operation.ts';
import { jobNotFoundError, requireFlowRun } from './find-job.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';

const stopBody = inputObject({
  mode: orDefault(oneOf(STOP_MODES), 'checkpoint'),
  timeout_seconds: orDefault(integer(1, 3_600), STOP_TIMEOUT_MS / 1_000),
});

/**
 * Requests the stop of a job and returns without waiting. A repeated request can make the stop stronger or earlier,
 * never weaker. A job that is not planned yet is canceled in any mode.
 */
export const stopJob = (platform: PipelinesPlatform) =>
  operation({
    body: stopBody,
    async handle({ caller, params: { job_id: id = '' }, body }) {
      const run = await requireFlowRun(platform, caller.tenant, id);
      assertNotEnded(run);
      const now = platform.now();
      const stop: Stop = {
        mode: body.mode,
        requestedAt: new Date(now).toISOString(),
        timeoutMs: body.timeout_seconds * 1_000,
      };
      const asked = isSupersededBy(stop, run, now) ? run : await stopFlow(platform, run, caller.name, stop);
      if (!asked) throw jobNotFoundError();
      // The job ended before the stop took effect.
      if (asked.state === 'completed' || asked.state === 'failed') assertNotEnded(asked);
      return {
        status: 200,
        body: { message: 'Job stop initiated', expected_finish_time: expectedFinishTime(asked, now) },
      };
    },
  });

function assertNotEnded({ state, finishedAt }: Run): void {
  if (!isTerminal(state)) return;
  const ended = state === 'canceled' ? 'was stopped' : state;
  throw new JobdeckError('conflict', 'job.ended', `Cannot stop the job: it ${ended} at ${finishedAt}`);
}

/** @returns whether the stop in progress has a stronger mode by now, or the same mode and an earlier deadline */
function isSupersededBy(asked: Stop, { state, stop }: Run, now: number): boolean {
  if (state !== 'stopping') return false;
  // A canceled run abandons its current pages, like the mode `immediate`.
  const reached = stop ? stopModeAt(stop, now) : 'immediate';
  if (reached !== asked.mode) return STOP_MODES.indexOf(asked.mode) < STOP_MODES.indexOf(reached);
  const next = stop && msUntilNextStopMode(stop, now);
  return next !== null && next !== undefined && next <= asked.timeoutMs;
}

/**
 * Returns the time in epoch milliseconds at which the stop escalates to the next mode, or the end of a job that has
 * ended.
 */
function expectedFinishTime({ finishedAt, stop }: Run, now: number): number {
  if (finishedAt !== null) return Date.parse(finishedAt);
  return now + (stop ? (msUntilNextStopMode(stop, now) ?? 0) : CANCEL_WAIT_MS);
}
