import type { JobdeckError } from '../../domain/errors.ts';
import { isExternalTarget } from '../../domain/external-execution.ts';
import type { ExecutableTarget } from '../../domain/job.ts';
import { lazy } from '../../domain/lazy.ts';
import type { RunToSend } from '../../domain/messages.ts';
import type { RunRef } from '../../domain/run.ts';
import { publicRunId } from '../../domain/run-id.ts';
import { applyInput, meetsSecrets, type RunInput, SECRETS_MESSAGE } from '../../domain/run-input.ts';
import { ScriptRoleUnavailableError } from '../../domain/script-role.ts';
import { StateFullError } from '../../domain/script-state.ts';
import { SecretUnavailableError } from '../../domain/secret.ts';
import { TargetUnavailableError } from '../../domain/targets/target-unavailable.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { MAX_TIMEOUT_MS } from '../../domain/timing.ts';
import type { Execution, KeyValueStore, Outcome, TriggerRun } from '../../executors/execution.ts';
import { notStarted } from '../../executors/not-started.ts';
import type { Platform } from '../../platform/platform.ts';
import { getRunInput } from '../../store/run-inputs.ts';
import { getRun } from '../../store/runs.ts';
import { getState, putState, removeState } from '../../store/script-state.ts';
import type { ExternalPlatform } from '../external/external-platform.ts';
import { endMetrics, startMetrics } from '../finalize/run-metrics.ts';
import { endFlow } from '../flow/end-flow.ts';
import type { FlowPlatform } from '../flow/flow-platform.ts';
import { planFlow } from '../flow/plan/plan-flow.ts';
import { advanceStop } from '../flow/stop/stop-tasks.ts';
import { type ClaimedRun, claimQueuedRun } from './claim-run.ts';
import { deferRun } from './defer-run.ts';
import { finishAttempt } from './finish-attempt.ts';
import { startHeartbeat } from './lease-heartbeat.ts';
import { createLiveOutput } from './live-output.ts';

/** The platform of a worker. */
export type WorkerPlatform = FlowPlatform & ExternalPlatform;

export type ExecuteTarget = (execution: Execution) => Promise<Outcome>;

/** Loaded at the first use: few runs are executed by other services. */
const loadExternal = () => import('../external/external.ts');

/**
 * Claims the run of a message and executes it, plans it if it belongs to a flow, or starts it if another service executes
 * it. If there is nothing to claim, it advances the stop of a flow run, or follows an execution of another service.
 */
export async function processRunMessage(
  platform: WorkerPlatform,
  execute: ExecuteTarget,
  ref: RunToSend,
): Promise<void> {
  const claimed = await claimQueuedRun(platform, ref);
  if (!claimed) return advanceActiveRun(platform, ref);
  const { target, timeoutMs } = claimed.job;
  const input = await getRunInput(platform.db, claimed.run);
  // guard: run.input.missing
  if (input === undefined) {
    await finishAttempt(platform, claimed, { ...notStarted('The input of the run has expired'), final: true });
    return;
  }
  // The job may refer to secrets since the input was validated.
  if (input && /* guard: run.input.secrets-later */ meetsSecrets(input, target)) {
    await finishAttempt(platform, claimed, { ...notStarted(SECRETS_MESSAGE), final: true });
    return;
  }
  if (target.type === 'flow') await planFlow(platform, claimed, target.flow, input ?? {});
  else if (isExternalTarget(target)) {
    const { startExternal } = await loadExternal();
    await startExternal(platform, claimed, target, input?.payload);
  } else await executeRun(platform, execute, claimed, { target, input }, timeoutMs ?? MAX_TIMEOUT_MS);
}

/**
 * Advances the stop of a flow run: its message is sent again when the next stop mode is due, or when a worker has to
 * take the final checkpoint. Ends a run whose objects a worker has to record. Follows the execution of a run by another service.
 */
async function advanceActiveRun(platform: WorkerPlatform, ref: RunRef): Promise<void> {
  const run = await getRun(platform.db, ref);
  if (run?.external) return (await loadExternal()).followRun(platform, run);
  if (run?.state === 'stopping' && run.flow?.plan) await advanceStop(platform, run);
  if (run?.state === 'running' && /* guard: read-objects.worker */ run.flow?.plan?.recordsObjects)
    await endFlow(platform, run);
}

async function executeRun(
  platform: FlowPlatform,
  execute: ExecuteTarget,
  claimed: ClaimedRun,
  { target, input }: { readonly target: ExecutableTarget; readonly input: RunInput | null },
  timeoutMs: number,
): Promise<void> {
  const { run, lease } = claimed;
  const started = platform.now();
  const live = createLiveOutput(platform, run);
  await using heartbeat = startHeartbeat(platform, run, lease, live.flush);
  const outcome = await execute({
    runId: publicRunId(run),
    tenant: run.tenant,
    jobId: run.jobId,
    attempt: run.attempt,
    scheduledAt: run.scheduledAt,
    target: input ? applyInput(target, input) : target,
    payload: input?.payload,
    timeoutMs,
    signal: heartbeat.signal,
    state: createScriptState(platform, run.tenant),
    trigger: createTriggerOnDemand(platform, claimed),
    onOutput: live.attach,
  }).catch((error: unknown) => {
    if (isDeferrable(error)) return deferRun(platform, claimed, error);
    throw error;
  });
  if (!outcome) return;
  const fields = { run: run.ulid, job: run.jobId, tenant: run.tenant, attempt: run.attempt };
  if (heartbeat.interruptReason() === 'lease-lost') {
    platform.log.warn('run.lease_lost', fields);
    return;
  }
  const ended = await finishAttempt(platform, claimed, outcome);
  const measured = { ...startMetrics(run), ...(ended && endMetrics(ended)) };
  const ms = platform.now() - started;
  platform.metrics.event('run.executed', measured, { ...fields, status: outcome.status, ms });
}

/** Returns the function by which the script starts runs. Its code is loaded at the first call, because few scripts do. */
function createTriggerOnDemand(platform: FlowPlatform, { run, lease }: ClaimedRun): TriggerRun {
  const load = lazy(async () => {
    const { createRunTrigger } = await import('../start/trigger-from-run.ts');
    return createRunTrigger(platform, run, lease);
  });
  return async (jobId, key, input) => (await load())(jobId, key, input);
}

/** Returns whether nothing was executed, as far as known, and a later attempt may succeed. */
const isDeferrable = (error: unknown): error is JobdeckError =>
  error instanceof SecretUnavailableError ||
  error instanceof ScriptRoleUnavailableError ||
  error instanceof TargetUnavailableError;

function createScriptState({ db, now }: Pick<Platform, 'db' | 'now'>, tenant: TenantId): KeyValueStore {
  return {
    get: async (place) => (await getState(db, tenant, place, now()))?.value,
    async set(place, value, ttlSeconds) {
      const outcome = await putState(db, tenant, place, { value, ttlSeconds }, now());
      if (outcome === 'full') throw new StateFullError();
    },
    async delete(place) {
      await removeState(db, tenant, place, now());
    },
  };
}
