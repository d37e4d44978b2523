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
import type { PipelinesPlatform } from './pipelines-platform.ts';

/** A run of a flow, called a job here, with what it does and how far it is. */
export interface PipelineJob {
  readonly run: RunWithFlow;
  /** What it does: as it was when the run was planned; before that, as the pipeline is now. */
  readonly flow: Flow;
  /** Null before it was planned. */
  readonly plan: Plan | null;
  /** Of one moment, in order; none before it was planned. */
  readonly tasks: readonly Task[];
}

/** The same for what is no id, is another tenant's, is the run of a script, and is past its time. */
export const jobNotFoundError = () => new JobdeckError('not_found', 'job.not_found', 'Job not found');

/** The run of a flow that a client calls a job. @throws JobdeckError `job.not_found` */
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

/** The job with its flow and its tasks: as much to read, however long it ran. @throws JobdeckError `job.not_found` */
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
  // Its objects go before its row does.
  if (!plan) throw jobNotFoundError();
  return { run, flow: plan.flow, plan, tasks };
}

/** What a run will do that was not planned yet. */
async function findFlowBeforePlan({ db }: Pick<Platform, 'db'>, run: RunWithFlow): Promise<Flow> {
  const job = await getJob(db, run.tenant, run.jobId);
  if (job?.target.type !== 'flow') throw jobNotFoundError();
  const { flow } = job.target;
  return { ...flow, parallelism: run.flow.restart?.parallelism ?? flow.parallelism };
}
