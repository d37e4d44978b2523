import type { Task } from '../../domain/flow/task.ts';
import { isExported, stepCounts, totalRecords } from '../../domain/flow/totals.ts';
import { isLateToFinish } from '../../domain/lateness.ts';
import { isTerminal, type Run, type RunRef, type TerminalState } from '../../domain/run.ts';
import { MESSAGE_RETENTION_DAYS, purgeTime } from '../../domain/timing.ts';
import type { Objects } from '../../platform/objects.ts';
import type { Platform } from '../../platform/platform.ts';
import { listCheckpoints } from '../../store/checkpoints.ts';
import { finishChild, listChildren } from '../../store/children.ts';
import { getJob } from '../../store/jobs.ts';
import { getLimits } from '../../store/limits.ts';
import { finishFlowRun, getRun } from '../../store/runs.ts';
import { listTasks } from '../../store/tasks.ts';
import { emitIfFlaggedLate } from '../finalize/emit-lateness.ts';
import { finalizeRun } from '../finalize/finalize-run.ts';
import { endMetrics } from '../finalize/run-metrics.ts';
import { takeCheckpoint } from './checkpoint/take-checkpoint.ts';
import type { RecordObjects } from './flow-platform.ts';

/**
 * Dependencies for ending a flow run. Without `objects` the final checkpoint is left to a worker, and without
 * `recordObjects` the end of a run that records objects.
 */
export type FlowEndPlatform = Platform & { readonly objects?: Objects; readonly recordObjects?: RecordObjects };

/**
 * Ends a flow run whose tasks have all ended. Called after each end of a task; one of several concurrent calls ends the
 * run. The sweeper repeats a call that a crash prevented.
 */
export async function endFlow(platform: FlowEndPlatform, ref: RunRef): Promise<void> {
  const run = await getRun(platform.db, ref);
  if (!run?.flow?.plan || isTerminal(run.state)) return;
  const tasks = await listTasks(platform.db, ref, run.flow.plan.tasks);
  if (tasks.some(({ state }) => state === 'active')) return;
  if (!(await ensureFinalCheckpoint(platform, run))) return platform.queues.sendRun(ref);
  if (!(await ensureObjectsRecorded(platform, run, tasks))) return platform.queues.sendRun(ref);
  const now = platform.now();
  const { retentionDays } = await getLimits(platform.db, ref.tenant, platform.defaultLimits);
  const records = totalRecords(tasks);
  const finishedAt = new Date(now).toISOString();
  const end = {
    state: terminalStateOf(run),
    finishedAt,
    purgeAt: purgeTime(now, /* guard: flow.retention.messages */ retentionDaysFor(tasks, retentionDays)),
    exitCode: null,
    executionMs: null,
    stdout: formatSummary(records),
    stderr: run.failure?.message ?? '',
    stdoutParts: 0,
    stderrParts: 0,
    itemsProcessed: records.success,
    storedBytes: await countStoredBytes(platform, run, tasks),
    meta: { ...records },
    late: await isLate(platform, run, now),
    flow: { ...run.flow, ended: { records, doneExporting: isExported(tasks) } },
  };
  const ended = await finishFlowRun(platform.db, run, end, uncountedMs(tasks));
  if (!ended.ok) {
    // A stop was requested meanwhile, or another process ended the run.
    // guard: flow.end.stop-requested
    if (ended.run && !isTerminal(ended.run.state)) await endFlow(platform, ref);
    return;
  }
  await endChildren(platform, ended.run, tasks);
  const fields = { run: run.ulid, job: run.jobId, tenant: run.tenant, state: ended.run.state };
  platform.metrics.event('flow.ended', endMetrics(ended.run), { ...fields, ...records });
  emitIfFlaggedLate(platform, ended.run, 'finish', finishedAt);
  await finalizeRun(platform, ended.run);
}

/**
 * Returns the retention of a run in days. A run that staged messages of a queue is kept until the queue has discarded
 * them, so that processed messages are recognized.
 */
const retentionDaysFor = (tasks: readonly Task[], retentionDays: number): number =>
  tasks.some(({ staged }) => staged) ? Math.max(retentionDays, MESSAGE_RETENTION_DAYS) : retentionDays;

/** Returns the compute time of ended tasks that their run does not include, in milliseconds. */
const uncountedMs = (tasks: readonly Task[]): number =>
  tasks.reduce((sum, { busyMs, countedMs }) => sum + busyMs - /* guard: flow.compute.once */ countedMs, 0);

/** @returns whether the run ends after its job's finish grace period, if the job still exists */
async function isLate({ db }: Platform, run: Run, now: number): Promise<boolean> {
  const job = await getJob(db, run.tenant, run.jobId);
  return job?.incarnation === run.incarnation && isLateToFinish(job, run, now);
}

/**
 * Returns the bytes that a flow run leaves in the store: attempts of the planner, errors and previews of its tasks,
 * checkpoints.
 */
async function countStoredBytes({ db }: Platform, run: Run, tasks: readonly Task[]): Promise<number> {
  const kept = tasks.reduce((sum, { keptBytes }) => sum + keptBytes, run.storedBytes);
  return (await listCheckpoints(db, run)).reduce((sum, { sizeBytes }) => sum + sizeBytes, kept);
}

/**
 * Takes the final checkpoint of a run that is stopped with one.
 *
 * @returns `false` if this process cannot take it
 */
async function ensureFinalCheckpoint(platform: FlowEndPlatform, run: Run): Promise<boolean> {
  if (run.stop?.mode !== 'checkpoint' || run.failure) return true;
  const [newest] = await listCheckpoints(platform.db, run, 1);
  if (newest?.cause === 'stop') return true;
  const { objects } = platform;
  if (!objects) return false;
  await takeCheckpoint({ ...platform, objects }, run, 'stop');
  return true;
}

/**
 * Records the objects that a run has read, before it ends: the next run of the job is planned afterwards.
 *
 * @returns `false` if this process cannot record them, or not all in time
 */
async function ensureObjectsRecorded(platform: FlowEndPlatform, run: Run, tasks: readonly Task[]): Promise<boolean> {
  if (!run.flow?.plan?.recordsObjects) return true;
  const { objects, recordObjects } = platform;
  return objects && recordObjects ? recordObjects({ ...platform, objects }, run, tasks) : false;
}

function terminalStateOf(run: Run): TerminalState {
  if (run.state !== 'stopping') return 'completed';
  return run.failure ? 'failed' : 'canceled';
}

const formatSummary = ({ exported, success, error, ignored }: ReturnType<typeof totalRecords>): string =>
  `${exported} records read: ${success} taken by the sinks, ${error} failed, ${ignored} ignored`;

/** Writes the final state and counts of a run's steps. */
export async function endChildren(platform: Platform, run: Run, tasks: readonly Task[]): Promise<void> {
  const { state, finishedAt, purgeAt, flow } = run;
  for (const child of await listChildren(platform.db, run)) {
    if (child.state !== 'running') continue;
    const doneExporting =
      child.kind === 'export' ? isExported(tasks, child.index) : (flow?.ended?.doneExporting ?? false);
    const counts = stepCounts(tasks, child);
    await finishChild(platform.db, { ...child, state, finishedAt, purgeAt, counts, doneExporting });
  }
}
