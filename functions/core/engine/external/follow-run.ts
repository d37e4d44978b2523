import {
  type ExternalRun,
  executionToken,
  isExternalRun,
  isExternalTarget,
  isOutageOver,
  isPastDeadline,
  isToEnd,
  isUnresolved,
  resolved,
} from '../../domain/external-execution.ts';
import type { ExternalTarget } from '../../domain/job.ts';
import { isTerminal, type Run } from '../../domain/run.ts';
import { parseRunId } from '../../domain/run-id.ts';
import type { ExecutionEnd, ExecutionState, StartedExecution } from '../../executors/external/execution-service.ts';
import { formatRefusal, isRefusal } from '../../executors/external/is-refusal.ts';
import { storeExternal } from '../../store/external-executions.ts';
import { getJob } from '../../store/jobs.ts';
import { getRunInput } from '../../store/run-inputs.ts';
import { getRun } from '../../store/runs.ts';
import { CANCELED_BY_JOB_DELETION, cancelRun } from '../finalize/cancel-run.ts';
import {
  endExternal,
  lostOutcome,
  notStartedOutcome,
  startTimeoutOutcome,
  toOutcome,
  unreadableOutcome,
} from './end-external.ts';
import type { ExternalPlatform } from './external-platform.ts';
import { requestStart } from './request-start.ts';

/**
 * Reads the state of a run's execution and acts on it: starts an execution whose start was not confirmed, stops one that is
 * canceled or past its deadline, ends the run of an ended one. Idempotent: every message about an external run leads here.
 */
export async function followRun(platform: ExternalPlatform, run: Run): Promise<void> {
  if (!isFollowed(run)) return;
  try {
    await (run.external.reference === null
      ? confirmStart(platform, run)
      : followStarted(platform, run, run.external.reference));
  } catch (error) {
    platform.log.warn('execution.look_failed', { ...fieldsOf(run), error: String(error) });
    // Otherwise the sweep looks again. Errors of the store are none of the service.
    if (error instanceof ServiceFailure) await endUnreadable(platform, run, error.cause);
  }
}

/** A failed call of the service that executes a run. */
class ServiceFailure extends Error {}

/** Calls the service that executes a run. */
async function callService<Result>(call: Promise<Result>): Promise<Result> {
  try {
    return await call;
  } catch (cause) {
    throw new ServiceFailure(String(cause), { cause });
  }
}

/**
 * Ends a run that is to end if its execution can be neither read nor stopped: the service refuses it for minutes, because a
 * target was withdrawn with its permissions, for example, or cannot be reached for an hour after the deadline.
 */
async function endUnreadable(platform: ExternalPlatform, run: ExternalRun, error: unknown): Promise<void> {
  const now = platform.now();
  if (!isToEnd(run, now)) return;
  const isRefused = isRefusal(error);
  // guard: external.refused
  if (isRefused ? !(await hasStayedUnresolved(platform, run)) : !isOutageOver(run, now)) return;
  const execution = run.external.reference ?? `with the name ${executionToken(run)}`;
  const message = isRefused ? formatRefusal(error) : String(error);
  // An operator has to stop the execution.
  platform.log.error('execution.abandoned', { ...fieldsOf(run), execution, error: message });
  await endExternal(platform, run, unreadableOutcome(run, message));
}

/** @returns whether the execution has been unresolved for minutes; records its time at the first call */
async function hasStayedUnresolved(platform: ExternalPlatform, run: ExternalRun): Promise<boolean> {
  const now = platform.now();
  if (run.external.unresolvedAt === undefined) {
    await storeExternal(platform.db, run, { ...run.external, unresolvedAt: new Date(now).toISOString() });
  }
  return isUnresolved(run, now);
}

/**
 * Handles the event of an ended execution. An event of an execution that is of no active run is dropped: of another
 * caller, of an earlier attempt, or before its reference is stored.
 *
 * @param reference ARN of the execution
 * @param event detail of the event, which counts if the service has forgotten the execution: ECS does so after an hour, and
 * the message may have waited longer
 */
export async function followExecution(platform: ExternalPlatform, reference: string, event?: unknown): Promise<void> {
  let state: ExecutionState;
  try {
    state = await platform.executions.describe(reference);
    if (state.status === 'unknown') state = (await platform.executions.readEvent(event, reference)) ?? state;
  } catch (error) {
    // The sweep looks at the run.
    platform.log.warn('execution.look_failed', { reference, error: String(error) });
    return;
  }
  if (state.status === 'unknown' || !state.origin) return;
  const ref = parseRunId(state.origin.tenant, state.origin.runId);
  const run = ref && (await getRun(platform.db, ref));
  // guard: external.event.own
  if (!isFollowed(run) || run.external.reference !== reference) return;
  await act(platform, run, reference, state);
}

/** @returns whether another service executes the run, and no worker is about to start it */
function isFollowed(run: Run | undefined): run is ExternalRun {
  return run !== undefined && isExternalRun(run) && !isTerminal(run.state) && run.state !== 'queued' && !run.lease;
}

/** Finds or starts the execution of a run whose start was not confirmed. */
async function confirmStart(platform: ExternalPlatform, run: ExternalRun): Promise<void> {
  const mayStart = run.state === 'running' && !isPastDeadline(run, platform.now());
  // guard: external.start.stopped
  if (!mayStart) return confirmUnstarted(platform, run);
  const job = await getJob(platform.db, run.tenant, run.jobId);
  if (job?.incarnation !== run.incarnation) {
    await cancelRun(platform, run, CANCELED_BY_JOB_DELETION);
    return;
  }
  const input = await getRunInput(platform.db, run);
  const { target } = job;
  if (input === undefined) return confirmUnstarted(platform, run, 'The input of the run has expired');
  if (!isSameTarget(run, target)) return confirmUnstarted(platform, run, 'The target of the job was changed before');
  const start = await requestStart(platform, run, target, input?.payload);
  if ('unconfirmed' in start) {
    const startError = start.unconfirmed;
    if (startError !== run.external.startError) {
      await storeExternal(platform.db, run, { ...run.external, startError });
    }
    return;
  }
  // An earlier start that was not confirmed may have succeeded.
  if ('refused' in start) return confirmUnstarted(platform, run, start.refused, start.final);
  await adopt(platform, run, start.reference);
}

/**
 * Ends the attempt of a run that is not to be started, unless an earlier start has succeeded. A start whose answer was lost
 * may take effect later, and lists of executions are eventually consistent.
 */
async function confirmUnstarted(
  platform: ExternalPlatform,
  run: ExternalRun,
  reason?: string,
  final = false,
): Promise<void> {
  const reference = await callService(platform.executions.find(executionOf(run), executionToken(run)));
  // guard: external.start.found
  if (reference !== undefined) return adopt(platform, run, reference);
  // guard: external.start.listed
  if (!(await hasStayedUnresolved(platform, run))) return;
  const isLate = run.state === 'running' && reason === undefined;
  await endExternal(
    platform,
    run,
    isLate
      ? startTimeoutOutcome(run)
      : notStartedOutcome(run, reason ?? 'canceled before the start of its execution', final),
  );
}

async function adopt(platform: ExternalPlatform, run: ExternalRun, reference: string): Promise<void> {
  const stored = await storeExternal(platform.db, run, { ...resolved(run), reference });
  if (stored.ok && isExternalRun(stored.run)) await followStarted(platform, stored.run, reference);
}

/** Reads the state of an execution whose reference is stored, and acts on it. */
export async function followStarted(platform: ExternalPlatform, run: ExternalRun, reference: string): Promise<void> {
  const state = await callService(platform.executions.describe(reference, executionOf(run)));
  await act(platform, run, reference, state);
}

async function act(
  platform: ExternalPlatform,
  run: ExternalRun,
  reference: string,
  state: ExecutionState,
): Promise<void> {
  switch (state.status) {
    case 'ended':
      return endFollowed(platform, run, reference, state);
    case 'unknown':
      // The service may not list it yet, and the event of its end may wait in the queue behind this look.
      // guard: external.lost
      if (!(await hasStayedUnresolved(platform, run))) return;
      return endExternal(platform, run, lostOutcome(run, `the service has no execution ${reference}`));
    case 'active':
      await stopIfRequested(platform, run, reference);
      // A service that shows the execution may refuse to stop it for minutes.
      if (run.external.unresolvedAt !== undefined) await storeExternal(platform.db, run, resolved(run));
      return;
  }
}

/** Stops the execution of a run that is canceled or past its deadline, and ends the run if the execution ends at once. */
async function stopIfRequested(platform: ExternalPlatform, run: ExternalRun, reference: string): Promise<void> {
  const isLate = isPastDeadline(run, platform.now());
  // guard: external.stop
  if (run.state !== 'stopping' && !isLate) return;
  const reason = run.state === 'stopping' ? `canceled by ${run.canceledBy}` : `timeout at ${run.external.deadlineAt}`;
  await callService(platform.executions.stop(reference, reason, executionOf(run)));
  const state = await callService(platform.executions.describe(reference, executionOf(run)));
  if (state.status === 'ended') await endFollowed(platform, run, reference, state);
}

/** Ends the attempt of a run with the end of its execution, and with its log if the service states no output. */
async function endFollowed(
  platform: ExternalPlatform,
  run: ExternalRun,
  reference: string,
  end: ExecutionEnd,
): Promise<void> {
  const output = end.output || (await platform.executions.readLog(reference, executionOf(run)));
  await endExternal(platform, run, toOutcome(run, { ...end, output }));
}

const executionOf = ({ tenant, external }: ExternalRun): StartedExecution => ({
  tenant,
  type: external.type,
  target: external.target,
});

const isSameTarget = (
  { external }: ExternalRun,
  target: Parameters<typeof isExternalTarget>[0],
): target is ExternalTarget =>
  isExternalTarget(target) && target.type === external.type && target.target === external.target;

const fieldsOf = ({ tenant, jobId, ulid, attempt }: Run) => ({ tenant, job: jobId, run: ulid, attempt });
