import type { Task } from '../../core/domain/flow/task.ts';
import type { RunState, RunWithFlow } from '../../core/domain/run.ts';

/** The job states of the pipelines contract, in the order of a job's life. */
export const JOB_STATES = [
  'Created',
  'Scheduling',
  'Rescaling',
  'Running',
  'Recovering',
  'Stopping',
  'Stopped',
  'Failed',
  'Finished',
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** The run state that corresponds to each job state. */
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

/** @returns whether the job state depends on the tasks, because they show a recovery */
export const dependsOnTasks = ({ state, flow }: RunWithFlow): boolean => state === 'running' && flow.plan !== null;

/** @param tasks all tasks of the run; may be empty unless `dependsOnTasks` returns `true` */
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

/** @returns whether the last slice failed and its successor has not started, or the lease has expired */
function isRecovering({ state, failures, healthySince, lease }: Task, now: number): boolean {
  if (state !== 'active') return false;
  const isLost = lease !== null && Date.parse(lease.until) <= now;
  return isLost || (failures > 0 && healthySince === null);
}

/** @returns whether the job was started and neither ended nor was asked to stop */
export const isRunningDesired = (state: RunState): boolean => state === 'queued' || state === 'running';
