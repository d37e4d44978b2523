import { msUntilNextStopMode, stopModeAt } from '../../../domain/flow/stop.ts';
import type { Task } from '../../../domain/flow/task.ts';
import type { Run } from '../../../domain/run.ts';
import type { Platform } from '../../../platform/platform.ts';
import { removeWaitingTask } from '../../../store/task-slots.ts';
import { changeTask, getTask, listTasks } from '../../../store/tasks.ts';
import { endFlow, type FlowEndPlatform } from '../end-flow.ts';
import { expireTaskSlot, listSlotsOfTasks, releaseTaskSlot } from '../slice/task-slots.ts';

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
  const stopped: Task[] = [];
  for (const task of await listTasks(platform.db, run, run.flow.plan.tasks)) {
    if (task.state !== 'active' || !(force || !isLeased(task, now))) continue;
    const last = await stopTask(platform, task, force);
    if (last) stopped.push(last);
  }
  await releaseSlots(platform, run, stopped);
  await endFlow(platform, run);
}

/** @returns the task before it was stopped; `undefined` if it was not */
async function stopTask(platform: Platform, seen: Task, force: boolean): Promise<Task | undefined> {
  let task: Task | undefined = seen;
  for (let attempts = 0; task?.state === 'active' && attempts < MAX_FORCE_ATTEMPTS; attempts++) {
    if (await changeTask(platform.db, task, { ...task, state: 'stopped', lease: null, dueAt: null })) return task;
    if (!force) return undefined;
    task = await getTask(platform.db, task.run, task.index);
  }
  return undefined;
}

/**
 * Takes stopped tasks out of the tenant's line and releases their slots. Without it the slot of a lost worker would be
 * taken for as long as the longest slice.
 */
async function releaseSlots(platform: Platform, { tenant }: Run, stopped: readonly Task[]): Promise<void> {
  const now = platform.now();
  for (const task of stopped) {
    // guard: task-slot.stopped-waiting
    if (task.waitingSince) await removeWaitingTask(platform.db, { task, since: task.waitingSince });
  }
  for (const { slot, task } of await listSlotsOfTasks(platform, tenant, stopped)) {
    const lease = isLeased(task, now) ? task.lease : null;
    // guard: task-slot.forced-stop
    if (lease) await expireTaskSlot(platform, tenant, slot, lease.until);
    // guard: task-slot.stopped-task
    if (!lease) await releaseTaskSlot(platform, tenant, slot);
  }
}

/** @returns whether a worker holds an unexpired lease on the task */
export function isLeased({ lease }: Task, now: number): boolean {
  return lease !== null && Date.parse(lease.until) > now;
}
