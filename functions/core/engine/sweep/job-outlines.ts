import type { JobOutline } from '../../domain/job.ts';
import type { RunRef } from '../../domain/run.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Db } from '../../store/db.ts';
import { getJobOutlines } from '../../store/jobs.ts';

/** The outlines of the jobs of a sweep's runs. Each is read once. */
export class JobOutlines {
  readonly #db: Db;
  readonly #tenant: TenantId;
  /** Outlines by job id; `undefined` for a deleted job. */
  readonly #read = new Map<string, JobOutline | undefined>();

  constructor(db: Db, tenant: TenantId) {
    this.#db = db;
    this.#tenant = tenant;
  }

  /** Reads the outlines of the jobs of runs that were not read before. */
  async load(runs: readonly Pick<RunRef, 'jobId'>[]): Promise<void> {
    const ids = [...new Set(runs.map(({ jobId }) => jobId))].filter((id) => !this.#read.has(id));
    const found = await getJobOutlines(this.#db, this.#tenant, ids);
    for (const id of ids) this.#read.set(id, found.get(id));
  }

  /** Returns the job of a run, or `undefined` if it was deleted, or defined again with another incarnation. */
  of({ jobId, incarnation }: Pick<RunRef, 'jobId' | 'incarnation'>): JobOutline | undefined {
    const job = this.#read.get(jobId);
    return job?.incarnation === incarnation ? job : undefined;
  }
}
