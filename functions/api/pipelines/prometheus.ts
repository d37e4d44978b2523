import { isOfFlow, isTerminal, type RunRef } from '../../core/domain/run.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { loadPlan } from '../../core/engine/flow/plan-store.ts';
import { TimedCache } from '../../core/platform/timed-cache.ts';
import { getCounters } from '../../core/store/counters.ts';
import { walkActive } from '../../core/store/flow-lists.ts';
import { listJobs } from '../../core/store/jobs.ts';
import { counterKey, type JobRef } from '../../core/store/keys.ts';
import { getLatencies } from '../../core/store/latencies.ts';
import { getRuns } from '../../core/store/runs.ts';
import { listTasks } from '../../core/store/tasks.ts';
import { operation } from '../http/operation.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { type ActiveJob, jobFamilies, omittedFamily, pipelineFamilies } from './prometheus-families.ts';
import { PROMETHEUS_TYPE, prometheusText } from './prometheus-text.ts';

/** What is told of one by one, so that the number of time series has an end. */
export interface MetricsBounds {
  readonly jobs: number;
  readonly pipelines: number;
}

const BOUNDS: MetricsBounds = { jobs: 100, pipelines: 1_000 };

/** How long, and of how many tenants, it is remembered which pipelines there are: it is much to read for their ids. */
const KEEP_MS = 60_000;
const KEPT = 100;

type Reader = Pick<PipelinesPlatform, 'db' | 'now' | 'objects'>;

/**
 * What a Prometheus server scrapes: of each pipeline of the tenant its jobs by state, now and ever, and of each job at
 * work what it did so far. A pipeline that was defined within the last minute may be missing.
 */
export const getMetrics = (platform: Reader, bounds = BOUNDS) => {
  const { db, now } = platform;
  const known = new TimedCache<readonly JobRef[]>({ keepMs: KEEP_MS, size: KEPT, now });

  const pipelinesOf = async (tenant: TenantId): Promise<readonly JobRef[]> => {
    const kept = known.get(tenant);
    if (kept) return kept;
    const asked = now();
    const flows = (await listJobs(db, tenant)).filter(({ target }) => target.type === 'flow');
    const refs = flows.map(({ id, incarnation }) => ({ tenant, jobId: id, incarnation }));
    known.set(tenant, refs, asked);
    return refs;
  };

  return operation({
    async handle({ caller: { tenant } }) {
      const [pipelines, active] = await Promise.all([pipelinesOf(tenant), activeRuns(platform, tenant)]);
      const counted = pipelines.slice(0, bounds.pipelines);
      const told = active.slice(0, bounds.jobs);
      const [counters, jobs] = await Promise.all([
        getCounters(
          db,
          counted.map((pipeline) => counterKey(tenant, { kind: 'job', ...pipeline })),
        ),
        readJobs(platform, told),
      ]);
      const body = prometheusText([
        ...pipelineFamilies(counted.map(({ jobId }, i) => ({ pipelineId: jobId, counter: counters[i] }))),
        ...jobFamilies(jobs, now()),
        omittedFamily({ pipelines: pipelines.length - counted.length, jobs: active.length - told.length }),
      ]);
      return { status: 200, body, headers: { 'content-type': PROMETHEUS_TYPE } };
    },
  });
};

/** The runs of flows that a worker took and that have not ended, the oldest first: a series goes on as it began. */
async function activeRuns({ db }: Reader, tenant: TenantId): Promise<readonly RunRef[]> {
  const ever = { from: '0000-01-01T00:00:00.000Z', through: '9999-12-31T23:59:59.999Z', oldestFirst: true };
  // A tenant may have fewer runs at once than one page of the index has.
  for await (const { rows } of walkActive(db, tenant, ever, { runs: ['running', 'stopping'], steps: [] })) {
    return rows.flatMap(({ kind, ref }) => (kind === 'flow' ? ref : []));
  }
  return [];
}

/** Those of the runs that were planned and have not ended. */
async function readJobs(platform: Reader, refs: readonly RunRef[]): Promise<readonly ActiveJob[]> {
  const runs = await getRuns(platform.db, refs);
  const jobs = await Promise.all(
    runs.map(async (run): Promise<ActiveJob | undefined> => {
      if (!run || !isOfFlow(run) || !run.flow.plan || isTerminal(run.state)) return undefined;
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
