import type { Plan } from '../../../domain/flow/plan.ts';
import type { Task } from '../../../domain/flow/task.ts';
import type { TaskSlot } from '../../../domain/flow/task-slot.ts';
import type { SliceMessage } from '../../../domain/messages.ts';
import { isTerminal, type Lease, type Run } from '../../../domain/run.ts';
import { DUE_TOLERANCE_MS } from '../../../domain/timing.ts';
import { getLimits } from '../../../store/limits.ts';
import { stateTtlOf } from '../../../store/run-item.ts';
import { getRun } from '../../../store/runs.ts';
import { putWaitingTask, removeWaitingTask } from '../../../store/task-slots.ts';
import { changeTask, getTask } from '../../../store/tasks.ts';
import { createLease } from '../../execute/lease.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import { loadPlan } from '../plan/plan-store.ts';
import { stopTasks } from '../stop/stop-tasks.ts';
import { acquireTaskSlot, admitWaitingTasks, releaseSlotsOfTasks, releaseTaskSlot } from './task-slots.ts';

/** A slice that this worker has claimed, by claiming its task. */
export interface ClaimedSlice {
  readonly run: Run;
  readonly plan: Plan;
  readonly task: Task & { readonly lease: Lease };
  /** The tenant's slot that the worker holds. */
  readonly slot: TaskSlot;
}

/**
 * Claims the slice of a message. If the run is being stopped, stops its tasks instead. If the tenant has as many
 * concurrent tasks as it may have, the task waits: its message is sent again when a slot is free.
 *
 * @returns `undefined` if the slice has been claimed, is not due yet, has to wait, or its task or run has ended
 */
export async function claimSlice(platform: FlowPlatform, message: SliceMessage): Promise<ClaimedSlice | undefined> {
  const { db, now } = platform;
  const [run, seen] = await Promise.all([getRun(db, message), getTask(db, message, message.task)]);
  if (!run?.flow?.plan || isTerminal(run.state) || seen?.state !== 'active') {
    // The slot was passed to a task that ended, or was purged, while it waited.
    const passedTo = { run: message, index: message.task };
    // guard: task-slot.ended-task
    if (!seen || seen.waitingSince) await releaseSlotsOfTasks(platform, message.tenant, [passedTo]);
    return undefined;
  }
  if (/* guard: slice.claim.once */ seen.slice !== message.slice) return undefined;
  if (run.state === 'stopping') {
    await stopTasks(platform, run);
    return undefined;
  }
  if (seen.dueAt && Date.parse(seen.dueAt) > now() + DUE_TOLERANCE_MS) return undefined;
  const plan = await loadPlan(platform.objects, run, run.flow.plan.attempt);
  if (!plan) throw new Error(`run ${run.ulid} has no plan`);
  const { concurrentTasks } = await getLimits(db, run.tenant, platform.defaultLimits);
  const slot = await acquireTaskSlot(platform, seen, concurrentTasks);
  if (/* guard: task-slot.limit */ !slot) {
    await waitForSlot(platform, seen);
    return undefined;
  }
  const task = claimTask(run, seen, now());
  if (await changeTask(db, seen, task)) {
    if (seen.waitingSince) await removeWaitingTask(db, { task: seen, since: seen.waitingSince });
    return { run, plan, task, slot };
  }
  await releaseTaskSlot(platform, run.tenant, slot);
  return undefined;
}

/** Puts a task in the line of its tenant. A slot may have become free before the task waited. */
async function waitForSlot(platform: FlowPlatform, seen: Task): Promise<void> {
  const { db, now } = platform;
  const waitingSince = seen.waitingSince ?? new Date(now()).toISOString();
  if (!seen.waitingSince && !(await changeTask(db, seen, { ...seen, waitingSince }))) return;
  await putWaitingTask(db, { task: seen, slice: seen.slice, since: waitingSince });
  // guard: task-slot.wait-recheck
  await admitWaitingTasks(platform, seen.run.tenant);
}

function claimTask(run: Run, seen: Task, now: number): ClaimedSlice['task'] {
  const healthySince = seen.failures > 0 ? (seen.healthySince ?? new Date(now).toISOString()) : null;
  const [lease, expiresAt] = [createLease(now), stateTtlOf(run, now)];
  return {
    ...seen,
    slice: seen.slice + 1,
    lease,
    expiresAt,
    dueAt: null,
    waitingSince: null,
    resends: 0,
    healthySince,
  };
}
