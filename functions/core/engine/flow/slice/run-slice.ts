import { failureCountAt, nextFailureCount } from '../../../domain/flow/failure-count.ts';
import type { Plan } from '../../../domain/flow/plan.ts';
import type { Task } from '../../../domain/flow/task.ts';
import type { SliceMessage } from '../../../domain/messages.ts';
import { retryDelayMs } from '../../../domain/retry.ts';
import { isTerminal, type Lease, type Run } from '../../../domain/run.ts';
import { DUE_TOLERANCE_MS, MAX_QUEUE_DELAY_MS } from '../../../domain/timing.ts';
import type { OperatorLog } from '../../../executors/flow/flow-context.ts';
import { FlowFailure } from '../../../executors/flow/flow-failure.ts';
import { failureRequestWrite, getRun } from '../../../store/runs.ts';
import { changeTask, getTask } from '../../../store/tasks.ts';
import { createLease } from '../../execute/claim-run.ts';
import { startCheckpointTimer } from '../checkpoint/checkpoint-timer.ts';
import { endFlow } from '../end-flow.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import { loadPlan } from '../plan/plan-store.ts';
import { stopTasks } from '../stop/stop-flow.ts';
import { LeasedTask, LeaseLostError } from './leased-task.ts';
import { processSplits } from './read-pages.ts';
import { takeWarnings } from './slice-context.ts';
import { SliceLatencies } from './slice-latencies.ts';
import { SliceLog } from './slice-log.ts';
import { startTaskHeartbeat, type TaskHeartbeat } from './task-heartbeat.ts';

/** A slice that has not ended its page by then is given up, well before Lambda would end it: its task is tried again. */
const MAX_SLICE_MS = 12 * 60_000;
/** The successor of a slice that did nothing waits at least so long: nothing may spin. */
const MIN_IDLE_PAUSE_MS = 1_000;

/**
 * Does one slice of a task: claims it, reads on from where it is, and sends its successor. A message whose slice was had
 * is dropped; what a crash leaves undone, the sweeper sends again.
 */
export async function runSlice(platform: FlowPlatform, message: SliceMessage): Promise<void> {
  const { db, now } = platform;
  const [run, seen] = await Promise.all([getRun(db, message), getTask(db, message, message.task)]);
  if (!run?.flow?.plan || isTerminal(run.state)) return;
  if (seen?.state !== 'active' || /* guard: slice.claim.once */ seen.slice !== message.slice) return;
  if (run.state === 'stopping') return stopTasks(platform, run);
  if (seen.dueAt && Date.parse(seen.dueAt) > now() + DUE_TOLERANCE_MS) return;
  const plan = await loadPlan(platform.objects, run, run.flow.plan.attempt);
  if (!plan) throw new Error(`run ${run.ulid} has no plan`);
  const task = claimTask(seen, now());
  if (!(await changeTask(db, seen, task))) return;

  await using heartbeat = startTaskHeartbeat(platform, run, task, plan.timeoutMs);
  const checkpoints = startCheckpointTimer(platform, run, plan, task);
  const held = new LeasedTask(db, task, () => heartbeat.lease());
  const log = new SliceLog(task.index, now);
  const writing = log.startWriting(db, task.run);
  const began = now();
  if (task.slice === 1) log.write('info', null, `task ${task.index} begins`, { splits: task.splits.length });
  const latencies = new SliceLatencies(platform, task);
  const end = await processSlice(platform, run, plan, held, heartbeat, log, latencies).catch((error: unknown) =>
    toSliceEnd(error, heartbeat),
  );
  await latencies.store();
  await checkpoints[Symbol.asyncDispose]();
  await writing[Symbol.asyncDispose]();
  logSliceEnd(log, held.task, end);
  held.addWarnings(takeWarnings(log, plan.flow));
  held.addStoredBytes(await log.flush(db, task.run));
  const fields = { run: run.ulid, job: run.jobId, tenant: run.tenant, task: task.index, slice: task.slice };
  platform.log.info('slice.ended', { ...fields, ms: now() - began, commits: held.commits, ...endLogFields(end) });
  try {
    await finishSlice(platform, run, plan, held, end, now() - began);
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    platform.log.warn('slice.lease_lost', fields);
  }
}

function claimTask(seen: Task, now: number): Task & { readonly lease: Lease } {
  const healthySince = seen.failures > 0 ? (seen.healthySince ?? new Date(now).toISOString()) : null;
  return { ...seen, slice: seen.slice + 1, lease: createLease(now), dueAt: null, resends: 0, healthySince };
}

/** How a slice ended. */
type SliceEnd =
  | { readonly kind: 'drained' | 'stopped' | 'lease-lost' }
  | { readonly kind: 'again'; readonly waitMs: number }
  | { readonly kind: 'failed'; readonly failure: FlowFailure };

async function processSlice(
  platform: FlowPlatform,
  run: Run,
  plan: Plan,
  held: LeasedTask,
  heartbeat: TaskHeartbeat,
  log: SliceLog,
  latencies: SliceLatencies,
): Promise<SliceEnd> {
  const until = platform.now() + platform.sliceMs;
  const tooLong = AbortSignal.timeout(MAX_SLICE_MS);
  const signal = AbortSignal.any([heartbeat.signal, tooLong]);
  const operatorLogger = operatorLog(log, plan, held.task);
  await using open = await platform.open(plan.flow, run, run.flow?.plan?.tasks ?? 1, operatorLogger);
  const lineage = run.flow?.lineage ?? run.ulid;
  const isDraining = () => heartbeat.isDraining();
  const wake = AbortSignal.any([signal, heartbeat.drainSignal]);
  const sliceWork = {
    platform,
    plan,
    open,
    leased: held,
    signal,
    lineage,
    deadline: until,
    isDraining,
    waitSignal: wake,
    log,
    latencies,
  };
  const progress = await processSplits(sliceWork).catch((error: unknown) => {
    if (!tooLong.aborted) throw error;
    const took = `a page was not through all sinks within ${MAX_SLICE_MS / 60_000} minutes`;
    const message = `${took}; a pageSize smaller than ${plan.flow.pageSize} would help`;
    throw new FlowFailure(message, { permanent: false, cause: error });
  });
  if (isDraining() && progress !== 'drained') return { kind: 'stopped' };
  return progress === 'drained' ? { kind: 'drained' } : { kind: 'again', ...progress };
}

/** What an endless source connects to is said by a task's first slice alone: there will be thousands. */
function operatorLog(log: SliceLog, { flow, unbounded }: Plan, { slice }: Task): OperatorLog {
  const endless = new Set(unbounded.map((source) => flow.sources[source]?.id));
  return (level, operator, message, details) => {
    if (level === 'info' && slice > 1 && endless.has(operator)) return;
    log.write(level, operator, message, details);
  };
}

function toSliceEnd(error: unknown, heartbeat: TaskHeartbeat): SliceEnd {
  if (error instanceof LeaseLostError || heartbeat.interruptReason() === 'lease-lost') return { kind: 'lease-lost' };
  if (heartbeat.interruptReason() === 'stop') return { kind: 'stopped' };
  if (error instanceof FlowFailure) return { kind: 'failed', failure: error };
  const cause = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { kind: 'failed', failure: new FlowFailure(`internal: ${cause}`, { permanent: false, cause: error }) };
}

/** Tells whoever watches the run how a slice of it ended. */
function logSliceEnd(log: SliceLog, task: Task, end: SliceEnd): void {
  const name = `task ${task.index}`;
  if (end.kind === 'drained') log.write('info', null, `${name} has read all of its splits`, { ...task.records });
  if (end.kind === 'stopped') log.write('info', null, `${name} was stopped`, { ...task.records });
  if (end.kind === 'failed') {
    const { message, permanent } = end.failure;
    log.write('error', null, message, { attempt: nextFailureCount(task), permanent });
  }
}

const endLogFields = (end: SliceEnd) => ({
  end: end.kind,
  ...(end.kind === 'failed' && { error: end.failure.message }),
});

async function finishSlice(
  platform: FlowPlatform,
  run: Run,
  plan: Plan,
  held: LeasedTask,
  end: SliceEnd,
  tookMs: number,
) {
  switch (end.kind) {
    case 'lease-lost':
      return;
    case 'drained':
    case 'stopped':
      await held.commit({ state: end.kind === 'drained' ? 'done' : 'stopped', lease: null });
      return endFlow(platform, run);
    case 'again': {
      const idle = held.commits === 0 && tookMs < MIN_IDLE_PAUSE_MS;
      const waitMs = Math.max(end.waitMs, idle ? MIN_IDLE_PAUSE_MS : 0);
      return releaseTask(platform, run, held, forgetOldFailures(held.task, platform.now()), waitMs);
    }
    case 'failed':
      return failSlice(platform, run, plan, held, end.failure);
  }
}

/** Forgets failures that are long over. */
function forgetOldFailures(task: Task, now: number): Partial<Task> {
  return failureCountAt(task, now) === 0 ? { failures: 0, failure: null, healthySince: null } : {};
}

/** Lets go of the task and sends its next slice. */
async function releaseTask(platform: FlowPlatform, run: Run, held: LeasedTask, changes: Partial<Task>, waitMs: number) {
  const now = platform.now();
  const dueAt = waitMs > 0 ? new Date(now + waitMs).toISOString() : null;
  await held.commit({ ...changes, lease: null, dueAt, sentAt: new Date(now).toISOString() });
  // A longer delay than SQS can hold is the sweeper's.
  if (waitMs <= MAX_QUEUE_DELAY_MS) await platform.queues.sendSlice(run, held.task.index, held.task.slice, waitMs);
}

async function failSlice(
  platform: FlowPlatform,
  run: Run,
  plan: Plan,
  held: LeasedTask,
  failure: FlowFailure,
): Promise<void> {
  const failures = nextFailureCount(held.task);
  const changes = { failures, failure: failure.message, healthySince: null };
  if (failure.permanent || failures >= plan.retry.attempts) {
    const stopped = { ...changes, state: 'stopped', lease: null } as const;
    // Both or neither: a worker that has lost its task fails no run, and no run completes without a task that failed.
    const request = failureRequestWrite(platform.db, run, { kind: 'error', message: failure.message });
    const refused = await held.commitWith(stopped, [request]);
    // The run is being stopped already.
    // guard: slice.fail.beside-another
    if (refused.length > 0) await held.commit(stopped);
    const failing = await getRun(platform.db, run);
    if (failing) await stopTasks(platform, failing);
    return;
  }
  const waitMs = retryDelayMs(plan.retry, failures, platform.random());
  await releaseTask(platform, run, held, changes, waitMs);
}
