import { msUntilNextStopMode, type Stop, stopModeAt } from '../../../domain/flow/stop.ts';
import type { Task } from '../../../domain/flow/task.ts';
import { isTerminal, type Run, type RunRef } from '../../../domain/run.ts';
import type { Platform } from '../../../platform/platform.ts';
import { changeStop, getRun, requestStop } from '../../../store/runs.ts';
import { changeTask, getTask, listTasks } from '../../../store/tasks.ts';
import { cancelRun } from '../../finalize/cancel-run.ts';
import { endFlow, type FlowEndPlatform } from '../end-flow.ts';

/**
 * Stops a flow run: asks its tasks, stops those that nobody works on, and looks again when the next mode is due. A run
 * that is not planned yet is cancelled; one that is being stopped is stopped in the new way from now on.
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
    // It was planned in between.
    if (canceled?.flow?.plan) await advanceStop(platform, canceled);
    return getRun(platform.db, ref);
  }
  const requested =
    run.state === 'stopping' ? await changeStop(platform.db, ref, stop) : await requestStop(platform.db, ref, by, stop);
  if (requested.run) await advanceStop(platform, requested.run);
  return getRun(platform.db, ref);
}

/** Does what is to be done now about a run that is being stopped, and sends for whoever does it next. */
export async function advanceStop(platform: FlowEndPlatform, run: Run): Promise<void> {
  if (run.state !== 'stopping') return;
  await stopTasks(platform, run);
  const next = run.stop && msUntilNextStopMode(run.stop, platform.now());
  if (next) await platform.queues.sendRun(run, next);
}

/**
 * Stops the tasks of a run that is being stopped and that nobody works on; those at work see it for themselves, unless
 * it has come to force. Then the run ends, if they were the last.
 */
export async function stopTasks(platform: FlowEndPlatform, run: Run): Promise<void> {
  if (!run.flow?.plan) return;
  const now = platform.now();
  const force = run.stop !== null && stopModeAt(run.stop, now) === 'force';
  for (const task of await listTasks(platform.db, run, run.flow.plan.tasks)) {
    if (task.state === 'active' && (force || !isLeased(task, now))) await stopTask(platform, task, force);
  }
  await endFlow(platform, run);
}

/** Tries at taking a task from a worker that goes on with it. */
const MAX_FORCE_ATTEMPTS = 20;

async function stopTask(platform: Platform, seen: Task, force: boolean): Promise<void> {
  let task: Task | undefined = seen;
  for (let tries = 0; task?.state === 'active' && tries < MAX_FORCE_ATTEMPTS; tries++) {
    if (await changeTask(platform.db, task, { ...task, state: 'stopped', lease: null, dueAt: null })) return;
    if (!force) return;
    task = await getTask(platform.db, task.run, task.index);
  }
}

/** Whether somebody works on a task, as far as one knows. */
export function isLeased({ lease }: Task, now: number): boolean {
  return lease !== null && Date.parse(lease.until) > now;
}
