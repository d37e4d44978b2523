import { msUntilNextStopMode, stopModeAt } from '../../../domain/flow/stop.ts';
import type { Task } from '../../../domain/flow/task.ts';
import type { Run } from '../../../domain/run.ts';
import type { Platform } from '../../../platform/platform.ts';
import { changeTask, getTask, listTasks } from '../../../store/tasks.ts';
import { endFlow, type FlowEndPlatform } from '../end-flow.ts';

/** Attempts to take a task from a worker that keeps committing. */
const MAX_FORCE_ATTEMPTS = 20;

/** Applies the current stop mode of a run, and schedules the message for the next mode. */
export async function advanceStop(platform: FlowEndPlatform, run: Run): Promise<void> {
  if (run.state !== 'stopping') return;
  await stopTasks(platform, run);
  const delayMs = run.stop && msUntilNextStopMode(run.stop, platform.now());
  if (delayMs) await platform.queues.sendRun(run, delayMs);
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

async function stopTask(platform: Platform, seen: Task, force: boolean): Promise<void> {
  let task: Task | undefined = seen;
  for (let attempts = 0; task?.state === 'active' && attempts < MAX_FORCE_ATTEMPTS; attempts++) {
    if (await changeTask(platform.db, task, { ...task, state: 'stopped', lease: null, dueAt: null })) return;
    if (!force) return;
    task = await getTask(platform.db, task.run, task.index);
  }
}

/** @returns whether a worker holds an unexpired lease on the task */
export function isLeased({ lease }: Task, now: number): boolean {
  return lease !== null && Date.parse(lease.until) > now;
}
