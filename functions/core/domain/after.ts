import { InvalidInput, JobdeckError } from './errors.ts';

/** The ends of a run after which another job may start: `failure` is a failed run, `end` any end, also a canceled run. */
export const UPSTREAM_ENDS = ['success', 'failure', 'end'] as const;
export type UpstreamEnd = (typeof UPSTREAM_ENDS)[number];

export const AFTER_MODES = ['all', 'any'] as const;
export type AfterMode = (typeof AFTER_MODES)[number];

/** A job after whose runs another job starts. */
export interface Upstream {
  readonly job: string;
  readonly on: UpstreamEnd;
}

/** The condition under which a job starts after runs of other jobs with the same chain key. */
export interface After {
  /** 1–20 jobs, each once. */
  readonly jobs: readonly Upstream[];
  /** `all`: each upstream job has a run that ended as required; `any`: one of them has. */
  readonly mode: AfterMode;
  /** Maximum seconds between the first and the last end of the upstream runs (mode `all`); null for no maximum. */
  readonly withinSeconds: number | null;
}

export const MAX_UPSTREAM_JOBS = 20;
export const MAX_WITHIN_SECONDS = 30 * 86_400;

/** Returns whether a run that ended in `state` satisfies `on`. */
export function satisfies(state: 'completed' | 'failed' | 'canceled', on: UpstreamEnd): boolean {
  switch (on) {
    case 'end':
      return true;
    case 'success':
      return state === 'completed';
    case 'failure':
      return state === 'failed';
  }
}

/**
 * Validates the rules of a condition that need no other job.
 *
 * @throws InvalidInput
 */
export function validateAfter(after: After): void {
  const { jobs, mode, withinSeconds } = after;
  const ids = jobs.map(({ job }) => job);
  const repeated = ids.find((id, i) => ids.indexOf(id) !== i);
  if (repeated !== undefined)
    throw new InvalidInput('after.jobs', `must not name a job twice, got '${repeated}' twice`);
  if (withinSeconds !== null && (mode !== 'all' || jobs.length < 2)) {
    throw new InvalidInput('after.within_s', 'must be absent unless mode is all and after.jobs names two or more jobs');
  }
}

/** Returns the upstream jobs of a job; none without a condition. */
export const upstreamJobs = (after: After | null): readonly string[] => after?.jobs.map(({ job }) => job) ?? [];

/**
 * Finds a cycle of dependencies that contains a job.
 *
 * @param upstreamOf the upstream jobs of each job, those of `jobId` included
 * @returns the jobs of a shortest cycle in the order in which they would start, `jobId` first and last
 */
export function findCycle(
  jobId: string,
  upstreamOf: (jobId: string) => readonly string[],
): readonly string[] | undefined {
  /** The job that starts after each reached job, on a shortest path to `jobId`. */
  const next = new Map<string, string>();
  let level = [jobId];
  while (level.length > 0) {
    const reached: string[] = [];
    for (const job of level) {
      for (const upstream of upstreamOf(job)) {
        if (upstream === jobId) return [jobId, ...pathTo(job, jobId, next)];
        if (next.has(upstream)) continue;
        next.set(upstream, job);
        reached.push(upstream);
      }
    }
    level = reached;
  }
  return undefined;
}

function pathTo(from: string, to: string, next: ReadonlyMap<string, string>): readonly string[] {
  const path = [from];
  for (let job = from; job !== to; ) {
    job = next.get(job) as string;
    path.push(job);
  }
  return path;
}

/**
 * Returns the error for a condition that closes a cycle.
 *
 * @param cycle the jobs of the cycle, the first of them also last
 */
export const cycleError = (cycle: readonly string[]): InvalidInput =>
  new InvalidInput('after', `must not close a cycle, got ${cycle.join(' → ')}`);

/** Number of jobs that the error for the deletion of an upstream job names. */
const MAX_NAMED_JOBS = 20;

/** Returns the error for the deletion of a job on which other jobs depend. */
export function jobFollowedError(jobId: string, followers: readonly string[]): JobdeckError {
  const named = followers.slice(0, MAX_NAMED_JOBS).map((id) => `'${id}'`);
  const others = followers.length - named.length;
  const list = [...named, ...(others > 0 ? [`${others} more`] : [])].join(', ');
  const message = `Job '${jobId}' cannot be deleted: ${list} would no longer start (after); change or delete them first`;
  return new JobdeckError('conflict', 'job.followed', message);
}
