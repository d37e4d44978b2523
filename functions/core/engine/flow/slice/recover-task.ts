import { nextFailureCount } from '../../../domain/flow/failure-count.ts';
import type { Task } from '../../../domain/flow/task.ts';
import type { RetryPolicy } from '../../../domain/job.ts';
import type { SliceMessage } from '../../../domain/messages.ts';
import { retryDelayMs } from '../../../domain/retry.ts';
import { isTerminal, type Run } from '../../../domain/run.ts';
import { MAX_QUEUE_DELAY_MS } from '../../../domain/timing.ts';
import { failureRequestWrite, getRun } from '../../../store/runs.ts';
import { changeTask, changeTaskWith, getTask } from '../../../store/tasks.ts';
import type { FlowEndPlatform } from '../end-flow.ts';
import { logRunEvent } from '../log-run-event.ts';
import { stopTasks } from '../stop/stop-tasks.ts';
import { releaseSlotsOfTasks } from './task-slots.ts';

/**
 * Recovers a task whose lease has expired: the task continues after its last committed page with a delay, or its run
 * fails after too many losses. Does nothing if the lease was renewed meanwhile.
 */
export async function recoverTask(platform: FlowEndPlatform, run: Run, task: Task, retry: RetryPolicy): Promise<void> {
  const failures = nextFailureCount(task);
  const failure = `its worker stopped sending heartbeats before ${task.lease?.until ?? task.sentAt}`;
  const freed = { ...task, lease: null, failures, failure, healthySince: null };
  const fields = { tenant: run.tenant, job: run.jobId, run: run.ulid, task: task.index, failures };
  if (failures >= retry.attempts) return failRunForTask(platform, run, task, freed);
  const now = platform.now();
  const delay = retryDelayMs(retry, failures, platform.random());
  const dueAt = new Date(now + delay).toISOString();
  if (!(await changeTask(platform.db, task, { ...freed, dueAt, sentAt: new Date(now).toISOString() }))) return;
  platform.metrics.event('slice.lost', { LeaseExpiries: 1 }, fields);
  await logRunEvent(platform, run, task.index, 'warn', `task ${task.index} was lost: ${failure}`);
  // guard: task-slot.lost-worker
  await releaseSlotsOfTasks(platform, run.tenant, [task]);
  if (delay <= MAX_QUEUE_DELAY_MS) await platform.queues.sendSlice(run, task.index, task.slice, delay);
}

/**
 * Fails the run of a slice whose message reached the dead-letter queue. A slice that another copy of the message has
 * started continues.
 */
export async function failUndeliveredSlice(
  platform: FlowEndPlatform,
  message: SliceMessage,
  receives: number,
): Promise<void> {
  const [run, task] = await Promise.all([getRun(platform.db, message), getTask(platform.db, message, message.task)]);
  if (
    !run ||
    isTerminal(run.state) ||
    task?.state !== 'active' ||
    /* guard: lost-slice.other-copy */ task.slice !== message.slice
  )
    return;
  const failure = `its message was abandoned after ${receives} receives`;
  await failRunForTask(platform, run, task, { ...task, failures: nextFailureCount(task), failure, healthySince: null });
}

/** Fails a run because of a lost task, unless the task changed meanwhile. */
async function failRunForTask(platform: FlowEndPlatform, run: Run, seen: Task, lost: Task): Promise<void> {
  const { index, failures, failure } = lost;
  if (!(await stopTaskAndFailRun(platform, run, seen, { ...lost, state: 'stopped', dueAt: null }))) return;
  const fields = { tenant: run.tenant, job: run.jobId, run: run.ulid, task: index, failures };
  platform.metrics.event('slice.lost', { LeaseExpiries: 1 }, fields);
  await logRunEvent(platform, run, index, 'error', `task ${index} was lost: ${failure}`);
  // guard: task-slot.failed-task
  await releaseSlotsOfTasks(platform, run.tenant, [seen]);
  const failing = await getRun(platform.db, run);
  if (failing) await stopTasks(platform, failing);
}

/** Stops a task and requests the failure of its run in one transaction. */
async function stopTaskAndFailRun({ db }: FlowEndPlatform, run: Run, seen: Task, stopped: Task): Promise<boolean> {
  const failure = { kind: 'lost', message: stopped.failure ?? '' } as const;
  const refused = await changeTaskWith(
    db,
    seen,
    stopped,
    // guard: lost-task.fail-run
    [failureRequestWrite(db, run, failure)],
  );
  if (refused.length === 0) return true;
  // The run is being stopped already.
  return !refused.includes(0) && changeTask(db, seen, stopped);
}
