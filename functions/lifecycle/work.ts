import type { RunRef } from '../domain/run.ts';
import { publicRunId } from '../domain/run-id.ts';
import type { TenantId } from '../domain/tenant.ts';
import type { Execution, KeyValueStore, Outcome } from '../executors/executor.ts';
import type { Platform } from '../platform/platform.ts';
import type { Db } from '../store/db.ts';
import { getScriptState, putScriptState, removeScriptState } from '../store/script-state.ts';
import { attend } from './attend.ts';
import { claim } from './claim.ts';
import { measuresOfEnd, measuresOfStart } from './measure.ts';
import { report } from './report.ts';

export type Execute = (execution: Execution) => Promise<Outcome>;

/** Claims the run of a message, executes it and reports its end. Does nothing when there is nothing to claim. */
export async function work(platform: Platform, execute: Execute, ref: RunRef): Promise<void> {
  const claimed = await claim(platform, ref);
  if (!claimed) return;
  const { job, run, lease } = claimed;
  const started = platform.now();
  await using attendance = attend(platform, run, lease);
  const outcome = await execute({
    runId: publicRunId(run),
    tenant: run.tenant,
    jobId: run.jobId,
    attempt: run.attempt,
    scheduledAt: run.scheduledAt,
    target: job.target,
    timeoutMs: job.timeoutMs,
    signal: attendance.signal,
    state: scriptState(platform.db, run.tenant),
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
