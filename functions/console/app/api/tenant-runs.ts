import type { RunnerApi } from './runner.ts';
import type { Run, RunStatus } from './wire.ts';

/** Requests at once. */
const AT_ONCE = 4;
/** Each job is a request: of organizations with more, the jobs that ran last are asked. */
export const MOST_JOBS = 40;
const MOST_RUNS_A_JOB = 100;

export interface TenantRuns {
  /** Newest first. */
  readonly runs: readonly Run[];
  /** Jobs that were not asked. */
  readonly leftOut: number;
}

/** The runs of all jobs that were made since `since`. The runner surface lists them job by job. */
export async function listTenantRuns(
  runner: RunnerApi,
  { since, status, jobId }: { since: number; status?: readonly RunStatus[]; jobId?: string | null },
  signal: AbortSignal,
): Promise<TenantRuns> {
  const ran = (await runner.listJobs(signal)).filter(({ last_status: last }) => last !== null);
  const jobs = ran
    .filter(({ id }) => !jobId || id === jobId)
    .toSorted((a, b) => (b.last_run ?? '').localeCompare(a.last_run ?? ''));
  const asked = jobs.slice(0, MOST_JOBS);
  const found: Run[] = [];
  const queue = [...asked];
  const work = async (): Promise<void> => {
    for (let job = queue.shift(); job; job = queue.shift()) {
      const runs = await runner.listRuns(job.id, { limit: MOST_RUNS_A_JOB, ...(status && { status }) }, signal);
      found.push(...runs.filter(({ created_at: createdAt }) => Date.parse(createdAt) >= since));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { runs: found.sort(byAgeDescending), leftOut: jobs.length - asked.length };
}

const byAgeDescending = (a: Run, b: Run) => b.created_at.localeCompare(a.created_at);
