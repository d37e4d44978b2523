import { lostComputeMs } from '../../domain/compute.ts';
import { isLateToFinish } from '../../domain/lateness.ts';
import { type Failure, type Lease, NO_RESULT, type Run, type RunResult } from '../../domain/run.ts';
import { purgeTime } from '../../domain/timing.ts';
import { captureText, type Output } from '../../executors/output/output.ts';
import type { Platform } from '../../platform/platform.ts';
import type { Db } from '../../store/db.ts';
import { getJob } from '../../store/jobs.ts';
import type { OutputStream } from '../../store/keys.ts';
import { getLimits } from '../../store/limits.ts';
import { getLiveOutput } from '../../store/live-output.ts';
import { putOutput } from '../../store/output.ts';
import { finishRun } from '../../store/runs.ts';
import { emitIfFlaggedLate } from '../finalize/emit-lateness.ts';
import { finalizeRun } from '../finalize/finalize-run.ts';
import { endMetrics } from '../finalize/run-metrics.ts';
import { outputBytes } from './output-bytes.ts';
import { requeueForRetry } from './retry-run.ts';

/**
 * Ends the attempt of a run whose lease has expired. The run is queued again while it has attempts left; otherwise it
 * fails as `lost`, or is canceled if a cancel request is pending. Does nothing if the lease was renewed meanwhile.
 */
export async function failExpiredRun(platform: Platform, run: Run, lease: Lease): Promise<void> {
  const { db, metrics } = platform;
  const failure: Failure = { kind: 'lost', message: `its worker stopped sending heartbeats before ${lease.until}` };
  const fields = { tenant: run.tenant, job: run.jobId, run: run.ulid, attempt: run.attempt };
  const job = await getJob(db, run.tenant, run.jobId);
  const mayRetry = job?.incarnation === run.incarnation && run.attempt < job.retry.attempts;
  if (mayRetry && run.state === 'running') {
    const attempt = { failure, exitCode: null, executionMs: null, ...(await readLiveOutput(db, run)) };
    if (await requeueForRetry(platform, { job, run, lease }, attempt, 'sweeper')) {
      metrics.event('run.lost', { LeaseExpiries: 1 }, fields);
    }
    return;
  }
  const now = platform.now();
  const { retentionDays } = await getLimits(db, run.tenant, platform.defaultLimits);
  const canceled = run.state === 'stopping';
  const finishedAt = new Date(now).toISOString();
  const purgeAt = purgeTime(now, retentionDays);
  const liveOutput = await storeLiveOutput(db, run, purgeAt);
  const ended = await finishRun(
    db,
    run,
    lease,
    {
      state: canceled ? 'canceled' : 'failed',
      failure: canceled ? null : failure,
      finishedAt,
      purgeAt,
      ...NO_RESULT,
      ...liveOutput,
      priorComputeMs: run.priorComputeMs + lostComputeMs(run, lease),
      late: job?.incarnation === run.incarnation && isLateToFinish(job, run, now),
    },
    'sweeper',
  );
  if (!ended.ok) return;
  metrics.event('run.lost', { LeaseExpiries: 1, ...endMetrics(ended.run) }, fields);
  emitIfFlaggedLate(platform, ended.run, 'finish', finishedAt);
  await finalizeRun(platform, ended.run);
}

/** Reads the output that the lost worker stored during its attempt. */
async function readLiveOutput(db: Db, run: Run): Promise<Readonly<Record<OutputStream, Output>>> {
  const read = async (stream: OutputStream) => captureText(await getLiveOutput(db, run, run.attempt, stream));
  const [stdout, stderr] = await Promise.all([read('stdout'), read('stderr')]);
  return { stdout, stderr };
}

/** Stores the live output of a lost attempt as the output of its run. */
async function storeLiveOutput(db: Db, run: Run, purgeAt: string): Promise<Partial<RunResult>> {
  const { stdout, stderr } = await readLiveOutput(db, run);
  await Promise.all([
    putOutput(db, run, run.attempt, 'stdout', stdout.parts, purgeAt),
    putOutput(db, run, run.attempt, 'stderr', stderr.parts, purgeAt),
  ]);
  return {
    stdout: stdout.tail,
    stderr: stderr.tail,
    stdoutParts: stdout.parts.length,
    stderrParts: stderr.parts.length,
    storedBytes: run.storedBytes + outputBytes([stdout, stderr], null),
  };
}
