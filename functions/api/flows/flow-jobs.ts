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

/** Where a job is: the run, and of a step, which. */
export type JobRef = Pick<CreatedEntry, 'ref' | 'kind' | 'operator'>;

/** The job that a client names, or undefined when the text is no job's id. */
export function parseJobId(tenant: TenantId, id: string): JobRef | undefined {
  const child = parseChildId(tenant, id);
  if (child) return { ref: child.run, kind: child.kind, operator: child.operator };
  const ref = parseRunId(tenant, id);
  return ref && { ref, kind: 'flow' };
}

/** A row to be shown: of a run, or of the step of one, which may be gone. */
type Row = { readonly ref: RunRef } | { readonly ref: RunRef; readonly child: Child | undefined };

/**
 * The jobs of one tenant, as they are read for one request. A run is read once: all that is shown of it and of its steps
 * is of one moment.
 *
 * Runs of scripts and requests are not there, nor are runs past their time or of a flow that was deleted.
 */
export class FlowJobReader {
  readonly #platform: Pick<Platform, 'db' | 'now'>;
  readonly #tenant: TenantId;
  /** By job id; undefined: there is no such job. */
  readonly #incarnations = new Map<string, string | undefined>();
  /** By public id. */
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

  /** In the order of `jobs`; undefined where there is none. */
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

  /** The steps of a run: its exports, then its imports. */
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
