import * as z from 'zod';
import type { Child } from '../../core/domain/flow/child.ts';
import { NO_RECORDS } from '../../core/domain/flow/counts.ts';
import type { Task } from '../../core/domain/flow/task.ts';
import { isExported, stepCounts, totalRecords } from '../../core/domain/flow/totals.ts';
import { isFlowRun, isTerminal, type Run, type RunState, type RunWithFlow } from '../../core/domain/run.ts';
import { publicChildId, publicRunId } from '../../core/domain/run-id.ts';
import { LEASE_MS } from '../../core/domain/timing.ts';
import { lazy, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger, pathParameter, timestamp } from '../openapi/common-schemas.ts';

export const JOB_TYPES = ['flow', 'export', 'import'] as const;
export type JobType = (typeof JOB_TYPES)[number];

export const JOB_STATUSES = ['queued', 'running', 'completed', 'failed', 'canceled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** The run states of each job status, in the order in which a run passes them. */
export const STATES_BY_STATUS: Readonly<Record<JobStatus, readonly RunState[]>> = {
  queued: ['queued'],
  running: ['running', 'stopping'],
  completed: ['completed'],
  failed: ['failed'],
  canceled: ['canceled'],
};

export const jobSchema = lazy(() => {
  const text = z.string();
  return namedSchema(
    'FlowsJob',
    z.object({
      _id: text,
      type: z.enum(JOB_TYPES),
      status: z.enum(JOB_STATUSES),
      _integrationId: text.nullable(),
      _flowId: text,
      /** The source of an export. For a flow: its first source. */
      _exportId: text.nullable(),
      /** The sink of an import. */
      _importId: text.nullable(),
      /** The flow's job. Set for exports and imports. */
      _flowJobId: text.nullable(),
      /**
       * For an export: records read without error. For an import: records written. For a flow: records whose outputs were
       * written by all sinks.
       */
      numSuccess: nonNegativeInteger(),
      /**
       * Failed records. A record counts in the first step in which it failed, so that the count of a flow is the sum over
       * its steps.
       */
      numError: nonNegativeInteger(),
      /** For a flow: records without output. For an import: rejected writes of records that `numError` counts already. */
      numIgnore: nonNegativeInteger(),
      /**
       * Records read, including failed ones. For an import: records offered to the import or failed in a transform before
       * it.
       */
      numExport: nonNegativeInteger(),
      numPagesGenerated: nonNegativeInteger(),
      numPagesProcessed: nonNegativeInteger(),
      /** All sources were read to their end. For an export: its source. */
      doneExporting: z.boolean(),
      /** Equal for a run, its steps and the runs that it was restarted from. */
      flowExecutionGroupId: text,
      createdAt: timestamp(),
      startedAt: timestamp().nullable(),
      endedAt: timestamp().nullable(),
      /** The newest change with a known time. For a running job: the newest heartbeat of its worker. */
      lastModified: timestamp(),
      /** The earliest time for active jobs. */
      purgeAt: timestamp(),
      canceledBy: text.nullable(),
      /** The reason of a failure. */
      message: text.nullable(),
    }),
  );
});
/** A job of the flow jobs contract: a flow run, or an export or import step of one. */
export type JobView = ViewOf<typeof jobSchema>;

export const jobParameter = lazy(() =>
  pathParameter('id', 'The job: its `_id`.', 'orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1'),
);

/** @returns whether the views below need the run's tasks. The row of an ended run contains the final counts. */
export const needsTasks = ({ flow }: RunWithFlow): boolean => flow.plan !== null && flow.ended === null;

/**
 * Converts a flow run to a job.
 *
 * @param run a run of a flow; other runs are not jobs
 * @param tasks all tasks of the run; only needed if `needsTasks` returns true
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
 * Converts an export or import step to a job. A step's row is updated after the run's row. Until then the state comes
 * from the run and the counts from its tasks, so that a run and its steps agree.
 *
 * @param tasks all tasks of the run; not needed if the step has its final counts and the run has ended
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

/** @returns whether the step's row contains its final counts */
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

/** The start of a lease is the time of the newest heartbeat. A committed page has no timestamp of its own. */
function lastModified(run: Run, tasks: readonly Task[], createdAt: string): string {
  if (run.finishedAt !== null) return run.finishedAt;
  const leases = [run.lease, ...tasks.map(({ lease }) => lease)].flatMap((lease) => (lease ? [lease] : []));
  const changes = [createdAt, run.startedAt, run.sentAt, ...tasks.map(({ sentAt }) => sentAt)];
  const times = changes.flatMap((time) => (time === null ? [] : [Date.parse(time)]));
  return new Date(Math.max(...times, ...leases.map(({ until }) => Date.parse(until) - LEASE_MS))).toISOString();
}
