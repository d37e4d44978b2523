import type { Task } from '../../core/domain/flow/task.ts';
import type { RunState, RunWithFlow } from '../../core/domain/run.ts';
import type { JobState } from './job-states.ts';

/** The state of the run that a job's state is one of. */
export const RUN_STATE_BY_JOB_STATE: Readonly<Record<JobState, RunState>> = {
  Created: 'queued',
  Scheduling: 'running',
  Rescaling: 'running',
  Running: 'running',
  Recovering: 'running',
  Stopping: 'stopping',
  Stopped: 'canceled',
  Failed: 'failed',
  Finished: 'completed',
};

/** Whether `tasks` of `jobState` have to be given: only they know whether all goes well. */
export const dependsOnTasks = ({ state, flow }: RunWithFlow): boolean => state === 'running' && flow.plan !== null;

/** @param tasks all of the run's; none needed unless `isToldByTasks` */
export function toJobState(run: RunWithFlow, tasks: readonly Task[], now: number): JobState {
  switch (run.state) {
    case 'queued':
      return 'Created';
    case 'running':
      if (run.flow.plan) return tasks.some((task) => isRecovering(task, now)) ? 'Recovering' : 'Running';
      if (run.flow.restart?.rescaled) return 'Rescaling';
      return run.attempt > 1 ? 'Recovering' : 'Scheduling';
    case 'stopping':
      return 'Stopping';
    case 'completed':
      return 'Finished';
    case 'failed':
      return 'Failed';
    case 'canceled':
      return 'Stopped';
  }
}

/** Its last slice failed and the next one has not begun, or its worker is not heard of. */
function isRecovering({ state, failures, healthySince, lease }: Task, now: number): boolean {
  if (state !== 'active') return false;
  const isLost = lease !== null && Date.parse(lease.until) <= now;
  return isLost || (failures > 0 && healthySince === null);
}

/** Whether the job should be running: it was started, and nobody and nothing ended it. */
export const isRunningDesired = (state: RunState): boolean => state === 'queued' || state === 'running';
