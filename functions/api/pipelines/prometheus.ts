import { isFlowRun, isTerminal, type RunRef } from '../../core/domain/run.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { loadPlan } from '../../core/engine/flow/plan/plan-store.ts';
import { getCounters } from '../../core/store/counters.ts';
import { listJobs } from '../../core/store/jobs.ts';
import { counterKey, type JobRef } from '../../core/store/keys.ts';
import { getLatencies } from '../../core/store/latencies.ts';
import { walkActive } from '../../core/store/run-index.ts';
import { getRuns } from '../../core/store/runs.ts';
import { listTasks } from '../../core/store/tasks.ts';
import { isFlowJob } from '../definition/find-job.ts';
import { route } from '../http/route.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { type ActiveJob, jobFamilies, omittedFamily, pipelineFamilies } from './prometheus-families.ts';
import { PROMETHEUS_TYPE, prometheusText } from './prometheus-text.ts';

/** Maximum jobs and pipelines with metrics of their own, which bounds the number of time series. */
export interface MetricsBounds {
  readonly jobs: number;
  readonly pipelines: number;
}

const DEFAULT_BOUNDS: MetricsBounds = { jobs: 100, pipelines: 1_000 };

type ReadPlatform = Pick<PipelinesPlatform, 'db' | 'now' | 'objects'>;

interface MetricsDependencies extends Pick<PipelinesPlatform, 'db' | 'now' | 'objects' | 'pipelineCache'> {
  /** @defaultValue 100 jobs and 1,000 pipelines */
  readonly metricsBounds?: MetricsBounds;
}

export const getMetrics = route({
  method: 'GET',
  path: '/api/v1/metrics',
  operation: 'getMetrics',
  action: 'read',
  openapi: () => ({
    summary: 'Get metrics for Prometheus',
    description:
      'Returns the number of jobs by state for each pipeline, and the progress of each active job. A pipeline that was ' +
      'created within the last minute may be missing.',
  }),
  responses: () => ({
    200: { description: 'Metrics in the Prometheus text format, version 0.0.4.', textTypes: ['text/plain'] },
  }),
  async handle({ caller: { tenant } }, dependencies: MetricsDependencies) {
    const { db, now, metricsBounds: bounds = DEFAULT_BOUNDS } = dependencies;
    const [pipelines, active] = await Promise.all([
      findPipelines(dependencies, tenant),
      listActiveRuns(dependencies, tenant),
    ]);
    const reportedPipelines = pipelines.slice(0, bounds.pipelines);
    const reportedRuns = active.slice(0, bounds.jobs);
    const [counters, jobs] = await Promise.all([
      getCounters(
        db,
        reportedPipelines.map((pipeline) => counterKey(tenant, { kind: 'job', ...pipeline })),
      ),
      readJobs(dependencies, reportedRuns),
    ]);
    const body = prometheusText([
      ...pipelineFamilies(reportedPipelines.map(({ jobId }, i) => ({ pipelineId: jobId, counter: counters[i] }))),
      ...jobFamilies(jobs, now()),
      omittedFamily({
        pipelines: pipelines.length - reportedPipelines.length,
        jobs: active.length - reportedRuns.length,
      }),
    ]);
    return { status: 200, body, headers: { 'content-type': PROMETHEUS_TYPE } };
  },
});

async function findPipelines(
  { db, now, pipelineCache }: MetricsDependencies,
  tenant: TenantId,
): Promise<readonly JobRef[]> {
  const cached = pipelineCache.get(tenant);
  if (cached) return cached;
  const readAt = now();
  const flows = (await listJobs(db, tenant)).filter(isFlowJob);
  const refs = flows.map(({ id, incarnation }) => ({ tenant, jobId: id, incarnation }));
  pipelineCache.set(tenant, refs, readAt);
  return refs;
}

/**
 * Lists flow runs that a worker has claimed and that have not ended, oldest first, so that a time series continues from
 * scrape to scrape.
 */
async function listActiveRuns({ db }: ReadPlatform, tenant: TenantId): Promise<readonly RunRef[]> {
  const allTime = { from: '0000-01-01T00:00:00.000Z', through: '9999-12-31T23:59:59.999Z', oldestFirst: true };
  // A tenant's maximum of concurrent runs is smaller than one page of the index.
  for await (const { rows } of walkActive(db, tenant, allTime, { runs: ['running', 'stopping'], steps: [] })) {
    return rows.flatMap(({ kind, ref }) => (kind === 'flow' ? ref : []));
  }
  return [];
}

/** Returns the runs that are planned and have not ended. */
async function readJobs(platform: ReadPlatform, refs: readonly RunRef[]): Promise<readonly ActiveJob[]> {
  const runs = await getRuns(platform.db, refs);
  const jobs = await Promise.all(
    runs.map(async (run): Promise<ActiveJob | undefined> => {
      if (!run || !isFlowRun(run) || !run.flow.plan || isTerminal(run.state)) return undefined;
      const [plan, tasks, latencies] = await Promise.all([
        loadPlan(platform.objects, run, run.flow.plan.attempt),
        listTasks(platform.db, run, run.flow.plan.tasks),
        getLatencies(platform.db, run),
      ]);
      return plan && { run, flow: plan.flow, plan, tasks, latencies };
    }),
  );
  return jobs.flatMap((job) => job ?? []);
}
