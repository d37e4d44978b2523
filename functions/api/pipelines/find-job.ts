import { JobdeckError } from '../../core/domain/errors.ts';
import type { Flow } from '../../core/domain/flow/flow.ts';
import type { Plan } from '../../core/domain/flow/plan.ts';
import type { Task } from '../../core/domain/flow/task.ts';
import { isFlowRun, type RunWithFlow } from '../../core/domain/run.ts';
import { parseRunId } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { loadPlan } from '../../core/engine/flow/plan/plan-store.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getIncarnations } from '../../core/store/job-states.ts';
import { getJob } from '../../core/store/jobs.ts';
import { isPurgeDue } from '../../core/store/run-item.ts';
import { getRun } from '../../core/store/runs.ts';
import { listTasks } from '../../core/store/tasks.ts';
import { pathParameter } from '../openapi/common-schemas.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';

/** A run of a flow with its definition and progress. The pipelines contract calls it a job. */
export interface PipelineJob {
  readonly run: RunWithFlow;
  /** The flow at the time of planning; before that, the current flow of the pipeline. */
  readonly flow: Flow;
  /** `null` before planning. */
  readonly plan: Plan | null;
  /** A consistent snapshot in the order of task indexes; empty before planning. */
  readonly tasks: readonly Task[];
}

export const JOB_ID_EXAMPLE = 'orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1';

export const jobParameter = () => pathParameter('job_id', 'The id of the job.', JOB_ID_EXAMPLE);

/**
 * The error for a malformed or expired id, an id of another tenant, and a run of a script. The cases are
 * indistinguishable.
 */
export const jobNotFoundError = () => new JobdeckError('not_found', 'job.not_found', 'Job not found');

/**
 * Returns the run of a flow by its public id.
 *
 * @throws JobdeckError `job.not_found`
 */
export async function requireFlowRun(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  id: string,
): Promise<RunWithFlow> {
  const ref = parseRunId(tenant, id);
  if (!ref) throw jobNotFoundError();
  const [run, incarnations] = await Promise.all([getRun(db, ref), getIncarnations(db, tenant, [ref.jobId])]);
  const exists = run && incarnations.get(ref.jobId) === ref.incarnation && !isPurgeDue(run, now());
  if (!exists || !isFlowRun(run)) throw jobNotFoundError();
  return run;
}

/**
 * Returns a run of a flow with its plan and tasks. The number of reads does not depend on how long the job ran.
 *
 * @throws JobdeckError `job.not_found`
 */
export async function requirePipelineJob(
  platform: Pick<PipelinesPlatform, 'db' | 'now' | 'objects'>,
  tenant: TenantId,
  id: string,
): Promise<PipelineJob> {
  const run = await requireFlowRun(platform, tenant, id);
  if (!run.flow.plan) return { run, flow: await findFlowBeforePlan(platform, run), plan: null, tasks: [] };
  const { attempt, tasks: count } = run.flow.plan;
  const [plan, tasks] = await Promise.all([
    loadPlan(platform.objects, run, attempt),
    listTasks(platform.db, run, count),
  ]);
  // Retention removes a run's objects before its row.
  if (!plan) throw jobNotFoundError();
  return { run, flow: plan.flow, plan, tasks };
}

/** Returns the flow of a run that is not planned yet. */
async function findFlowBeforePlan({ db }: Pick<Platform, 'db'>, run: RunWithFlow): Promise<Flow> {
  const job = await getJob(db, run.tenant, run.jobId);
  if (job?.target.type !== 'flow') throw jobNotFoundError();
  const { flow } = job.target;
  return { ...flow, parallelism: run.flow.restart?.parallelism ?? flow.parallelism };
}
