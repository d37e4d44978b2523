import { failuresAt, failuresWithNext } from '../../domain/flow/failures.ts';
import type { Plan } from '../../domain/flow/plan.ts';
import type { Task } from '../../domain/flow/task.ts';
import type { SliceMessage } from '../../domain/messages.ts';
import { retryDelayMs } from '../../domain/retry.ts';
import { isTerminal, type Lease, type Run } from '../../domain/run.ts';
import { DUE_TOLERANCE_MS, LONGEST_DELAY_MS } from '../../domain/timing.ts';
import type { OperatorLog } from '../../executors/flow/context.ts';
import { FlowFailure } from '../../executors/flow/flow-failure.ts';
import { failureRequest, getRun } from '../../store/runs.ts';
import { changeTask, getTask } from '../../store/tasks.ts';
import { newLease } from '../claim.ts';
import { attendCheckpoints } from './attend-checkpoints.ts';
import { attendTask, type TaskAttendance } from './attend-task.ts';
import { endFlow } from './end.ts';
import type { FlowPlatform } from './flow-platform.ts';
import { HeldTask, LeaseLost } from './held-task.ts';
import { loadPlan } from './plan-store.ts';
import { readSplits } from './read-splits.ts';
import { SliceLatencies } from './slice-latencies.ts';
import { SliceLog } from './slice-log.ts';
import { takeWarnings } from './slice-work.ts';
import { stopTasks } from './stop.ts';

/** A slice that has not ended its page by then is given up, well before Lambda would end it: its task is tried again. */
const LONGEST_SLICE_MS = 12 * 60_000;
/** The successor of a slice that did nothing waits at least so long: nothing may spin. */
const IDLE_PAUSE_MS = 1_000;

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
  const task = claimed(seen, now());
  if (!(await changeTask(db, seen, task))) return;

  await using attendance = attendTask(platform, run, task, plan.timeoutMs);
  const checkpoints = attendCheckpoints(platform, run, plan, task);
  const held = new HeldTask(db, task, () => attendance.lease());
  const log = new SliceLog(task.index, now);
  const writing = log.keepWriting(db, task.run);
  const began = now();
  if (task.slice === 1) log.write('info', null, `task ${task.index} begins`, { splits: task.splits.length });
  const latencies = new SliceLatencies(platform, task);
  const end = await work(platform, run, plan, held, attendance, log, latencies).catch((error: unknown) =>
    endOf(error, attendance),
  );
  await latencies.store();
  await checkpoints[Symbol.asyncDispose]();
  await writing[Symbol.asyncDispose]();
  tell(log, held.task, end);
  held.warned(takeWarnings(log, plan.flow));
  held.keeps(await log.flush(db, task.run));
  const fields = { run: run.ulid, job: run.jobId, tenant: run.tenant, task: task.index, slice: task.slice };
  platform.log.info('slice.ended', { ...fields, ms: now() - began, commits: held.commits, ...logged(end) });
  try {
    await finish(platform, run, plan, held, end, now() - began);
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
    platform.log.warn('slice.lease_lost', fields);
  }
}

function claimed(seen: Task, now: number): Task & { readonly lease: Lease } {
  const healthySince = seen.failures > 0 ? (seen.healthySince ?? new Date(now).toISOString()) : null;
  return { ...seen, slice: seen.slice + 1, lease: newLease(now), dueAt: null, resends: 0, healthySince };
}

/** How a slice ended. */
type End =
  | { readonly kind: 'drained' | 'stopped' | 'lease-lost' }
  | { readonly kind: 'again'; readonly waitMs: number }
  | { readonly kind: 'failed'; readonly failure: FlowFailure };

async function work(
  platform: FlowPlatform,
  run: Run,
  plan: Plan,
  held: HeldTask,
  attendance: TaskAttendance,
  log: SliceLog,
  latencies: SliceLatencies,
): Promise<End> {
  const until = platform.now() + platform.sliceMs;
  const tooLong = AbortSignal.timeout(LONGEST_SLICE_MS);
  const signal = AbortSignal.any([attendance.signal, tooLong]);
  const say = operatorLog(log, plan, held.task);
  await using open = await platform.open(plan.flow, run, run.flow?.plan?.tasks ?? 1, say);
  const lineage = run.flow?.lineage ?? run.ulid;
  const isDraining = () => attendance.isDraining();
  const wake = AbortSignal.any([signal, attendance.drained]);
  const sliceWork = { platform, plan, open, held, signal, lineage, until, isDraining, wake, log, latencies };
  const progress = await readSplits(sliceWork).catch((error: unknown) => {
    if (!tooLong.aborted) throw error;
    const took = `a page was not through all sinks within ${LONGEST_SLICE_MS / 60_000} minutes`;
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

function endOf(error: unknown, attendance: TaskAttendance): End {
  if (error instanceof LeaseLost || attendance.interruption() === 'lease-lost') return { kind: 'lease-lost' };
  if (attendance.interruption() === 'stop') return { kind: 'stopped' };
  if (error instanceof FlowFailure) return { kind: 'failed', failure: error };
  const cause = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { kind: 'failed', failure: new FlowFailure(`internal: ${cause}`, { permanent: false, cause: error }) };
}

/** Tells whoever watches the run how a slice of it ended. */
function tell(log: SliceLog, task: Task, end: End): void {
  const name = `task ${task.index}`;
  if (end.kind === 'drained') log.write('info', null, `${name} has read all of its splits`, { ...task.records });
  if (end.kind === 'stopped') log.write('info', null, `${name} was stopped`, { ...task.records });
  if (end.kind === 'failed') {
    const { message, permanent } = end.failure;
    log.write('error', null, message, { attempt: failuresWithNext(task), permanent });
  }
}

const logged = (end: End) => ({ end: end.kind, ...(end.kind === 'failed' && { error: end.failure.message }) });

async function finish(platform: FlowPlatform, run: Run, plan: Plan, held: HeldTask, end: End, tookMs: number) {
  switch (end.kind) {
    case 'lease-lost':
      return;
    case 'drained':
    case 'stopped':
      await held.commit({ state: end.kind === 'drained' ? 'done' : 'stopped', lease: null });
      return endFlow(platform, run);
    case 'again': {
      const idle = held.commits === 0 && tookMs < IDLE_PAUSE_MS;
      const waitMs = Math.max(end.waitMs, idle ? IDLE_PAUSE_MS : 0);
      return handOn(platform, run, held, health(held.task, platform.now()), waitMs);
    }
    case 'failed':
      return fail(platform, run, plan, held, end.failure);
  }
}

/** Forgets failures that are long over. */
function health(task: Task, now: number): Partial<Task> {
  return failuresAt(task, now) === 0 ? { failures: 0, failure: null, healthySince: null } : {};
}

/** Lets go of the task and sends its next slice. */
async function handOn(platform: FlowPlatform, run: Run, held: HeldTask, changes: Partial<Task>, waitMs: number) {
  const now = platform.now();
  const dueAt = waitMs > 0 ? new Date(now + waitMs).toISOString() : null;
  await held.commit({ ...changes, lease: null, dueAt, sentAt: new Date(now).toISOString() });
  // A longer delay than SQS can hold is the sweeper's.
  if (waitMs <= LONGEST_DELAY_MS) await platform.queues.sendSlice(run, held.task.index, held.task.slice, waitMs);
}

async function fail(platform: FlowPlatform, run: Run, plan: Plan, held: HeldTask, failure: FlowFailure): Promise<void> {
  const failures = failuresWithNext(held.task);
  const changes = { failures, failure: failure.message, healthySince: null };
  if (failure.permanent || failures >= plan.retry.attempts) {
    const stopped = { ...changes, state: 'stopped', lease: null } as const;
    // Both or neither: a worker that has lost its task fails no run, and no run completes without a task that failed.
    const request = failureRequest(platform.db, run, { kind: 'error', message: failure.message });
    const refused = await held.commitWith(stopped, [request]);
    // The run is being stopped already.
    // guard: slice.fail.beside-another
    if (refused.length > 0) await held.commit(stopped);
    const failing = await getRun(platform.db, run);
    if (failing) await stopTasks(platform, failing);
    return;
  }
  const waitMs = retryDelayMs(plan.retry, failures, platform.random());
  await handOn(platform, run, held, changes, waitMs);
}
