import type { Child } from '../../core/domain/flow/child.ts';
import { NO_RECORDS } from '../../core/domain/flow/counts.ts';
import type { Task } from '../../core/domain/flow/task.ts';
import { isExported, stepCounts, totalRecords } from '../../core/domain/flow/totals.ts';
import { isFlowRun, isTerminal, type Run, type RunState, type RunWithFlow } from '../../core/domain/run.ts';
import { publicChildId, publicRunId } from '../../core/domain/run-id.ts';
import { LEASE_MS } from '../../core/domain/timing.ts';

export const JOB_TYPES = ['flow', 'export', 'import'] as const;
export type JobType = (typeof JOB_TYPES)[number];

export const JOB_STATUSES = ['queued', 'running', 'completed', 'failed', 'canceled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** The states that a status stands for, as they follow each other. */
export const STATES_BY_STATUS: Readonly<Record<JobStatus, readonly RunState[]>> = {
  queued: ['queued'],
  running: ['running', 'stopping'],
  completed: ['completed'],
  failed: ['failed'],
  canceled: ['canceled'],
};

/** A flow run, or a step of one, as the contract shows it: a job. */
export interface JobView {
  readonly _id: string;
  readonly type: JobType;
  readonly status: JobStatus;
  readonly _integrationId: string | null;
  readonly _flowId: string;
  /** The source of an export; of a flow, its first. */
  readonly _exportId: string | null;
  /** The sink of an import. */
  readonly _importId: string | null;
  /** The flow's job, of an export or import. */
  readonly _flowJobId: string | null;
  /** Of an export: read well; of an import: taken. Of a flow: all that came of the record was taken by all sinks. */
  readonly numSuccess: number;
  /** Failed records. Each counts at one step, the first where it failed: that of a flow is the sum over its steps. */
  readonly numError: number;
  /** For a flow: records without output. For an import: refused writes of records that `numError` counts already. */
  readonly numIgnore: number;
  /** Records read, failed ones included. For an import: records offered to the import or failed in a transform before. */
  readonly numExport: number;
  readonly numPagesGenerated: number;
  readonly numPagesProcessed: number;
  /** Every source, or this one, was read to its end. */
  readonly doneExporting: boolean;
  /** The same for a run, its steps, and the runs it was restarted from. */
  readonly flowExecutionGroupId: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** The newest change whose time is known: while it runs, the last sign of life of its worker. */
  readonly lastModified: string;
  /** While it is active: not before. */
  readonly purgeAt: string;
  readonly canceledBy: string | null;
  /** Why it failed. */
  readonly message: string | null;
}

/** Whether `tasks` of the views below have to be given: what a run that has ended did is in its row. */
export const needsTasks = ({ flow }: RunWithFlow): boolean => flow.plan !== null && flow.ended === null;

/**
 * @param run of a flow: only those are jobs
 * @param tasks all of the run's; none needed unless `isCountedByTasks`
 */
export function toFlowJobView(run: Run, tasks: readonly Task[]): JobView {
  if (!isFlowRun(run)) throw new Error(`run ${publicRunId(run)} is not of a flow`);
  const records = run.flow.ended?.records ?? (run.flow.plan ? totalRecords(tasks) : NO_RECORDS);
  return {
    _id: publicRunId(run),
    type: 'flow',
    status: toJobStatus(run.state),
    _integrationId: run.integrationId,
    _flowId: run.jobId,
    _exportId: run.flow.exportId,
    _importId: null,
    _flowJobId: null,
    numSuccess: records.success,
    numError: records.error,
    numIgnore: records.ignored,
    numExport: records.exported,
    numPagesGenerated: records.pagesGenerated,
    numPagesProcessed: records.pagesProcessed,
    doneExporting: isDoneExporting(run, tasks),
    flowExecutionGroupId: executionGroupId(run),
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    endedAt: run.finishedAt,
    lastModified: lastModified(run, tasks, run.createdAt),
    purgeAt: run.purgeAt,
    canceledBy: run.canceledBy,
    message: failureMessage(run, run.state),
  };
}

/**
 * A step's row is told of its run's end after the run's: until then the step is what its run and the run's tasks say, so
 * that the two never disagree.
 *
 * @param tasks all of the run's; none needed of a step whose counts are there and whose run has ended
 */
export function toStepJobView(run: RunWithFlow, child: Child, tasks: readonly Task[]): JobView {
  const isExport = child.kind === 'export';
  const isFinal = hasFinalCounts(run, child);
  const state = isFinal ? child.state : run.state;
  const counts = isFinal ? child.counts : stepCounts(tasks, child);
  const exported = isExport ? run.flow.plan !== null && isExported(tasks, child.index) : isDoneExporting(run, tasks);
  const endedAt = isFinal ? child.finishedAt : run.finishedAt;
  return {
    _id: publicChildId(child),
    type: child.kind,
    status: toJobStatus(state),
    _integrationId: run.integrationId,
    _flowId: run.jobId,
    _exportId: isExport ? child.operator : null,
    _importId: isExport ? null : child.operator,
    _flowJobId: publicRunId(run),
    numSuccess: counts.out,
    numError: counts.errors,
    numIgnore: counts.ignored,
    numExport: counts.in,
    numPagesGenerated: isExport ? counts.pages : 0,
    numPagesProcessed: isExport ? 0 : counts.pages,
    doneExporting: isFinal ? child.doneExporting : exported,
    flowExecutionGroupId: executionGroupId(run),
    createdAt: child.createdAt,
    startedAt: state === 'queued' ? null : child.createdAt,
    endedAt,
    lastModified: endedAt ?? lastModified(run, tasks, child.createdAt),
    purgeAt: isFinal ? child.purgeAt : run.purgeAt,
    canceledBy: run.canceledBy,
    message: failureMessage(run, state),
  };
}

/** Whether a step's row knows of its run's end. */
export function hasFinalCounts(
  run: Run,
  child: Child,
): child is Child & { readonly counts: NonNullable<Child['counts']> } {
  return isTerminal(run.state) && child.counts !== null;
}

const toJobStatus = (state: RunState): JobStatus => (state === 'stopping' ? 'running' : state);

const isDoneExporting = ({ flow }: RunWithFlow, tasks: readonly Task[]): boolean =>
  flow.ended?.doneExporting ?? (flow.plan !== null && isExported(tasks));

/** The id of the first run of the lineage. */
const executionGroupId = (run: RunWithFlow): string => publicRunId({ ...run, ulid: run.flow.lineage });

const failureMessage = (run: Run, state: RunState): string | null =>
  state === 'failed' ? (run.failure?.message ?? null) : null;

/** A commit of a page leaves no time behind, but it is made under a lease, whose beginning does. */
function lastModified(run: Run, tasks: readonly Task[], createdAt: string): string {
  if (run.finishedAt !== null) return run.finishedAt;
  const leases = [run.lease, ...tasks.map(({ lease }) => lease)].flatMap((lease) => (lease ? [lease] : []));
  const changes = [createdAt, run.startedAt, run.sentAt, ...tasks.map(({ sentAt }) => sentAt)];
  const times = changes.flatMap((time) => (time === null ? [] : [Date.parse(time)]));
  return new Date(Math.max(...times, ...leases.map(({ until }) => Date.parse(until) - LEASE_MS))).toISOString();
}
