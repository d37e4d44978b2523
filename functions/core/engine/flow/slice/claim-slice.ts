import type { Plan } from '../../../domain/flow/plan.ts';
import type { Task } from '../../../domain/flow/task.ts';
import type { SliceMessage } from '../../../domain/messages.ts';
import { isTerminal, type Lease, type Run } from '../../../domain/run.ts';
import { DUE_TOLERANCE_MS } from '../../../domain/timing.ts';
import { getRun } from '../../../store/runs.ts';
import { changeTask, getTask } from '../../../store/tasks.ts';
import { createLease } from '../../execute/lease.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import { loadPlan } from '../plan/plan-store.ts';
import { stopTasks } from '../stop/stop-tasks.ts';

/** A slice that this worker has claimed, by claiming its task. */
export interface ClaimedSlice {
  readonly run: Run;
  readonly plan: Plan;
  readonly task: Task & { readonly lease: Lease };
}

/**
 * Claims the slice of a message. If the run is being stopped, stops its tasks instead.
 *
 * @returns `undefined` if the slice has been claimed, is not due yet, or its task or run has ended
 */
export async function claimSlice(platform: FlowPlatform, message: SliceMessage): Promise<ClaimedSlice | undefined> {
  const { db, now } = platform;
  const [run, seen] = await Promise.all([getRun(db, message), getTask(db, message, message.task)]);
  if (!run?.flow?.plan || isTerminal(run.state)) return undefined;
  if (seen?.state !== 'active' || /* guard: slice.claim.once */ seen.slice !== message.slice) return undefined;
  if (run.state === 'stopping') {
    await stopTasks(platform, run);
    return undefined;
  }
  if (seen.dueAt && Date.parse(seen.dueAt) > now() + DUE_TOLERANCE_MS) return undefined;
  const plan = await loadPlan(platform.objects, run, run.flow.plan.attempt);
  if (!plan) throw new Error(`run ${run.ulid} has no plan`);
  const task = claimTask(seen, now());
  return (await changeTask(db, seen, task)) ? { run, plan, task } : undefined;
}

function claimTask(seen: Task, now: number): ClaimedSlice['task'] {
  const healthySince = seen.failures > 0 ? (seen.healthySince ?? new Date(now).toISOString()) : null;
  return { ...seen, slice: seen.slice + 1, lease: createLease(now), dueAt: null, resends: 0, healthySince };
}
