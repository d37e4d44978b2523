import { isLateToFinish } from '../domain/lateness.ts';
import { retryDelayMs } from '../domain/retry.ts';
import { type Failure, type Lease, NO_RESULT, type Run, type RunResult } from '../domain/run.ts';
import { LONGEST_DELAY_MS, purgeTime } from '../domain/timing.ts';
import { outputOf } from '../executors/output.ts';
import type { Platform } from '../platform/platform.ts';
import type { Db } from '../store/db.ts';
import { getJob } from '../store/jobs.ts';
import type { OutputStream } from '../store/keys.ts';
import { getLimits } from '../store/limits.ts';
import { getLiveOutput } from '../store/live-output.ts';
import { putOutput } from '../store/output.ts';
import { finishRun, retryRun } from '../store/runs.ts';
import { tellIfFlagged } from './late.ts';
import { measuresOfEnd } from './measure.ts';
import { settle } from './settle.ts';
import { storedBytesOf } from './stored.ts';

/**
 * Ends a run whose worker stopped renewing its lease: back into line while it has attempts left, else failed as
 * `lost`; one that was being cancelled is canceled. Nothing happens when the lease was renewed after all.
 */
export async function endLost(platform: Platform, run: Run, lease: Lease): Promise<void> {
  const { db, metrics } = platform;
  const failure: Failure = { kind: 'lost', message: `its worker was last heard of before ${lease.until}` };
  const fields = { tenant: run.tenant, job: run.jobId, run: run.ulid, attempt: run.attempt };
  const job = await getJob(db, run.tenant, run.jobId);
  const mayRetry = job?.incarnation === run.incarnation && run.attempt < job.retry.attempts;
  if (mayRetry && run.state === 'running') {
    const delay = retryDelayMs(job.retry, run.attempt, platform.random());
    const dueAt = new Date(platform.now() + delay).toISOString();
    const back = await retryRun(db, run, lease, { failure, dueAt }, 'sweeper');
    if (!back.ok) return;
    metrics.event('run.lost', { LeaseExpiries: 1 }, fields);
    if (delay <= LONGEST_DELAY_MS) await platform.queues.sendRun(run, delay);
    return;
  }
  const now = platform.now();
  const { retentionDays } = await getLimits(db, run.tenant, platform.defaultLimits);
  const canceled = run.state === 'stopping';
  const finishedAt = new Date(now).toISOString();
  const purgeAt = purgeTime(now, retentionDays);
  const heard = await keepHeard(db, run, purgeAt);
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
      ...heard,
      late: job?.incarnation === run.incarnation && isLateToFinish(job, run, now),
    },
    'sweeper',
  );
  if (!ended.ok) return;
  metrics.event('run.lost', { LeaseExpiries: 1, ...measuresOfEnd(ended.run) }, fields);
  tellIfFlagged(platform, ended.run, 'finish', finishedAt);
  await settle(platform, ended.run);
}

/** What the lost worker told of the run's output while it was heard of is what there will be of it. */
async function keepHeard(db: Db, run: Run, purgeAt: string): Promise<Partial<RunResult>> {
  const keep = async (stream: OutputStream) => {
    const { tail, parts } = outputOf(await getLiveOutput(db, run, run.attempt, stream));
    await putOutput(db, run, run.attempt, stream, parts, purgeAt);
    return { tail, parts };
  };
  const [stdout, stderr] = await Promise.all([keep('stdout'), keep('stderr')]);
  return {
    stdout: stdout.tail,
    stderr: stderr.tail,
    stdoutParts: stdout.parts.length,
    stderrParts: stderr.parts.length,
    storedBytes: storedBytesOf([stdout, stderr], null),
  };
}
