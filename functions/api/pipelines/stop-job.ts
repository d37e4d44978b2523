import { JobdeckError } from '../../core/domain/errors.ts';
import { modeAt, STOP_MODES, STOP_TIMEOUT_MS, type Stop, untilNextMode } from '../../core/domain/flow/stop.ts';
import { isTerminal, type Run } from '../../core/domain/run.ts';
import { CANCEL_WAIT_MS } from '../../core/domain/timing.ts';
import { stopFlow } from '../../core/engine/flow/stop.ts';
import { operation } from '../http/operation.ts';
import { fields, integer, oneOf, orDefault } from '../http/shapes.ts';
import { jobNotFound, requireRun } from './find-job.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';

const shape = fields({
  mode: orDefault(oneOf(STOP_MODES), 'checkpoint'),
  timeout_seconds: orDefault(integer(1, 3_600), STOP_TIMEOUT_MS / 1_000),
});

/**
 * Stops a job, and does not wait for its end. Asked again it makes the stop harder, or sooner, and never gentler. A job
 * that was not planned has nothing to be gentle with: it is cancelled.
 */
export const stopJob = (platform: PipelinesPlatform) =>
  operation({
    body: shape,
    async handle({ caller, params: { job_id: id = '' }, body }) {
      const run = await requireRun(platform, caller.tenant, id);
      refuseEnded(run);
      const now = platform.now();
      const stop: Stop = {
        mode: body.mode,
        requestedAt: new Date(now).toISOString(),
        timeoutMs: body.timeout_seconds * 1_000,
      };
      const asked = isGentler(stop, run, now) ? run : await stopFlow(platform, run, caller.name, stop);
      if (!asked) throw jobNotFound();
      // It came to its end by itself in between.
      if (asked.state === 'completed' || asked.state === 'failed') refuseEnded(asked);
      return { status: 200, body: { message: 'Job stop initiated', expected_finish_time: expectedEnd(asked, now) } };
    },
  });

function refuseEnded({ state, finishedAt }: Run): void {
  if (!isTerminal(state)) return;
  const ended = state === 'canceled' ? 'was stopped' : state;
  throw new JobdeckError('conflict', 'job.ended', `Cannot stop the job: it ${ended} at ${finishedAt}`);
}

/** Whether what is under way is harder by now than what is asked for, or as hard and sooner. */
function isGentler(asked: Stop, { state, stop }: Run, now: number): boolean {
  if (state !== 'stopping') return false;
  // A run that was cancelled abandons its pages.
  const reached = stop ? modeAt(stop, now) : 'immediate';
  if (reached !== asked.mode) return STOP_MODES.indexOf(asked.mode) < STOP_MODES.indexOf(reached);
  const next = stop && untilNextMode(stop, now);
  return next !== null && next !== undefined && next <= asked.timeoutMs;
}

/** Epoch milliseconds: when the stop gives way to a harder one, at the latest; of a job that has ended, when it did. */
function expectedEnd({ finishedAt, stop }: Run, now: number): number {
  if (finishedAt !== null) return Date.parse(finishedAt);
  return now + (stop ? (untilNextMode(stop, now) ?? 0) : CANCEL_WAIT_MS);
}
