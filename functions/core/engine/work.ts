import type { ExecutableTarget } from '../domain/job.ts';
import type { RunRef } from '../domain/run.ts';
import { publicRunId } from '../domain/run-id.ts';
import type { TenantId } from '../domain/tenant.ts';
import { LONGEST_TIMEOUT_MS } from '../domain/timing.ts';
import type { Execution, KeyValueStore, Outcome } from '../executors/executor.ts';
import type { Platform } from '../platform/platform.ts';
import type { Db } from '../store/db.ts';
import { getRun } from '../store/runs.ts';
import { getScriptState, putScriptState, removeScriptState } from '../store/script-state.ts';
import { attend } from './attend.ts';
import { type Claimed, claim } from './claim.ts';
import type { FlowPlatform } from './flow/flow-platform.ts';
import { planFlow } from './flow/plan.ts';
import { tendStop } from './flow/stop.ts';
import { liveOutput } from './live-output.ts';
import { measuresOfEnd, measuresOfStart } from './measure.ts';
import { report } from './report.ts';

export type Execute = (execution: Execution) => Promise<Outcome>;

/**
 * Claims the run of a message and executes it, or plans it when it is of a flow. Does nothing when there is nothing to
 * claim.
 */
export async function work(platform: FlowPlatform, execute: Execute, ref: RunRef): Promise<void> {
  const claimed = await claim(platform, ref);
  if (!claimed) return tend(platform, ref);
  const { target, timeoutMs } = claimed.job;
  if (target.type === 'flow') await planFlow(platform, claimed, target.flow);
  else await executeRun(platform, execute, claimed, target, timeoutMs ?? LONGEST_TIMEOUT_MS);
}

/** A flow run that is being stopped is sent again when it comes to its next mode, or is to end with a checkpoint. */
async function tend(platform: FlowPlatform, ref: RunRef): Promise<void> {
  const run = await getRun(platform.db, ref);
  if (run?.state === 'stopping' && run.flow?.plan) await tendStop(platform, run);
}

async function executeRun(
  platform: Platform,
  execute: Execute,
  claimed: Claimed,
  target: ExecutableTarget,
  timeoutMs: number,
): Promise<void> {
  const { run, lease } = claimed;
  const started = platform.now();
  const live = liveOutput(platform, run);
  await using attendance = attend(platform, run, lease, live.show);
  const outcome = await execute({
    runId: publicRunId(run),
    tenant: run.tenant,
    jobId: run.jobId,
    attempt: run.attempt,
    scheduledAt: run.scheduledAt,
    target,
    timeoutMs,
    signal: attendance.signal,
    state: scriptState(platform.db, run.tenant),
    onStreams: live.watch,
  });
  const fields = { run: run.ulid, job: run.jobId, tenant: run.tenant, attempt: run.attempt };
  if (attendance.interruption() === 'lease-lost') {
    platform.log.warn('run.lease_lost', fields);
    return;
  }
  const ended = await report(platform, claimed, outcome);
  const measured = { ...measuresOfStart(run), ...(ended && measuresOfEnd(ended)) };
  const ms = platform.now() - started;
  platform.metrics.event('run.executed', measured, { ...fields, status: outcome.status, ms });
}

function scriptState(db: Db, tenant: TenantId): KeyValueStore {
  return {
    get: (key) => getScriptState(db, tenant, key),
    set: (key, value) => putScriptState(db, tenant, key, value),
    delete: (key) => removeScriptState(db, tenant, key),
  };
}
