import './environment.ts';
import { getJobStats } from '../../../functions/api/admin/job-stats.ts';
import { createFlowsCursorSigner } from '../../../functions/api/flows/cursor.ts';
import { listJobs } from '../../../functions/api/flows/list-jobs.ts';
import type { ApiRequest, ApiResponse, ApiRoute } from '../../../functions/api/http/route.ts';
import { getMetrics as getIntegrationMetrics } from '../../../functions/api/integrations/metrics.ts';
import { createPipelineCache } from '../../../functions/api/pipelines/pipeline-cache.ts';
import { getMetrics as getPipelineMetrics } from '../../../functions/api/pipelines/prometheus.ts';
import { getStats } from '../../../functions/api/runner/stats.ts';
import { toMinute } from '../../../functions/core/domain/counters.ts';
import type { Job } from '../../../functions/core/domain/job.ts';
import { isFlowRun, type Run } from '../../../functions/core/domain/run.ts';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import type { Objects } from '../../../functions/core/platform/objects.ts';
import type { Platform } from '../../../functions/core/platform/platform.ts';
import type { Ending } from './run-observer.ts';

const HOUR_MS = 60 * 60_000;

/** The rows of a tenant and the observed ends of its runs. */
export interface TenantState {
  readonly tenant: TenantId;
  readonly jobs: readonly Job[];
  readonly runs: readonly Run[];
  readonly endings: readonly Ending[];
}

type Answer = Readonly<Record<string, unknown>>;

/**
 * Compares the counts of the five surfaces with the rows of an idle simulation.
 *
 * @returns a description of each difference
 */
export async function findMiscounts(
  platform: Platform & { readonly objects: Objects },
  tenantState: TenantState,
): Promise<string[]> {
  const { tenant, jobs, runs, endings } = tenantState;
  const found: string[] = [];
  const compare = (where: string, said: unknown, expected: unknown) => {
    const [is, was] = [JSON.stringify(said), JSON.stringify(expected)];
    if (is !== was) found.push(`${tenant}: ${where} returns ${is} instead of ${was}`);
  };
  type Handle = (request: ApiRequest) => Promise<ApiResponse>;
  const bind =
    <Dependencies>({ handle }: ApiRoute<Dependencies>, dependencies: Dependencies): Handle =>
    (request) =>
      handle(request, dependencies);
  const ask = async (handle: Handle, request: Partial<ApiRequest> = {}): Promise<unknown> => {
    const caller = { tenant, roles: ['OWNER'], name: 'ana' } as const;
    const whole = {
      caller,
      params: {},
      query: {},
      body: {},
      headers: {},
      remainingMs: () => 30_000,
      mayWait: async () => true,
      countRequest: async () => {},
      ...request,
    };
    return (await handle(whole)).body;
  };
  const count = (state: Run['state'], of = runs) => of.filter((run) => run.state === state && !run.acknowledged).length;

  const metrics = bind(getIntegrationMetrics, platform);
  const ended = endings.map(({ run }) => run).filter(({ state }) => state !== 'canceled');
  for (const integrationId of [null, 'shop']) {
    const ofTenant = runs.filter((run) => integrationId === null || run.integrationId === integrationId);
    const finishes = ended.filter((run) => integrationId === null || run.integrationId === integrationId);
    const { pendingCount, processingCount, failedCount, lastRunAt } = (await ask(metrics, {
      query: { integrationId },
    })) as Answer;
    const last = finishes.map(({ finishedAt }) => finishedAt ?? '').sort();
    compare(
      `integrations (${integrationId ?? 'all'})`,
      { pendingCount, processingCount, failedCount, lastRunAt },
      { pendingCount: 0, processingCount: 0, failedCount: count('failed', ofTenant), lastRunAt: last.at(-1) ?? null },
    );
  }

  for (const job of jobs) {
    const ofTenant = runs.filter(({ jobId, incarnation }) => jobId === job.id && incarnation === job.incarnation);
    const { data } = (await ask(bind(getJobStats, platform), { params: { jobName: job.id } })) as { data: Answer };
    const queue = {
      pending: 0,
      processing: 0,
      failed: count('failed', ofTenant),
      completed: count('completed', ofTenant),
    };
    compare(`admin (${job.id})`, data.queue, queue);
  }

  const { totalJobs, running, okLastHour, errorsLastHour } = (await ask(bind(getStats, platform))) as Answer;
  const since = toMinute(platform.now() - HOUR_MS + 60_000);
  const recent = ended.filter(({ finishedAt }) => (finishedAt ?? '').slice(0, 16) >= since);
  const [ok, error] = ['completed', 'failed'].map((state) => recent.filter((run) => run.state === state).length);
  const expected = { totalJobs: jobs.length, running: 0, okLastHour: ok, errorsLastHour: error };
  compare('runner', { totalJobs, running, okLastHour, errorsLastHour }, expected);

  const page = (await ask(bind(listJobs, { ...platform, cursors: createFlowsCursorSigner(platform) }), {
    query: { type: 'flow' },
  })) as Answer[];
  for (const status of ['queued', 'running', 'completed', 'failed', 'canceled'] as const) {
    const flows = runs.filter((run) => isFlowRun(run) && run.state === status);
    compare(`flows (${status})`, page.filter((job) => job.status === status).length, flows.length);
  }

  const pipelineCache = createPipelineCache(platform.now);
  const text = String(await ask(bind(getPipelineMetrics, { ...platform, pipelineCache })));
  for (const job of jobs.filter(({ target }) => target.type === 'flow')) {
    for (const [label, state] of Object.entries({ Finished: 'completed', Failed: 'failed', Stopped: 'canceled' })) {
      const line = `jobdeck_pipeline_jobs_ended_total{pipeline_id="${job.id}",state="${label}"} `;
      const said = text
        .split('\n')
        .find((one) => one.startsWith(line))
        ?.slice(line.length);
      const all = endings.filter(({ run }) => run.jobId === job.id && run.incarnation === job.incarnation);
      compare(`pipelines (${job.id}, ${label})`, said, String(all.filter(({ run }) => run.state === state).length));
    }
  }
  return found;
}
