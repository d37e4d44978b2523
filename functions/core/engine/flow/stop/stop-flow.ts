import { msUntilNextStopMode, type Stop, stopModeAt } from '../../../domain/flow/stop.ts';
import type { Task } from '../../../domain/flow/task.ts';
import { isTerminal, type Run, type RunRef } from '../../../domain/run.ts';
import type { Platform } from '../../../platform/platform.ts';
import { changeStop, getRun, requestStop } from '../../../store/runs.ts';
import { changeTask, getTask, listTasks } from '../../../store/tasks.ts';
import { cancelRun } from '../../finalize/cancel-run.ts';
import { endFlow, type FlowEndPlatform } from '../end-flow.ts';

/**
 * Stops a flow run: requests the stop, stops tasks without a worker, and schedules the next stop mode. A run without a
 * plan is canceled. A run that is already being stopped changes to the new mode.
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

/** Applies the current stop mode of a run, and schedules the message for the next mode. */
export async function advanceStop(platform: FlowEndPlatform, run: Run): Promise<void> {
  if (run.state !== 'stopping') return;
  await stopTasks(platform, run);
  const next = run.stop && msUntilNextStopMode(run.stop, platform.now());
  if (next) await platform.queues.sendRun(run, next);
}

/**
 * Stops the tasks that have no worker, then ends the run if no task is left. A task with a worker stops itself, except
 * in mode `force`, which takes it from its worker.
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

/** Attempts to take a task from a worker that keeps committing. */
const MAX_FORCE_ATTEMPTS = 20;

async function stopTask(platform: Platform, seen: Task, force: boolean): Promise<void> {
  let task: Task | undefined = seen;
  for (let tries = 0; task?.state === 'active' && tries < MAX_FORCE_ATTEMPTS; tries++) {
    if (await changeTask(platform.db, task, { ...task, state: 'stopped', lease: null, dueAt: null })) return;
    if (!force) return;
    task = await getTask(platform.db, task.run, task.index);
  }
}

/** @returns whether a worker holds an unexpired lease on the task */
export function isLeased({ lease }: Task, now: number): boolean {
  return lease !== null && Date.parse(lease.until) > now;
}
