import { type After, satisfies, type Upstream } from '../../domain/after.ts';
import {
  chainKeyOf,
  followerUlid,
  lastEnd,
  placeAfter,
  spanSeconds,
  type UpstreamRunEnd,
  upstreamPayload,
} from '../../domain/chain.ts';
import type { Job } from '../../domain/job.ts';
import { isTerminal, type Run, type RunRef, type TerminalState } from '../../domain/run.ts';
import { parseRunId, publicRunId } from '../../domain/run-id.ts';
import { NO_OPTIONS, takesPayload } from '../../domain/run-input.ts';
import { RESEND_AFTER_MS } from '../../domain/timing.ts';
import { forEachConcurrent } from '../../platform/for-each-concurrent.ts';
import type { Platform } from '../../platform/platform.ts';
import { listFollowers } from '../../store/dependencies.ts';
import { getJob } from '../../store/jobs.ts';
import { putOpenEnd, removeOpenEnd } from '../../store/open-ends.ts';
import { getRun, getRuns, getTickRows } from '../../store/runs.ts';
import { hastenSweep } from '../../store/sweep-agenda.ts';
import { listUpstreamEnds, putFirstEnd, putUpstreamEnd } from '../../store/upstream-ends.ts';
import { startRun } from './start-run.ts';

/** Followers that are started at the same time. */
const CONCURRENCY = 5;

/** A run that has ended. */
type EndedRun = Run & { readonly state: TerminalState; readonly finishedAt: string };

const isEnded = (run: Run): run is EndedRun => isTerminal(run.state) && run.finishedAt !== null;

/** Ends that are recorded and sent at the same time. */
const SEND_CONCURRENCY = 10;

const isFollowed = (run: Run): run is EndedRun => run.followed && isEnded(run);

/**
 * Requests the runs that start after ended runs, if jobs depended on their jobs when they started. The dispatcher starts
 * them. Called for the end of each run by the reader of the stream.
 *
 * An end is recorded before its message is sent, so that a sweep starts the runs after it if the message is lost.
 */
export async function requestFollowers(
  { db, queues, now }: Pick<Platform, 'db' | 'queues' | 'now'>,
  runs: readonly Run[],
): Promise<void> {
  const followed = runs.filter(isFollowed);
  const dueAt = now() + RESEND_AFTER_MS;
  // guard: chain.end.recorded
  await forEachConcurrent(SEND_CONCURRENCY, followed, (ref) => putOpenEnd(db, { ref, dueAt, attempts: 0 }));
  // guard: chain.end.sweep
  for (const tenant of new Set(followed.map((run) => run.tenant))) await hastenSweep(db, tenant, dueAt);
  await forEachConcurrent(SEND_CONCURRENCY, followed, (run) => sendEnd({ queues }, run));
}

/** Sends the end of a run to the dispatcher, if jobs depended on the run's job when it started. */
export async function sendEnd({ queues }: Pick<Platform, 'queues'>, run: Run): Promise<void> {
  if (!isFollowed(run)) return;
  const { tenant, jobId, incarnation, ulid } = run;
  await queues.sendTick({ v: 1, tenant, jobId, incarnation, scheduledAt: run.finishedAt, ended: ulid }, 0);
}

/**
 * Starts the runs whose condition the end of a run completes. Each job of its tenant that depends on the run's job decides
 * for itself; one that fails does not affect the others.
 *
 * Idempotent, and independent of the order of the ends: the ULID of a run derives from its job and the chain key, and the
 * ends that a job waits for are recorded before they are counted.
 *
 * @throws the first error of a job, after all others were processed
 */
export async function startFollowers(platform: Platform, ref: RunRef): Promise<void> {
  const { db } = platform;
  const { tenant, jobId } = ref;
  const [run, job, followers] = await Promise.all([
    getRun(db, ref),
    getJob(db, tenant, jobId),
    listFollowers(db, tenant, jobId),
  ]);
  const errors: unknown[] = [];
  // The history of a deleted job starts nothing.
  const isStarting = run && isEnded(run) && job?.incarnation === ref.incarnation;
  await forEachConcurrent(CONCURRENCY, isStarting ? followers : [], (follower) =>
    startFollower(platform, run as EndedRun, follower).catch((error: unknown) => void errors.push(error)),
  );
  // guard: chain.end.kept
  if (errors.length > 0) throw errors[0];
  await removeOpenEnd(db, ref);
}

async function startFollower(platform: Platform, run: EndedRun, jobId: string): Promise<void> {
  const { db, queues, log } = platform;
  const job = await getJob(db, run.tenant, jobId);
  const upstream = job?.after?.jobs.find((one) => one.job === run.jobId);
  if (!job?.after || !upstream || !satisfies(run.state, upstream.on)) return;
  const key = chainKeyOf(run);
  const ref = { tenant: job.tenant, jobId, incarnation: job.incarnation, ulid: followerUlid(job, key) };
  const [row] = await getTickRows(db, ref, [ref.ulid]);
  if (row) {
    const isUnsent = row.run?.state === 'queued' && !row.run.waiting && !row.run.dueAt;
    // guard: chain.redelivered.send
    if (isUnsent) await queues.sendRun(row.run);
    return;
  }
  const ends = await findEnds(platform, job, job.after, run, upstream);
  const last = ends && lastEnd(ends);
  if (!last) return;
  const runs = await readRuns(platform, run, ends);
  const parent = runs.find((one) => publicRunId(one) === last.run) ?? run;
  const { withinSeconds } = job.after;
  const isLate = withinSeconds !== null && /* guard: chain.within */ spanSeconds(ends) > withinSeconds;
  const skip = isLate ? 'upstream_late' : job.enabled ? undefined : 'disabled';
  const started = await startRun(platform, {
    job,
    ulid: ref.ulid,
    trigger: 'after',
    scheduledAt: null,
    followsAt: last.finishedAt,
    chain: placeAfter(parent),
    // As for a trigger, so that a redrive of the run is possible.
    options: { ...NO_OPTIONS, input: takesPayload(job.target) ? { payload: upstreamPayload(runs) } : null },
    ...(skip && { skip }),
  });
  log.info('run.followed', { tenant: job.tenant, job: jobId, run: ref.ulid, after: last.run, result: started.kind });
}

/** @returns the ends that complete the condition of a job, or `undefined` if it waits for others */
async function findEnds(
  { db }: Pick<Platform, 'db'>,
  job: Job,
  { jobs, mode }: After,
  run: EndedRun,
  upstream: Upstream,
): Promise<readonly UpstreamRunEnd[] | undefined> {
  const end = { job: run.jobId, run: publicRunId(run), finishedAt: run.finishedAt };
  if (jobs.length === 1) return [end];
  const key = chainKeyOf(run);
  // Of two ends at the same time one decides parent and payload.
  if (mode === 'any') return [await putFirstEnd(db, job, key, end, run.purgeAt)];
  await putUpstreamEnd(db, job, key, { ...end, on: upstream.on }, run.purgeAt);
  const recorded = await listUpstreamEnds(db, job, key);
  const ends = jobs.flatMap(({ job: id, on }) => recorded.find((one) => one.job === id && one.on === on) ?? []);
  const isComplete = /* guard: chain.all */ ends.length === jobs.length;
  return isComplete ? ends : undefined;
}

/** Returns the upstream runs in the order of their ends in the condition, without those that have expired. */
async function readRuns({ db }: Pick<Platform, 'db'>, run: Run, ends: readonly UpstreamRunEnd[]): Promise<Run[]> {
  if (ends.length === 1 && ends[0]?.run === publicRunId(run)) return [run];
  const refs = ends.flatMap((end) => parseRunId(run.tenant, end.run) ?? []);
  return (await getRuns(db, refs)).filter((one) => one !== undefined);
}
