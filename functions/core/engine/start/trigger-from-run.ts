import { placeAfter } from '../../domain/chain.ts';
import { JobdeckError } from '../../domain/errors.ts';
import { isJobId } from '../../domain/job-id.ts';
import type { Lease, Run } from '../../domain/run.ts';
import { toRunCounts } from '../../domain/run-counts.ts';
import { resolveDelay } from '../../domain/run-delay.ts';
import { publicRunId } from '../../domain/run-id.ts';
import { hashRunOptions, type TriggerRequest } from '../../domain/run-input.ts';
import {
  keyReusedError,
  MAX_PENDING_RUNS,
  MAX_TRIGGER_DEPTH,
  MAX_TRIGGERS,
  notRunningError,
  type TriggerKey,
  tooDeepError,
  tooManyPendingError,
  tooManyTriggersError,
  triggeredUlid,
} from '../../domain/script-trigger.ts';
import { truncate } from '../../domain/text.ts';
import type { TriggeredRun, TriggerRun } from '../../executors/execution.ts';
import { listTriggeredBy } from '../../store/chained-runs.ts';
import { getCounter } from '../../store/counters.ts';
import { getJob } from '../../store/jobs.ts';
import { getRun, getRuns } from '../../store/runs.ts';
import type { FlowPlatform } from '../flow/flow-platform.ts';
import { type AssertMayDelay, createDelayLimit, sendIfNear } from './delay-run.ts';
import { markRunFeatures } from './mark-features.ts';
import { jobNotFoundError, startRun } from './start-run.ts';
import { jobDisabledError, overlapError } from './trigger-job.ts';

/** Runs that an attempt has started, and its limits. */
interface Triggers {
  /** Public ids of the runs that the run has started, in all attempts; `undefined` before the first call. */
  started: Set<string> | undefined;
  /** Number of runs of the tenant that had not started before the first call, as the counter showed it. */
  pending: number | undefined;
  readonly assertMayDelay: AssertMayDelay;
}

/**
 * Returns the function by which the script of a claimed run starts runs of jobs of its tenant. Calls are processed in
 * sequence.
 *
 * The id of a started run derives from the calling run, the job and the key, and the start is that of any run on demand: a
 * repeat by another attempt, also after a crash between two writes, completes or returns the first start. The lease is read
 * before each start. A worker that loses the lease between this read and the start causes no duplicate, because the next
 * attempt requests the same id.
 */
export function createRunTrigger(platform: FlowPlatform, parent: Run, lease: Lease): TriggerRun {
  const triggers: Triggers = {
    started: undefined,
    pending: undefined,
    assertMayDelay: createDelayLimit(platform, parent.tenant),
  };
  let previous: Promise<unknown> = Promise.resolve();
  return (jobId, key, input) => {
    const current = previous.then(() => trigger(platform, { parent, lease, triggers }, jobId, key, input));
    previous = current.catch(() => {});
    return current.catch((error: unknown) => {
      if (error instanceof JobdeckError) throw error;
      const { tenant, jobId: job, ulid: run } = parent;
      platform.log.error('run.trigger_failed', {
        tenant,
        job,
        run,
        triggered: truncate(jobId, 100),
        error: String(error),
      });
      throw new JobdeckError('unavailable', 'trigger.failed', 'the run could not be started because of a fault');
    });
  };
}

async function trigger(
  platform: FlowPlatform,
  { parent, lease, triggers }: { readonly parent: Run; readonly lease: Lease; readonly triggers: Triggers },
  jobId: string,
  key: TriggerKey,
  input: unknown,
): Promise<TriggeredRun> {
  const { db, now } = platform;
  const { tenant } = parent;
  const job = isJobId(jobId) ? await getJob(db, tenant, jobId) : undefined;
  if (!job) throw jobNotFoundError(`Job '${truncate(jobId, 100)}' not found`);
  const { delay = null, ...options } = await platform.readTriggerInput(job, input);
  const requestHash = hashRequest({ delay, ...options });
  const ref = { tenant, jobId, incarnation: job.incarnation, ulid: triggeredUlid(parent, job, key) };
  const [current, earlier] = await getRuns(db, [parent, ref]);
  const isHeld = /* guard: trigger.lease */ current?.lease?.token === lease.token && current.state === 'running';
  if (!isHeld) throw notRunningError();
  if (earlier) return repeat(platform, earlier, key, requestHash);

  const id = publicRunId(ref);
  const place = placeAfter(parent, ref.ulid);
  triggers.started ??= new Set(parent.attempt > 1 ? await listTriggeredBy(db, parent) : []);
  const { started } = triggers;
  if (/* guard: trigger.number */ started.size >= MAX_TRIGGERS && !started.has(id)) throw tooManyTriggersError();
  if (/* guard: trigger.depth */ place.triggers > MAX_TRIGGER_DEPTH) throw tooDeepError();
  triggers.pending ??= toRunCounts((await getCounter(db, tenant, { kind: 'tenant' })).current).pending;
  if (/* guard: trigger.pending */ triggers.pending >= MAX_PENDING_RUNS) throw tooManyPendingError(triggers.pending);
  if (!job.enabled) throw jobDisabledError(job);
  const runAt = delay ? resolveDelay(delay, now()) : undefined;
  if (runAt !== undefined) await triggers.assertMayDelay();
  await markRunFeatures(platform, tenant, options);
  const result = await startRun(platform, {
    job,
    ulid: ref.ulid,
    trigger: 'manual',
    scheduledAt: null,
    options,
    runAt,
    chain: { ...place, requestHash },
  });
  if (result.kind === 'started') {
    started.add(id);
    if (result.run.throttledFrom === null) await sendIfNear(platform, result.run);
    platform.log.info('run.triggered', { tenant, job: jobId, run: ref.ulid, by: publicRunId(parent) });
    return { run: id, run_at: result.run.runAt, repeated: false };
  }
  if (result.kind !== 'repeated') throw overlapError(job);
  const twin = await getRun(db, ref);
  if (!twin) throw new Error(`run ${id} exists and has no row`);
  return repeat(platform, twin, key, requestHash);
}

/** Returns the run of an earlier call. Its message is sent again, because a crash may have prevented the first send. */
async function repeat(platform: FlowPlatform, run: Run, key: TriggerKey, requestHash: string): Promise<TriggeredRun> {
  if (/* guard: trigger.key */ run.chain?.requestHash !== requestHash) throw keyReusedError(key);
  const isUnsent = run.state === 'queued' && !run.waiting && !run.dueAt;
  // guard: trigger.repeated.send
  if (isUnsent) await platform.queues.sendRun(run);
  await sendIfNear(platform, run);
  return { run: publicRunId(run), run_at: run.runAt, repeated: true };
}

const hashRequest = ({ delay, ...options }: TriggerRequest): string => hashRunOptions(options, delay) ?? 'none';
