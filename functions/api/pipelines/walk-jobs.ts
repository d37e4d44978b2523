import { isOfFlow, type Run, type RunOfFlow, type RunRef } from '../../domain/run.ts';
import { ulidTime } from '../../domain/run-id.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { LATE_AFTER_MS, LONGEST_DELAY_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { type IndexPage, walkActive, walkCreated } from '../../store/flow-lists.ts';
import { isDue } from '../../store/run-item.ts';
import { walkRuns } from '../../store/run-lists.ts';
import { getRuns } from '../../store/runs.ts';
import { getIncarnations } from '../../store/states.ts';
import { listTasks } from '../../store/tasks.ts';
import { isToldByTasks, type JobState, jobState } from './job-state.ts';
import { type JobSummary, jobSummary } from './job-view.ts';
import type { JobFilter } from './jobs-query.ts';

/** Rows read at once: as many as one BatchGetItem takes. */
const CHUNK = 100;
const EVER = { from: '0000-01-01T00:00:00.000Z', through: '9999-12-31T23:59:59.999Z' } as const;
/** A run is made at most so long after the tick that its ULID tells of: jitter delays it, and then it may be late. */
const TICK_LAG_MS = LATE_AFTER_MS + LONGEST_DELAY_MS;

type Reader = Pick<Platform, 'db' | 'now'>;
/** Is told what is about to be read; throws when it is too much. */
export type Spend = (what: 'keys' | 'rows', read: number) => void;

/**
 * The jobs that match, in the order of their making, some at a time. Runs of scripts are none, nor are runs past their
 * time or of a pipeline that was deleted.
 */
export async function* walkJobs(
  platform: Reader,
  tenant: TenantId,
  filter: JobFilter,
  newestFirst: boolean,
  spend: Spend,
): AsyncGenerator<readonly JobSummary[]> {
  const { pipelineId, runStates, state } = filter;
  if (runStates.length === 0) return;
  // Completed runs are in the index of all runs alone, where a pipeline's are among everybody's.
  const ofPipeline = pipelineId !== null && runStates.includes('completed');
  const runs = ofPipeline
    ? runsOf(platform, tenant, pipelineId, newestFirst, spend)
    : runsAmong(platform, tenant, filter, newestFirst, spend);
  for await (const some of runs) {
    const now = platform.now();
    const shown = some
      .filter((run) => isOfFlow(run))
      .filter((run) => runStates.includes(run.state) && !isDue(run, now));
    const states = await Promise.all(shown.map((run) => stateOf(platform, run)));
    yield shown.flatMap((run, i) => {
      const is = states[i];
      return is && (state === null || state === is) ? jobSummary(run, is) : [];
    });
  }
}

async function stateOf({ db, now }: Reader, run: RunOfFlow): Promise<JobState> {
  const tasks = isToldByTasks(run) ? await listTasks(db, run, run.flow.plan?.tasks ?? 0) : [];
  return jobState(run, tasks, now());
}

/** By the indexes: what was written a moment ago may not be in them. */
async function* runsAmong(
  { db }: Reader,
  tenant: TenantId,
  { pipelineId, runStates }: JobFilter,
  newestFirst: boolean,
  spend: Spend,
): AsyncGenerator<readonly Run[]> {
  const range = { ...EVER, oldestFirst: !newestFirst };
  const walk: AsyncIterable<IndexPage> = runStates.includes('completed')
    ? walkCreated(db, tenant, range, ['flows'])
    : walkActive(db, tenant, range, { runs: runStates, steps: [] });
  const incarnations = new Map<string, string | undefined>();
  for await (const { rows, read } of walk) {
    spend('keys', read);
    const refs = rows
      .filter(({ kind, ref }) => kind === 'flow' && (pipelineId === null || ref.jobId === pipelineId))
      .map(({ ref }) => ref);
    for (let i = 0; i < refs.length; i += CHUNK) {
      const chunk = refs.slice(i, i + CHUNK);
      spend('rows', chunk.length);
      const [runs] = await Promise.all([getRuns(db, chunk), learn(db, tenant, chunk, incarnations)]);
      yield runs.flatMap((run) => (run && incarnations.get(run.jobId) === run.incarnation ? run : []));
    }
  }
}

/** Looks up the incarnations of jobs that are not known yet. */
async function learn(
  db: Platform['db'],
  tenant: TenantId,
  refs: readonly RunRef[],
  known: Map<string, string | undefined>,
): Promise<void> {
  const jobIds = [...new Set(refs.map(({ jobId }) => jobId))].filter((jobId) => !known.has(jobId));
  if (jobIds.length === 0) return;
  const found = await getIncarnations(db, tenant, jobIds);
  for (const jobId of jobIds) known.set(jobId, found.get(jobId));
}

/** By the pipeline's own history, which is in the order of its ticks: put in the order of making. */
async function* runsOf(
  { db }: Reader,
  tenant: TenantId,
  jobId: string,
  newestFirst: boolean,
  spend: Spend,
): AsyncGenerator<readonly Run[]> {
  const incarnation = (await getIncarnations(db, tenant, [jobId])).get(jobId);
  if (incarnation === undefined) return;
  let held: Run[] = [];
  for await (const page of walkRuns(db, { tenant, jobId, incarnation }, { newestFirst, page: CHUNK })) {
    spend('rows', page.length);
    const last = page.at(-1)?.ulid;
    held = [...held, ...page].sort(byMaking(newestFirst));
    // No run is made before its tick.
    const settled = last === undefined ? [] : held.filter((run) => isSettled(run, last, newestFirst));
    yield settled;
    held = held.slice(settled.length);
  }
  yield held;
}

/** Whether no run that is still to come in the order of ULIDs, after `last`, comes before this one. */
function isSettled({ createdAt }: Run, last: string, newestFirst: boolean): boolean {
  const made = Date.parse(createdAt);
  const frontier = last.slice(0, ulidTime(0).length);
  return newestFirst ? ulidTime(made - TICK_LAG_MS) > frontier : ulidTime(made) < frontier;
}

function byMaking(newestFirst: boolean): (a: Run, b: Run) => number {
  const place = ({ createdAt, ulid }: Run) => `${createdAt} ${ulid}`;
  const sign = newestFirst ? -1 : 1;
  return (a, b) => (place(a) < place(b) ? -sign : sign);
}
