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

/** What ending a flow run needs. Who has no objects leaves it to a worker to end a run with a checkpoint. */
export type FlowEndPlatform = Platform & { readonly objects?: Objects };

/**
 * Ends a flow run when all of its tasks have ended. Whoever ends a task calls it after; of several that do at once, one
 * ends the run. What a crash leaves out here, the sweeper does.
 */
export async function endFlow(platform: FlowEndPlatform, ref: RunRef): Promise<void> {
  const run = await getRun(platform.db, ref);
  if (!run?.flow?.plan || isTerminal(run.state)) return;
  const tasks = await listTasks(platform.db, ref, run.flow.plan.tasks);
  if (tasks.some(({ state }) => state === 'active')) return;
  if (!(await ensureFinalCheckpoint(platform, run))) return platform.queues.sendRun(ref);
  const now = platform.now();
  const { retentionDays } = await getLimits(platform.db, ref.tenant, platform.defaultLimits);
  const records = totalRecords(tasks);
  const finishedAt = new Date(now).toISOString();
  const ended = await finishFlowRun(platform.db, run, {
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
  });
  if (!ended.ok) {
    // It was asked to stop in between, or somebody else ended it.
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

/** For how long a run is kept: those that take messages of a queue from its hands have to know which were through. */
const retentionDaysFor = (tasks: readonly Task[], retentionDays: number): number =>
  tasks.some(({ hand: staged }) => staged) ? Math.max(retentionDays, MESSAGE_RETENTION_DAYS) : retentionDays;

/** Whether a run ends later than its job, if it is still the same, minds. */
async function isLate({ db }: Platform, run: Run, now: number): Promise<boolean> {
  const job = await getJob(db, run.tenant, run.jobId);
  return job?.incarnation === run.incarnation && isLateToFinish(job, run, now);
}

/** Bytes that a flow run leaves in the store: attempts to plan the run, errors and previews of its tasks, checkpoints. */
async function countStoredBytes({ db }: Platform, run: Run, tasks: readonly Task[]): Promise<number> {
  const kept = tasks.reduce((sum, { keptBytes }) => sum + keptBytes, run.storedBytes);
  return (await listCheckpoints(db, run)).reduce((sum, { sizeBytes }) => sum + sizeBytes, kept);
}

/** Takes the checkpoint that a run is to end with, if it is; false when that is for somebody else to do. */
async function ensureFinalCheckpoint(platform: FlowEndPlatform, run: Run): Promise<boolean> {
  if (run.stop?.mode !== 'checkpoint' || run.failure) return true;
  const [newest] = await listCheckpoints(platform.db, run, 1);
  if (newest?.cause === 'stop') return true;
  const { objects } = platform;
  if (!objects) return false;
  await takeCheckpoint({ ...platform, objects }, run, 'stop');
  return true;
}

function terminalStateOf(run: Run): TerminalState {
  if (run.state !== 'stopping') return 'completed';
  return run.failure ? 'failed' : 'canceled';
}

const formatSummary = ({ exported, success, error, ignored }: ReturnType<typeof totalRecords>): string =>
  `${exported} records read: ${success} taken by the sinks, ${error} failed, ${ignored} ignored`;

/** Tells the rows of a run's steps how they ended. */
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
