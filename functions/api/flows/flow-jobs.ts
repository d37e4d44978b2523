import { JobdeckError } from '../../core/domain/errors.ts';
import type { Child } from '../../core/domain/flow/child.ts';
import type { Task } from '../../core/domain/flow/task.ts';
import { isFlowRun, type Run, type RunRef, type RunWithFlow } from '../../core/domain/run.ts';
import { parseChildId, parseRunId, publicRunId } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getChildren, listChildren } from '../../core/store/children.ts';
import { getIncarnations } from '../../core/store/job-states.ts';
import type { CreatedEntry } from '../../core/store/keys.ts';
import { isPurgeDue } from '../../core/store/run-item.ts';
import { getRuns } from '../../core/store/runs.ts';
import { listTasks } from '../../core/store/tasks.ts';
import { hasFinalCounts, type JobView, needsTasks, toFlowJobView, toStepJobView } from './job-view.ts';

/** Reference to a job: a run, or an export or import step of a run. */
export type JobRef = Pick<CreatedEntry, 'ref' | 'kind' | 'operator'>;

/**
 * Parses the id of a job.
 *
 * @returns `undefined` if the text is not the id of a job
 */
export function parseJobId(tenant: TenantId, id: string): JobRef | undefined {
  const child = parseChildId(tenant, id);
  if (child) return { ref: child.run, kind: child.kind, operator: child.operator };
  const ref = parseRunId(tenant, id);
  return ref && { ref, kind: 'flow' };
}

/** A requested run or step. `child` is `undefined` if the step does not exist. */
type Row = { readonly ref: RunRef } | { readonly ref: RunRef; readonly child: Child | undefined };

/**
 * Reads the jobs of one tenant for one request. Each run is read once, so that a run and its steps show the same state.
 *
 * Runs of scripts and HTTP requests, expired runs and runs of deleted flows are not found.
 */
export class FlowJobReader {
  readonly #platform: Pick<Platform, 'db' | 'now'>;
  readonly #tenant: TenantId;
  /** Incarnations by job id; `undefined` if the job does not exist. */
  readonly #incarnations = new Map<string, string | undefined>();
  /** Runs by public id. */
  readonly #runs = new Map<string, Run | undefined>();
  readonly #tasks = new Map<string, readonly Task[]>();

  constructor(platform: Pick<Platform, 'db' | 'now'>, tenant: TenantId) {
    this.#platform = platform;
    this.#tenant = tenant;
  }

  async find(job: JobRef): Promise<JobView | undefined> {
    const [view] = await this.findAll([job]);
    return view;
  }

  /** Returns the jobs in the order of `jobs`, `undefined` where a job does not exist. */
  async findAll(jobs: readonly JobRef[]): Promise<(JobView | undefined)[]> {
    const { db } = this.#platform;
    const steps = jobs.flatMap(({ ref, kind, operator }) =>
      (kind === 'export' || kind === 'import') && operator !== undefined ? { run: ref, kind, operator } : [],
    );
    const [children] = await Promise.all([getChildren(db, steps), this.#read(jobs)]);
    const found = children.values();
    return this.#show(
      jobs.map(({ ref, operator }) => (operator === undefined ? { ref } : { ref, child: found.next().value })),
    );
  }

  /** Lists the steps of a run: exports, then imports. */
  async listSteps(ref: RunRef): Promise<JobView[]> {
    const [children] = await Promise.all([listChildren(this.#platform.db, ref), this.#read([{ ref }])]);
    const views = await this.#show(children.map((child) => ({ ref, child })));
    return views.filter((view) => view !== undefined);
  }

  async #show(rows: readonly Row[]): Promise<(JobView | undefined)[]> {
    const shown = rows.map((row) => ({ ...row, run: this.#visible(row.ref) }));
    await this.#count(
      shown.flatMap(({ run, ...row }) => {
        if (!run?.flow.plan) return [];
        const counted = 'child' in row ? row.child && !hasFinalCounts(run, row.child) : needsTasks(run);
        return counted ? run : [];
      }),
    );
    return shown.map(({ run, ...row }) => {
      if (!run) return undefined;
      const tasks = this.#tasks.get(publicRunId(run)) ?? [];
      if (!('child' in row)) return toFlowJobView(run, tasks);
      return row.child && toStepJobView(run, row.child, tasks);
    });
  }

  #visible(ref: RunRef): RunWithFlow | undefined {
    const run = this.#runs.get(publicRunId(ref));
    if (!run || isPurgeDue(run, this.#platform.now())) return undefined;
    return isFlowRun(run) && this.#incarnations.get(run.jobId) === run.incarnation ? run : undefined;
  }

  async #read(jobs: readonly Pick<JobRef, 'ref'>[]): Promise<void> {
    const { db } = this.#platform;
    const refs = [...new Map(jobs.map(({ ref }) => [publicRunId(ref), ref]))].filter(([id]) => !this.#runs.has(id));
    const jobIds = [...new Set(jobs.map(({ ref }) => ref.jobId))].filter((id) => !this.#incarnations.has(id));
    const [runs, incarnations] = await Promise.all([
      getRuns(
        db,
        refs.map(([, ref]) => ref),
      ),
      getIncarnations(db, this.#tenant, jobIds),
    ]);
    for (const [i, [id]] of refs.entries()) this.#runs.set(id, runs[i]);
    for (const jobId of jobIds) this.#incarnations.set(jobId, incarnations.get(jobId));
  }

  async #count(runs: readonly RunWithFlow[]): Promise<void> {
    const { db } = this.#platform;
    const wanted = [...new Map(runs.map((run) => [publicRunId(run), run]))].filter(([id]) => !this.#tasks.has(id));
    await Promise.all(
      wanted.map(async ([id, run]) => {
        this.#tasks.set(id, await listTasks(db, run, run.flow.plan?.tasks ?? 0));
      }),
    );
  }
}

/** Creates the same error for an invalid id, a job of another tenant, a run of a script and an expired run. */
const jobNotFoundError = () => new JobdeckError('not_found', 'run.not_found', 'Job not found');

/** @throws JobdeckError `run.not_found` */
export async function requireJob(
  platform: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  id: string,
): Promise<JobRef & { readonly view: JobView }> {
  const job = parseJobId(tenant, id);
  const view = job && (await new FlowJobReader(platform, tenant).find(job));
  if (!view) throw jobNotFoundError();
  return { ...job, view };
}
