import { assignSplits } from '../../../domain/flow/assign-splits.ts';
import { NO_COUNTS, NO_RECORDS } from '../../../domain/flow/counts.ts';
import { type Flow, operatorsOf } from '../../../domain/flow/flow.ts';
import type { Plan, Split } from '../../../domain/flow/plan.ts';
import type { Task } from '../../../domain/flow/task.ts';
import type { Run } from '../../../domain/run.ts';
import type { Outcome } from '../../../executors/execution.ts';
import type { OperatorLog } from '../../../executors/flow/flow-context.ts';
import { FlowFailure } from '../../../executors/flow/flow-failure.ts';
import type { OpenFlow } from '../../../executors/flow/open-flow.ts';
import { captureText } from '../../../executors/output/output.ts';
import { putChild } from '../../../store/children.ts';
import { advanceTickWatermark } from '../../../store/job-states.ts';
import { markPlanned } from '../../../store/runs.ts';
import { putTasks } from '../../../store/tasks.ts';
import type { ClaimedRun } from '../../execute/claim-run.ts';
import { finishAttempt } from '../../execute/finish-attempt.ts';
import { startHeartbeat } from '../../execute/lease-heartbeat.ts';
import { startMetrics } from '../../finalize/run-metrics.ts';
import { endFlow } from '../end-flow.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import { createRestartSplits } from '../restart/restart-run.ts';
import { SliceLog } from '../slice/slice-log.ts';
import { savePlan } from './plan-store.ts';

/**
 * Plans a flow run: cuts its sources into splits, assigns them to tasks, and sends the first slice of each task. A
 * repeat by a later attempt starts over; no task works before the run's row contains the plan.
 */
export async function planFlow(platform: FlowPlatform, claimed: ClaimedRun, flow: Flow): Promise<void> {
  const { job, run, lease } = claimed;
  await using heartbeat = startHeartbeat(platform, run, lease);
  const log = new SliceLog(null, platform.now);
  let tasks: readonly Task[];
  try {
    const plan = await createPlan(platform, claimed, flow, heartbeat.signal, log);
    tasks = createTasks(platform, run, plan);
    await savePlan(platform.objects, run, run.attempt, plan);
    if (!(await putTasks(platform.db, tasks, run.attempt))) return;
    await putChildren(platform, run, flow);
  } catch (error) {
    if (heartbeat.interruptReason() === 'lease-lost') return;
    if (heartbeat.interruptReason() === 'stop-requested')
      return void (await finishAttempt(platform, claimed, planningOutcome('aborted')));
    await logFailure(platform, run, log, error);
    if (!(error instanceof FlowFailure)) throw error;
    await finishAttempt(platform, claimed, planningOutcome('error', error));
    return;
  }
  await log.flush(platform.db, run);
  const before = run.flow ?? { lineage: run.ulid, exportId: flow.sources[0]?.id ?? '', plan: null, ended: null };
  const plannedFlow = { ...before, plan: { attempt: run.attempt, tasks: tasks.length } };
  const planned = await markPlanned(platform.db, run, plannedFlow, lease);
  if (!planned.ok) {
    if (planned.run?.state === 'stopping') await finishAttempt(platform, claimed, planningOutcome('aborted'));
    return;
  }
  const fields = { run: run.ulid, job: run.jobId, tenant: run.tenant, tasks: tasks.length };
  platform.metrics.event('flow.planned', startMetrics(run), fields);
  for (const task of tasks) await platform.queues.sendSlice(run, task.index, task.slice);
  // A flow may run for days, so `ticksThrough` does not wait for its end.
  if (claimed.ticksThrough !== undefined) await advanceTickWatermark(platform.db, job, claimed.ticksThrough);
  if (tasks.length === 0) await endFlow(platform, run);
}

/** Writes the reason of a failed planning to the run's log. If that fails too, the reason is in the run's failure. */
async function logFailure(platform: FlowPlatform, run: Run, log: SliceLog, error: unknown): Promise<void> {
  const { message, permanent } =
    error instanceof FlowFailure ? error : { message: `internal: ${String(error)}`, permanent: false };
  log.write('error', null, message, { attempt: run.attempt, permanent });
  await log.flush(platform.db, run).catch((cause: unknown) => {
    platform.log.warn('flow.untold', { run: run.ulid, tenant: run.tenant, job: run.jobId, error: String(cause) });
  });
}

async function createPlan(
  platform: FlowPlatform,
  { job, run }: ClaimedRun,
  flow: Flow,
  signal: AbortSignal,
  log: SliceLog,
): Promise<Plan> {
  const parallelism = run.flow?.restart?.parallelism ?? flow.parallelism;
  // Tasks log the connections of operators.
  const say: OperatorLog = (level, ...line) => level !== 'info' && log.write(level, ...line);
  await using open = await platform.open(flow, run, parallelism, say);
  const splits = await createSplits(platform, run, flow, open, signal);
  const planned = { ...flow, parallelism };
  return { flow: planned, splits, unbounded: unboundedSources(open), retry: job.retry, timeoutMs: job.timeoutMs };
}

/** Returns the splits of the run from which this run was restarted, or plans the sources. */
async function createSplits(
  platform: FlowPlatform,
  run: Run,
  flow: Flow,
  { sources }: OpenFlow,
  signal: AbortSignal,
): Promise<readonly Split[]> {
  const isStaged = (source: number) => sources[source]?.staged ?? false;
  const former = run.flow?.restart && (await createRestartSplits(platform, run, flow, isStaged));
  if (former) return former;
  const splits: Split[] = [];
  for (const [source, reader] of sources.entries()) {
    for (const data of await reader.plan(signal)) splits.push({ source, data });
  }
  return splits;
}

const unboundedSources = ({ sources }: OpenFlow): number[] =>
  sources.flatMap(({ unbounded }, source) => (unbounded ? [source] : []));

/** Creates the tasks of a run. */
function createTasks(platform: FlowPlatform, run: Run, { flow, splits, unbounded }: Plan): Task[] {
  const shares = assignSplits(splits, unbounded, flow.parallelism);
  const sentAt = new Date(platform.now()).toISOString();
  return shares.map((share, index) => {
    const first = splits[share[0] ?? 0]?.from;
    return {
      run: { tenant: run.tenant, jobId: run.jobId, incarnation: run.incarnation, ulid: run.ulid },
      index,
      state: 'active',
      splits: share,
      at: 0,
      turn: null,
      resumePoints: {},
      page: first?.page ?? 0,
      position: first?.position ?? null,
      staged: first?.staged ?? null,
      part: first?.part ?? null,
      open: [...new Set(share.map((split) => splits[split]?.source ?? 0))],
      operators: operatorsOf(flow).map(() => NO_COUNTS),
      records: NO_RECORDS,
      idleMs: 0,
      blockedMs: 0,
      busyMs: 0,
      rates: [],
      slice: 0,
      lease: null,
      dueAt: null,
      sentAt,
      resends: 0,
      failures: 0,
      failure: null,
      healthySince: null,
      keptBytes: 0,
    };
  });
}

/** Creates the rows of the run's steps: one export per source and one import per sink. */
async function putChildren(platform: FlowPlatform, run: Run, flow: Flow): Promise<void> {
  const createdAt = new Date(platform.now()).toISOString();
  const { tenant, jobId, incarnation, ulid, integrationId, purgeAt } = run;
  const step = {
    run: { tenant, jobId, incarnation, ulid },
    state: 'running',
    createdAt,
    finishedAt: null,
    purgeAt,
    integrationId,
    counts: null,
    doneExporting: false,
    transforms: [],
  } as const;
  const firstSink = flow.sources.length + flow.transforms.length;
  await Promise.all([
    ...flow.sources.map(({ id }, index) => putChild(platform.db, { ...step, kind: 'export', operator: id, index })),
    ...flow.sinks.map(({ id }, i) =>
      putChild(platform.db, {
        ...step,
        kind: 'import',
        operator: id,
        index: firstSink + i,
        transforms: i === 0 ? flow.transforms.map((transform) => transform.id) : [],
      }),
    ),
  ]);
}

/** Returns the outcome of a planning that created no tasks. */
function planningOutcome(status: 'aborted' | 'error', failure?: FlowFailure): Outcome {
  return {
    status,
    exitCode: null,
    message: failure?.message ?? null,
    final: failure?.permanent ?? false,
    stdout: captureText(''),
    stderr: captureText(''),
    durationMs: 0,
    itemsProcessed: 0,
    meta: null,
  };
}
