import type { Plan } from '../../../domain/flow/plan.ts';
import type { Task } from '../../../domain/flow/task.ts';
import type { SliceMessage } from '../../../domain/messages.ts';
import { SecretUnavailableError } from '../../../domain/secret.ts';
import type { OperatorLog } from '../../../executors/flow/flow-context.ts';
import { FlowFailure } from '../../../executors/flow/flow-failure.ts';
import { startCheckpointTimer } from '../checkpoint/checkpoint-timer.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import { type ClaimedSlice, claimSlice } from './claim-slice.ts';
import { finishSlice, logSliceEnd, type SliceEnd, toSliceEnd } from './finish-slice.ts';
import { LeasedTask, LeaseLostError } from './leased-task.ts';
import { takeWarnings } from './operator-counts.ts';
import { processPages } from './process-pages.ts';
import { SliceLatencies } from './slice-latencies.ts';
import { SliceLog } from './slice-log.ts';
import { startTaskHeartbeat, type TaskHeartbeat } from './task-heartbeat.ts';
import { releaseTaskSlot } from './task-slots.ts';

/** Timeout of a slice within one page, in milliseconds: shorter than Lambda's, so that the failure can be stored. */
const MAX_SLICE_MS = 12 * 60_000;

/**
 * Runs one slice of a task: claims it, processes pages, and sends the message of the next slice. A message whose slice
 * was claimed before is dropped. The sweeper repeats any step that a crash prevented.
 */
export async function runSlice(platform: FlowPlatform, message: SliceMessage): Promise<void> {
  const claimed = await claimSlice(platform, message);
  if (!claimed) return;
  const { db, now } = platform;
  const { run, plan, task, slot } = claimed;
  await using heartbeat = startTaskHeartbeat(platform, run, task, plan.timeoutMs);
  const checkpoints = startCheckpointTimer(platform, run, plan, task);
  const leased = new LeasedTask(db, task, () => heartbeat.lease());
  const log = new SliceLog(task.index, now);
  const writing = log.startWriting(db, run);
  const latencies = new SliceLatencies(platform, run, task);
  const startedAt = now();
  if (task.slice === 1) log.write('info', null, `task ${task.index} begins`, { splits: task.splits.length });

  const end = await processSlice(platform, claimed, { leased, heartbeat, log, latencies }).catch((error: unknown) => {
    if (error instanceof SecretUnavailableError) log.write('warn', null, error.message);
    return toSliceEnd(error, heartbeat);
  });

  await latencies.store();
  await checkpoints[Symbol.asyncDispose]();
  await writing[Symbol.asyncDispose]();
  logSliceEnd(log, leased.task, end);
  leased.addWarnings(takeWarnings(log, plan.flow));
  leased.addStoredBytes(await log.flush(db, run));
  const fields = { run: run.ulid, job: run.jobId, tenant: run.tenant, task: task.index, slice: task.slice };
  const outcome = { end: end.kind, ...(end.kind === 'failed' && { error: end.failure.message }) };
  platform.log.info('slice.ended', { ...fields, ms: now() - startedAt, commits: leased.commits, ...outcome });
  // Before the message of the next slice is sent, which takes a slot of its own.
  await releaseTaskSlot(platform, run.tenant, slot).catch((error: unknown) => {
    // The slot expires by itself; the end of the slice must be stored.
    platform.log.warn('slice.slot_not_released', { ...fields, error: String(error) });
  });
  try {
    await finishSlice(platform, run, plan, leased, end, now() - startedAt);
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    platform.log.warn('slice.lease_lost', fields);
  }
}

/** The helpers of a running slice. */
interface SliceTools {
  readonly leased: LeasedTask;
  readonly heartbeat: TaskHeartbeat;
  readonly log: SliceLog;
  readonly latencies: SliceLatencies;
}

/** Opens the flow and processes pages until the splits or the slice end. */
async function processSlice(
  platform: FlowPlatform,
  { run, plan }: ClaimedSlice,
  { leased, heartbeat, log, latencies }: SliceTools,
): Promise<SliceEnd> {
  const deadline = platform.now() + platform.sliceMs;
  const timeout = AbortSignal.timeout(MAX_SLICE_MS);
  const signal = AbortSignal.any([heartbeat.signal, timeout]);
  const operatorLog = createOperatorLog(log, plan, leased.task);
  const tasks = run.flow?.plan?.tasks ?? 1;
  await using openFlow = await platform.open(plan.flow, run, tasks, operatorLog, plan.payload);
  const isDraining = () => heartbeat.isDraining();
  const progress = await processPages({
    platform,
    run,
    plan,
    openFlow,
    leased,
    signal,
    waitSignal: AbortSignal.any([signal, heartbeat.drainSignal]),
    lineage: run.flow?.lineage ?? run.ulid,
    deadline,
    isDraining,
    log,
    latencies,
    openWith: (payload) => platform.open(plan.flow, run, tasks, operatorLog, payload),
  }).catch((error: unknown) => {
    if (!timeout.aborted) throw error;
    const timedOut = `a page was not through all sinks within ${MAX_SLICE_MS / 60_000} minutes`;
    const message = `${timedOut}; a pageSize smaller than ${plan.flow.pageSize} would help`;
    throw new FlowFailure(message, { permanent: false, cause: error });
  });
  if (isDraining() && progress !== 'drained') return { kind: 'stopped' };
  return progress === 'drained' ? { kind: 'drained' } : { kind: 'paused', ...progress };
}

/** Creates the log of the operators. Connections of an unbounded source are logged by the task's first slice only. */
function createOperatorLog(log: SliceLog, { flow, unbounded }: Plan, { slice }: Task): OperatorLog {
  const unboundedSources = new Set(unbounded.map((source) => flow.sources[source]?.id));
  return (level, operator, message, details) => {
    if (level === 'info' && slice > 1 && unboundedSources.has(operator)) return;
    log.write(level, operator, message, details);
  };
}
