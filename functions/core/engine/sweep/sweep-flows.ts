import type { Task } from '../../domain/flow/task.ts';
import type { JobOutline } from '../../domain/job.ts';
import { FLOW_RETRY } from '../../domain/retry.ts';
import { isTerminal, type Run } from '../../domain/run.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { MAX_RESEND_DELAY_MS, RESEND_AFTER_MS } from '../../domain/timing.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { listOldestActiveChildren } from '../../store/run-lists.ts';
import { getRuns, requestFailure } from '../../store/runs.ts';
import { changeTask, listTasks } from '../../store/tasks.ts';
import { endChildren, endFlow, type FlowEndPlatform } from '../flow/end-flow.ts';
import { logRunEvent } from '../flow/log-run-event.ts';
import { recoverTask } from '../flow/slice/recover-task.ts';
import { admitWaitingTasks } from '../flow/slice/task-slots.ts';
import { failTimedOutRun } from '../flow/stop/fail-timed-out-run.ts';
import { advanceStop } from '../flow/stop/stop-tasks.ts';
import type { JobOutlines } from './job-outlines.ts';
import { repairEach } from './part-runner.ts';
import { SWEEP_LIMIT } from './sweep-limits.ts';

/**
 * Repairs running flow runs: expired task leases, lost slice messages, missing ends, exceeded timeouts and pending
 * stops.
 */
export async function sweepFlows(
  platform: FlowEndPlatform,
  jobs: JobOutlines,
  runs: readonly Run[],
  hasTime: HasTime,
): Promise<void> {
  await jobs.load(runs);
  const planned = runs.filter(({ state, flow }) => state !== 'queued' && flow?.plan);
  await repairEach(planned, hasTime, (run) => sweepFlow(platform, run, jobs.of(run)));
}

async function sweepFlow(platform: FlowEndPlatform, run: Run, job: JobOutline | undefined): Promise<void> {
  if (run.state === 'stopping') return advanceStop(platform, run);
  const now = platform.now();
  const timeoutMs = job?.timeoutMs ?? null;
  if (timeoutMs !== null && now - Date.parse(run.startedAt ?? run.createdAt) > timeoutMs) {
    return failTimedOutRun(platform, run, timeoutMs);
  }
  const tasks = await listTasks(platform.db, run, run.flow?.plan?.tasks ?? 0);
  const active = tasks.filter(({ state }) => state === 'active');
  if (active.length === 0) return endFlow(platform, run);
  // guard: task-slot.sweep
  if (active.some(({ waitingSince }) => waitingSince)) await admitWaitingTasks(platform, run.tenant);
  await repairEach(
    active,
    () => true,
    async (task) => {
      if (task.lease && Date.parse(task.lease.until) <= now) {
        await recoverTask(platform, run, task, job?.retry ?? FLOW_RETRY);
      } else if (!task.lease && isSliceOverdue(task, now)) {
        await resend(platform, run, task);
      }
    },
  );
}

/** @returns whether the slice should have started by now; the allowed delay doubles with each resend */
function isSliceOverdue({ sentAt, dueAt, resends }: Task, now: number): boolean {
  const maxDelayMs = Math.min(RESEND_AFTER_MS * 2 ** resends, MAX_RESEND_DELAY_MS);
  const since = Math.max(Date.parse(sentAt), dueAt ? Date.parse(dueAt) : 0);
  return now - since > maxDelayMs;
}

/**
 * Resends of a slice that never started, over about 3 h. After them the run fails, because the message crashes every
 * worker.
 */
const MAX_RESENDS = 8;

async function resend(platform: FlowEndPlatform, run: Run, task: Task): Promise<void> {
  if (
    /* guard: slice.resend-limit */ task.resends >= MAX_RESENDS &&
    /* guard: slice.resend-limit.waiting */ !task.waitingSince
  ) {
    const message = `task ${task.index} never started, though its slice was sent ${task.resends + 1} times`;
    const requested = await requestFailure(platform.db, run, { kind: 'lost', message });
    if (!requested.ok) return;
    await logRunEvent(platform, run, task.index, 'error', message);
    return advanceStop(platform, requested.run);
  }
  const sentAt = new Date(platform.now()).toISOString();
  const marked = await changeTask(platform.db, task, { ...task, sentAt, resends: task.resends + 1 });
  if (marked) await platform.queues.sendSlice(run, task.index, task.slice);
}

/** Finalizes the steps of ended runs that a crash left running. */
export async function sweepChildren(
  platform: FlowEndPlatform,
  tenant: TenantId,
  hasTime: HasTime = () => true,
): Promise<void> {
  const refs = await listOldestActiveChildren(platform.db, tenant, SWEEP_LIMIT);
  await repairEach(await getRuns(platform.db, refs), hasTime, async (run) => {
    if (!run || !isTerminal(run.state)) return;
    await endChildren(platform, run, await listTasks(platform.db, run, run.flow?.plan?.tasks ?? 0));
  });
}
