import type { Flow } from '../../../domain/flow/flow.ts';
import type { Plan, Split } from '../../../domain/flow/plan.ts';
import type { Task } from '../../../domain/flow/task.ts';
import type { Run } from '../../../domain/run.ts';
import type { RunInput } from '../../../domain/run-input.ts';
import { SecretUnavailableError } from '../../../domain/secret.ts';
import { toTenantText } from '../../../domain/service-error-text.ts';
import type { Outcome } from '../../../executors/execution.ts';
import type { OperatorLog } from '../../../executors/flow/flow-context.ts';
import { FlowFailure } from '../../../executors/flow/flow-failure.ts';
import type { OpenFlow } from '../../../executors/flow/open-flow.ts';
import { captureText } from '../../../executors/output/output.ts';
import { advanceTickWatermark } from '../../../store/job-states.ts';
import { markPlanned } from '../../../store/runs.ts';
import { putTasks } from '../../../store/tasks.ts';
import type { ClaimedRun } from '../../execute/claim-run.ts';
import { deferRun } from '../../execute/defer-run.ts';
import { finishAttempt } from '../../execute/finish-attempt.ts';
import { type LeaseHeartbeat, startHeartbeat } from '../../execute/lease-heartbeat.ts';
import { startMetrics } from '../../finalize/run-metrics.ts';
import { endFlow } from '../end-flow.ts';
import { createRetryPlan } from '../errors/retry-plan.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import { createRestartSplits } from '../restart/restart-splits.ts';
import { SliceLog } from '../slice/slice-log.ts';
import { createSteps, createTasks } from './create-tasks.ts';
import { savePlan } from './plan-store.ts';

/**
 * Plans a flow run: cuts its sources into splits, assigns them to tasks, and sends the first slice of each task. A
 * repeat by a later attempt starts over; no task works before the run's row contains the plan.
 *
 * @param input payload of the run, and the errors that it retries
 */
export async function planFlow(
  platform: FlowPlatform,
  claimed: ClaimedRun,
  flow: Flow,
  input: Pick<RunInput, 'payload' | 'errors'> = {},
): Promise<void> {
  const { job, run, lease } = claimed;
  await using heartbeat = startHeartbeat(platform, run, lease);
  const log = new SliceLog(null, platform.now);
  const tasks = await storePlan(platform, claimed, flow, input, heartbeat.signal, log).catch((error: unknown) =>
    handlePlanningError(platform, claimed, heartbeat, log, error),
  );
  if (!tasks) return;
  await log.flush(platform.db, run);
  const before = run.flow ?? { lineage: run.ulid, exportId: flow.sources[0]?.id ?? '', plan: null, ended: null };
  // A retry of errors reads no objects.
  const recordsObjects = !input.errors && flow.sources.some((source) => source.type === 's3' && source.delta);
  const plan = { attempt: run.attempt, tasks: tasks.length, ...(recordsObjects && ({ recordsObjects } as const)) };
  const plannedFlow = { ...before, plan };
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

/**
 * Creates and stores the plan, the tasks and the steps of a run.
 *
 * @returns the tasks, or `undefined` if a later attempt has planned the run
 * @throws FlowFailure
 */
async function storePlan(
  platform: FlowPlatform,
  claimed: ClaimedRun,
  flow: Flow,
  { payload, errors }: Pick<RunInput, 'payload' | 'errors'>,
  signal: AbortSignal,
  log: SliceLog,
): Promise<readonly Task[] | undefined> {
  const { run } = claimed;
  const created = errors
    ? createRetryPlan(claimed, flow, errors)
    : await createPlan(platform, claimed, flow, signal, log);
  const plan = { ...created, payload };
  const tasks = createTasks(platform, run, plan);
  await savePlan(platform.objects, run, run.attempt, plan);
  if (!(await putTasks(platform.db, tasks, run.attempt))) return undefined;
  await createSteps(platform, run, flow);
  return tasks;
}

/** Ends the attempt of a planning that failed or was interrupted. Rethrows errors other than FlowFailure. */
async function handlePlanningError(
  platform: FlowPlatform,
  claimed: ClaimedRun,
  heartbeat: LeaseHeartbeat,
  log: SliceLog,
  error: unknown,
): Promise<undefined> {
  if (heartbeat.interruptReason() === 'lease-lost') return;
  if (heartbeat.interruptReason() === 'stop-requested') {
    await finishAttempt(platform, claimed, planningOutcome('aborted'));
    return;
  }
  if (error instanceof SecretUnavailableError) {
    const ending = await deferRun(platform, claimed, error);
    if (ending) await finishAttempt(platform, claimed, ending);
    return;
  }
  await logFailure(platform, claimed.run, log, error);
  if (!(error instanceof FlowFailure)) throw error;
  await finishAttempt(platform, claimed, planningOutcome('error', error));
}

/** Writes the reason of a failed planning to the run's log. If that fails too, the reason is in the run's failure. */
async function logFailure(platform: FlowPlatform, run: Run, log: SliceLog, error: unknown): Promise<void> {
  const { message, permanent } =
    error instanceof FlowFailure ? error : { message: `internal: ${toTenantText(error)}`, permanent: false };
  log.write('error', null, message, { attempt: run.attempt, permanent });
  await log.flush(platform.db, run).catch((cause: unknown) => {
    platform.log.warn('flow_log.write_failed', {
      run: run.ulid,
      tenant: run.tenant,
      job: run.jobId,
      error: String(cause),
    });
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
  const operatorLog: OperatorLog = (level, ...line) => level !== 'info' && log.write(level, ...line);
  await using open = await platform.open(flow, run, parallelism, operatorLog);
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
