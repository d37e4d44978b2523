import type { Job } from '../../../functions/core/domain/job.ts';
import type { Run } from '../../../functions/core/domain/run.ts';
import { purgeTime } from '../../../functions/core/domain/timing.ts';
import { START } from '../fakes/platform.ts';

/**
 * A completed run.
 *
 * @param number run number; also the seconds between `START` and the start of the run
 */
export function endedRun(
  job: Pick<Job, 'tenant' | 'id' | 'incarnation'>,
  number: number,
  overrides: Partial<Run> = {},
): Run {
  const at = (seconds: number) => new Date(START + seconds * 1_000).toISOString();
  return {
    tenant: job.tenant,
    jobId: job.id,
    incarnation: job.incarnation,
    ulid: `01JNXA3V5T9YV0Q2Z6W8${String(number).padStart(6, '0')}`,
    number,
    state: 'completed',
    trigger: 'manual',
    createdAt: at(number),
    scheduledAt: null,
    runAt: null,
    startedAt: at(number),
    finishedAt: at(number + 1),
    attempt: 1,
    attemptStartedAt: null,
    jobVersion: 1,
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
    exitCode: 0,
    executionMs: 990,
    stdout: '',
    stderr: '',
    stdoutParts: 0,
    stderrParts: 0,
    storedBytes: 0,
    itemsProcessed: 0,
    generation: 0,
    meta: null,
    input: null,
    inputBytes: 0,
    tags: [],
    note: null,
    priority: 3,
    expiresAt: null,
    concurrencyKey: null,
    throttleKey: null,
    throttledFrom: null,
    chain: null,
    followed: false,
    integrationId: null,
    flow: null,
    stop: null,
    purgeAt: purgeTime(START, 30),
    ...overrides,
  };
}
