import type { Run } from '../../domain/run.ts';
import { publicRunId } from '../../domain/run-id.ts';
import {
  containsWords,
  matchesNumbers,
  type RunSearch,
  type SearchedJob,
  searchTextsIn,
  searchTextsOf,
} from '../../domain/run-search.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { getSearchedJobs } from '../../store/jobs.ts';
import { getRunInputs } from '../../store/run-inputs.ts';
import type { CountReads } from '../../store/walk-runs.ts';

/** Returns those of the runs that a search finds, in the same order. */
export type SearchRuns = (runs: readonly Run[]) => Promise<readonly Run[]>;

/**
 * Creates a function that searches runs of a tenant. The name and the searchable fields of a job are those of its current
 * definition, read once a job. An input that is stored apart is read only if the other texts of its run do not match.
 *
 * @param countReads called before each read of inputs
 */
export function createRunSearcher(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  search: RunSearch,
  countReads: CountReads,
): SearchRuns {
  const jobs = new Map<string, SearchedJob | undefined>();
  const loadJobs = async (runs: readonly Run[]): Promise<void> => {
    const unknown = [...new Set(runs.map(({ jobId }) => jobId))].filter((jobId) => !jobs.has(jobId));
    if (unknown.length === 0) return;
    const found = await getSearchedJobs(db, tenant, unknown);
    for (const jobId of unknown) jobs.set(jobId, found.get(jobId));
  };
  return async (runs) => {
    const candidates = runs.filter((run) => matchesNumbers(run, search, now()));
    if (search.words.length === 0) return candidates;
    await loadJobs(candidates);
    const texts = new Map<Run, readonly string[]>();
    for (const run of candidates) {
      const job = jobs.get(run.jobId) ?? NO_JOB;
      texts.set(run, [...searchTextsOf(run, job), ...searchTextsIn(run.input?.payload, job.searchable)]);
    }
    const matches = (run: Run) => containsWords(search.words, texts.get(run) ?? [], publicRunId(run));
    const undecided = candidates.filter(
      (run) => run.inputBytes > 0 && (jobs.get(run.jobId)?.searchable.length ?? 0) > 0 && !matches(run),
    );
    if (undecided.length > 0) {
      countReads('rows', undecided.length);
      const inputs = await getRunInputs(db, undecided);
      for (const [i, run] of undecided.entries()) {
        const found = searchTextsIn(inputs[i]?.payload, jobs.get(run.jobId)?.searchable ?? []);
        texts.set(run, [...(texts.get(run) ?? []), ...found]);
      }
    }
    return candidates.filter(matches);
  };
}

const NO_JOB: SearchedJob = { name: '', searchable: [] };
