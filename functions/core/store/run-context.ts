import type { Job } from '../domain/job.ts';
import type { JobState } from '../domain/job-state.ts';
import type { Limits } from '../domain/limits.ts';
import type { Run, RunRef } from '../domain/run.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type CounterValues, toCounterValues } from './counters.ts';
import { type Db, getMany } from './db.ts';
import { toJob } from './job-item.ts';
import { toJobState } from './job-states.ts';
import { counterKey, jobKey, limitsKey, runKey, stateKey } from './keys.ts';
import { toLimits } from './limits.ts';
import { toRun } from './run-item.ts';

/** The rows that a start or a claim depends on, read in one eventually consistent call. Each may be outdated. */
interface RunContext {
  readonly job: Job | undefined;
  readonly state: JobState | undefined;
  readonly limits: Limits;
}

/** The rows that the start of a run depends on. */
export interface StartContext extends RunContext {
  /** The tenant's counter, if requested. */
  readonly counter?: CounterValues;
}

export async function getStartContext(
  db: Db,
  tenant: TenantId,
  jobId: string,
  {
    defaultLimits,
    includesCounter,
    isJobConsistent = false,
  }: {
    readonly defaultLimits: Limits;
    readonly includesCounter: boolean;
    /** Reads the job and its state consistently. @defaultValue false */
    readonly isJobConsistent?: boolean;
  },
): Promise<StartContext> {
  const ofJob = { table: db.tables.jobs, key: jobKey(tenant, jobId) };
  const keys = [
    ofJob,
    { table: db.tables.jobs, key: stateKey(tenant, jobId) },
    { table: db.tables.access, key: limitsKey(tenant) },
    ...(includesCounter ? [{ table: db.tables.counters, key: counterKey(tenant, { kind: 'tenant' }) }] : []),
  ];
  const consistent = isJobConsistent ? [ofJob.table] : false;
  const [job, state, limits, counter] = await getMany(db, keys, { consistent });
  return {
    job: job && toJob(job),
    state: state && toJobState(state),
    limits: toLimits(limits, defaultLimits),
    ...(includesCounter && { counter: toCounterValues(counter) }),
  };
}

/** The rows that the claim of a run depends on. */
export interface ClaimContext extends RunContext {
  readonly run: Run | undefined;
}

export async function getClaimContext(
  db: Db,
  ref: RunRef,
  { defaultLimits, includesState }: { readonly defaultLimits: Limits; readonly includesState: boolean },
): Promise<ClaimContext> {
  const { tenant, jobId } = ref;
  const keys = [
    { table: db.tables.jobs, key: jobKey(tenant, jobId) },
    { table: db.tables.access, key: limitsKey(tenant) },
    { table: db.tables.runs, key: runKey(ref) },
    ...(includesState ? [{ table: db.tables.jobs, key: stateKey(tenant, jobId) }] : []),
  ];
  const [job, limits, run, state] = await getMany(db, keys, { consistent: false });
  return {
    job: job && toJob(job),
    state: state && toJobState(state),
    limits: toLimits(limits, defaultLimits),
    run: run && toRun(run),
  };
}
