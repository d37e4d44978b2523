import type { ListedJob } from '../api/types.ts';

type Upstream = NonNullable<ListedJob['after']>['jobs'][number];

/** A job in the chain of a job. */
export interface ChainedJob {
  readonly id: string;
  /** `undefined` for a job that is not in the list, for example because it was created since. */
  readonly job: ListedJob | undefined;
  /** The upstream jobs after whose runs its runs start. */
  readonly after: readonly Upstream[];
}

/** The jobs that a job depends on, and those that depend on it, in the order in which they start. */
export interface JobChain {
  /** Jobs that start at the same step; the last step starts the job itself. */
  readonly upstream: readonly (readonly ChainedJob[])[];
  readonly downstream: readonly (readonly ChainedJob[])[];
}

/** Returns the chain of a job, direct and indirect dependencies included. */
export function findJobChain(id: string, jobs: readonly ListedJob[]): JobChain {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const upstreamOf = new Map(jobs.map((job) => [job.id, (job.after?.jobs ?? []).map((upstream) => upstream.job)]));
  const downstreamOf = new Map<string, string[]>();
  for (const [job, upstream] of upstreamOf) {
    for (const other of upstream) downstreamOf.set(other, [...(downstreamOf.get(other) ?? []), job]);
  }
  const toJob = (jobId: string): ChainedJob => {
    const job = byId.get(jobId);
    return { id: jobId, job, after: job?.after?.jobs ?? [] };
  };
  const steps = (next: ReadonlyMap<string, readonly string[]>) =>
    findSteps(id, next).map((ids) => ids.toSorted((a, b) => a.localeCompare(b)).map(toJob));
  return { upstream: steps(upstreamOf).toReversed(), downstream: steps(downstreamOf) };
}

/**
 * Returns the jobs that are reached from a job, by the length of the longest path to them. The API refuses cycles; if jobs
 * that were read at different times form one, its paths end where they would repeat a job.
 */
function findSteps(id: string, next: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (job: string): void => {
    seen.add(job);
    for (const other of next.get(job) ?? []) if (!seen.has(other)) visit(other);
    order.unshift(job);
  };
  visit(id);
  const place = new Map(order.map((job, i) => [job, i]));
  const depth = new Map<string, number>();
  for (const job of order) {
    const own = depth.get(job) ?? 0;
    for (const other of next.get(job) ?? []) {
      // A job that stands before is part of a cycle.
      if ((place.get(other) ?? 0) <= (place.get(job) ?? 0)) continue;
      depth.set(other, Math.max(depth.get(other) ?? 0, own + 1));
    }
  }
  const steps: string[][] = [];
  for (const [job, at] of depth) {
    steps[at - 1] ??= [];
    steps[at - 1]?.push(job);
  }
  return steps;
}

/** Formats the condition of an upstream job: `after a success of load`. */
export const formatUpstream = ({ job, on }: Upstream): string =>
  `after ${{ success: 'a success', failure: 'a failure', end: 'any end' }[on]} of ${job}`;
