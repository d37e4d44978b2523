import type { Child } from '../../../functions/core/domain/flow/child.ts';
import {
  NO_COUNTS,
  NO_RECORDS,
  type OperatorCounts,
  withCountDefaults,
} from '../../../functions/core/domain/flow/counts.ts';
import { CHECKPOINT_POLICY, type Flow } from '../../../functions/core/domain/flow/flow.ts';
import type { Task } from '../../../functions/core/domain/flow/task.ts';
import type { Job } from '../../../functions/core/domain/job.ts';
import type { FlowDetails, Run } from '../../../functions/core/domain/run.ts';
import { NO_RESULT } from '../../../functions/core/domain/run.ts';
import { DAY_MS } from '../../../functions/core/domain/timing.ts';
import { type Db, transact } from '../../../functions/core/store/db.ts';
import { fromRun, stateTtlOf } from '../../../functions/core/store/run-item.ts';
import { aJob } from './jobs.ts';

/** A job whose target is a flow with one inline source and one preview sink. */
export function aFlowJob(overrides: Partial<Job> = {}): Job {
  const flow: Flow = {
    pageSize: 100,
    parallelism: 1,
    onError: 'continue',
    checkpoints: CHECKPOINT_POLICY,
    sources: [{ id: 'exp123', name: 'Orders', type: 'inline', records: [1] }],
    transforms: [],
    sinks: [{ id: 'imp123', name: 'Look', type: 'preview' }],
  };
  return aJob({ id: 'flow123', schedule: null, target: { type: 'flow', flow }, timeoutMs: null, ...overrides });
}

let runs = 0;

/**
 * A queued run of a flow.
 *
 * @param createdAt epoch milliseconds
 */
export function aFlowRun(
  job: Pick<Job, 'tenant' | 'id' | 'incarnation' | 'integrationId'>,
  createdAt: number,
  { flow, ...overrides }: Partial<Omit<Run, 'flow'>> & { readonly flow?: Partial<FlowDetails> } = {},
): Run & { readonly flow: FlowDetails } {
  const number = ++runs;
  const ulid = `01JNXA3V5T9YV0Q2Z6W8${String(number).padStart(6, '0')}`;
  return {
    tenant: job.tenant,
    jobId: job.id,
    incarnation: job.incarnation,
    ulid,
    number,
    state: 'queued',
    chain: null,
    concurrencyKey: null,
    throttleKey: null,
    throttledFrom: null,
    followed: false,
    trigger: 'manual',
    createdAt: iso(createdAt),
    scheduledAt: null,
    runAt: null,
    startedAt: null,
    finishedAt: null,
    attempt: 0,
    attemptStartedAt: null,
    jobVersion: null,
    waiting: null,
    dueAt: null,
    sentAt: null,
    resends: 0,
    lease: null,
    awaited: false,
    canceledBy: null,
    failure: null,
    priorComputeMs: 0,
    computeDay: null,
    acknowledged: null,
    redrivenFrom: null,
    backfill: null,
    lateStartAt: null,
    lateFinishAt: null,
    external: null,
    input: null,
    inputBytes: 0,
    tags: [],
    note: null,
    priority: 3,
    expiresAt: null,
    integrationId: job.integrationId,
    stop: null,
    generation: 0,
    purgeAt: iso(createdAt + 30 * DAY_MS),
    ...NO_RESULT,
    ...overrides,
    flow: { lineage: ulid, exportId: 'exp123', plan: null, ended: null, ...flow },
  };
}

/**
 * A task that reads the first source of a run.
 *
 * @param sentAt epoch milliseconds
 */
export function aTask(run: Run, sentAt: number, overrides: Partial<Task> = {}): Task {
  const { tenant, jobId, incarnation, ulid } = run;
  return {
    run: { tenant, jobId, incarnation, ulid },
    index: 0,
    state: 'active',
    splits: [0],
    at: 0,
    turn: null,
    resumePoints: {},
    page: 0,
    position: null,
    staged: null,
    part: null,
    open: [0],
    operators: [NO_COUNTS, NO_COUNTS],
    records: NO_RECORDS,
    idleMs: 0,
    blockedMs: 0,
    busyMs: 0,
    countedMs: 0,
    rates: [],
    slice: 0,
    lease: null,
    expiresAt: stateTtlOf(run, sentAt),
    dueAt: null,
    waitingSince: null,
    sentAt: iso(sentAt),
    resends: 0,
    failures: 0,
    failure: null,
    healthySince: null,
    keptBytes: 0,
    ...overrides,
  };
}

/**
 * A running step of a flow run.
 *
 * @param createdAt epoch milliseconds
 */
export function aChild(run: Run, kind: Child['kind'], createdAt: number, overrides: Partial<Child> = {}): Child {
  const { tenant, jobId, incarnation, ulid, integrationId, purgeAt } = run;
  return {
    run: { tenant, jobId, incarnation, ulid },
    kind,
    operator: kind === 'export' ? 'exp123' : 'imp123',
    index: kind === 'export' ? 0 : 1,
    state: 'running',
    createdAt: iso(createdAt),
    finishedAt: null,
    purgeAt,
    integrationId,
    counts: null,
    doneExporting: false,
    transforms: [],
    ...overrides,
  };
}

export const counts = (some: Partial<OperatorCounts>): OperatorCounts => withCountDefaults(some);

export const iso = (time: number): string => new Date(time).toISOString();

/** Writes per transaction, the maximum of DynamoDB. Storing 1,000 runs takes a sixth of the time of single writes. */
const TRANSACTION_SIZE = 100;

/** Stores runs without their history of changes. */
export async function putRuns<R extends Run>(db: Db, rows: readonly R[]): Promise<readonly R[]> {
  for (let i = 0; i < rows.length; i += TRANSACTION_SIZE) {
    const writes = rows.slice(i, i + TRANSACTION_SIZE).map((run) => ({ table: db.tables.runs, put: fromRun(run) }));
    await transact(db, writes);
  }
  return rows;
}
