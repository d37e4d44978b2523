import { toDay } from '../../../domain/compute.ts';
import { failureCountAt, nextFailureCount } from '../../../domain/flow/failure-count.ts';
import type { Plan } from '../../../domain/flow/plan.ts';
import type { Task } from '../../../domain/flow/task.ts';
import { retryDelayMs } from '../../../domain/retry.ts';
import type { Run } from '../../../domain/run.ts';
import { SecretUnavailableError } from '../../../domain/secret.ts';
import { toTenantText } from '../../../domain/service-error-text.ts';
import { MAX_QUEUE_DELAY_MS, MINUTE_MS } from '../../../domain/timing.ts';
import { FlowFailure } from '../../../executors/flow/flow-failure.ts';
import { computeWrite, failureRequestWrite, getRun } from '../../../store/runs.ts';
import type { LeaseHeartbeat } from '../../execute/lease-heartbeat.ts';
import { endFlow } from '../end-flow.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import { stopTasks } from '../stop/stop-tasks.ts';
import { type LeasedTask, LeaseLostError } from './leased-task.ts';
import type { SliceLog } from './slice-log.ts';

/** Minimum delay in milliseconds before the next slice after one without a commit, to prevent a busy loop. */
const MIN_IDLE_PAUSE_MS = 1_000;

/** Delay in milliseconds before the next slice if the flow's secrets cannot be read now. */
const SECRET_PAUSE_MS = 30_000;

/**
 * Compute time of a task in milliseconds after which it is added to the run, so that a flow without an end counts.
 */
const COUNT_AFTER_MS = 10 * MINUTE_MS;

/** The end of a slice. */
export type SliceEnd =
  | { readonly kind: 'drained' | 'stopped' | 'lease-lost' }
  | { readonly kind: 'paused'; readonly waitMs: number }
  | { readonly kind: 'failed'; readonly failure: FlowFailure };

/** Converts the error of a slice to its end. */
export function toSliceEnd(error: unknown, heartbeat: LeaseHeartbeat): SliceEnd {
  if (error instanceof LeaseLostError || heartbeat.interruptReason() === 'lease-lost') return { kind: 'lease-lost' };
  if (heartbeat.interruptReason() === 'stop-requested') return { kind: 'stopped' };
  // guard: slice.secret-unavailable
  if (error instanceof SecretUnavailableError) return { kind: 'paused', waitMs: SECRET_PAUSE_MS };
  if (error instanceof FlowFailure) return { kind: 'failed', failure: error };
  return {
    kind: 'failed',
    failure: new FlowFailure(`internal: ${toTenantText(error)}`, { permanent: false, cause: error }),
  };
}

/** Writes the end of a slice to the run's log. */
export function logSliceEnd(log: SliceLog, task: Task, end: SliceEnd): void {
  const name = `task ${task.index}`;
  if (end.kind === 'drained') log.write('info', null, `${name} has read all of its splits`, { ...task.records });
  if (end.kind === 'stopped') log.write('info', null, `${name} was stopped`, { ...task.records });
  if (end.kind === 'failed') {
    const { message, permanent } = end.failure;
    log.write('error', null, message, { attempt: nextFailureCount(task), permanent });
  }
}

/**
 * Ends the task of a slice, or releases it for its next slice.
 *
 * @throws LeaseLostError
 */
export async function finishSlice(
  platform: FlowPlatform,
  run: Run,
  plan: Plan,
  leased: LeasedTask,
  end: SliceEnd,
  durationMs: number,
): Promise<void> {
  switch (end.kind) {
    case 'lease-lost':
      return;
    case 'drained':
    case 'stopped':
      await leased.commit({ state: end.kind === 'drained' ? 'done' : 'stopped', lease: null });
      return endFlow(platform, run);
    case 'paused': {
      const isIdle = leased.commits === 0 && durationMs < MIN_IDLE_PAUSE_MS;
      const waitMs = Math.max(end.waitMs, isIdle ? MIN_IDLE_PAUSE_MS : 0);
      return releaseTask(platform, run, leased, forgetOldFailures(leased.task, platform.now()), waitMs);
    }
    case 'failed':
      return failSlice(platform, run, plan, leased, end.failure);
  }
}

function forgetOldFailures(task: Task, now: number): Partial<Task> {
  return failureCountAt(task, now) === 0 ? { failures: 0, failure: null, healthySince: null } : {};
}

/** Releases the task and sends the message of its next slice. */
async function releaseTask(
  platform: FlowPlatform,
  run: Run,
  leased: LeasedTask,
  changes: Partial<Task>,
  waitMs: number,
): Promise<void> {
  const now = platform.now();
  const dueAt = waitMs > 0 ? new Date(now + waitMs).toISOString() : null;
  await commitRelease(platform, run, leased, { ...changes, lease: null, dueAt, sentAt: new Date(now).toISOString() });
  // The sweeper sends messages with a delay longer than the 15 min that SQS allows.
  if (waitMs <= MAX_QUEUE_DELAY_MS) {
    await platform.queues.sendSlice(run, leased.task.index, leased.task.slice, waitMs);
  }
}

/** Commits the release of a task. If enough compute time has accumulated, it is added to the run in one transaction. */
async function commitRelease(
  { db, now }: FlowPlatform,
  run: Run,
  leased: LeasedTask,
  release: Partial<Task>,
): Promise<void> {
  const { busyMs, countedMs } = leased.task;
  if (busyMs - countedMs < COUNT_AFTER_MS) return leased.commit(release);
  const write = computeWrite(db, run, busyMs - countedMs, toDay(now()));
  const refused = await leased.commitWith({ ...release, countedMs: busyMs }, [write]);
  // The run was purged.
  if (refused.length > 0) await leased.commit(release);
}

/** Releases the task for a retry, or fails its run after a permanent failure or too many failures. */
async function failSlice(
  platform: FlowPlatform,
  run: Run,
  plan: Plan,
  leased: LeasedTask,
  failure: FlowFailure,
): Promise<void> {
  const failures = nextFailureCount(leased.task);
  const changes = { failures, failure: failure.message, healthySince: null };
  if (!failure.permanent && failures < plan.retry.attempts) {
    const waitMs = retryDelayMs(plan.retry, failures, platform.random());
    return releaseTask(platform, run, leased, changes, waitMs);
  }
  const stopped = { ...changes, state: 'stopped', lease: null } as const;
  // One transaction: a worker without the lease fails no run, and no run completes without a failed task.
  const request = failureRequestWrite(platform.db, run, { kind: 'error', message: failure.message });
  const refused = await leased.commitWith(stopped, [request]);
  // The run is being stopped already.
  // guard: slice.fail.beside-another
  if (refused.length > 0) await leased.commit(stopped);
  const failing = await getRun(platform.db, run);
  if (failing) await stopTasks(platform, failing);
}
