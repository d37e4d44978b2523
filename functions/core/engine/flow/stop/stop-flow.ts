import type { Stop } from '../../../domain/flow/stop.ts';
import { isTerminal, type Run, type RunRef } from '../../../domain/run.ts';
import { changeStop, getRun, requestStop } from '../../../store/runs.ts';
import { cancelRun } from '../../finalize/cancel-run.ts';
import type { FlowEndPlatform } from '../end-flow.ts';
import { advanceStop } from './stop-tasks.ts';

/**
 * Stops a flow run: requests the stop, stops tasks without a worker, and schedules the next stop mode. A run without a
 * plan is canceled. A run that is already being stopped changes to the new mode.
 *
 * @param by value of `canceledBy`
 * @returns the run after the request, or `undefined` if it does not exist
 */
export async function stopFlow(
  platform: FlowEndPlatform,
  ref: RunRef,
  by: string,
  stop: Stop,
): Promise<Run | undefined> {
  const run = await getRun(platform.db, ref);
  if (!run || isTerminal(run.state)) return run;
  if (!run.flow?.plan) {
    const canceled = await cancelRun(platform, ref, by, stop);
    // The run was planned meanwhile.
    if (canceled?.flow?.plan) await advanceStop(platform, canceled);
    return getRun(platform.db, ref);
  }
  const requested =
    run.state === 'stopping' ? await changeStop(platform.db, ref, stop) : await requestStop(platform.db, ref, by, stop);
  if (requested.run) await advanceStop(platform, requested.run);
  return getRun(platform.db, ref);
}
