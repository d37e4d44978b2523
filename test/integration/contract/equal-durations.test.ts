import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RunView } from '../../../functions/api/runner/run-view.ts';
import { calculateDurationSeconds, listJobs } from '../../helpers/clients/flow-jobs.ts';
import { flowsClient } from '../../helpers/clients/flows.ts';
import { pipelinesClient } from '../../helpers/clients/pipelines.ts';
import { type Runner, runnerClient } from '../../helpers/clients/runner.ts';
import { statisticsClient } from '../../helpers/clients/statistics.ts';
import { type HoldingServer, startHoldingServer } from '../../helpers/fakes/holding-server.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { sweepEvent } from '../../helpers/system/sweep-event.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';
import { waitForAssertion } from '../../helpers/wait.ts';

/** Every surface shows one duration of a run: `finished_at` − `started_at`. */

vi.setConfig({ testTimeout: 240_000 });

const MINUTE = 60_000;

let system: TestSystem;
let switchboard: HoldingServer;

beforeAll(async () => {
  [system, switchboard] = await Promise.all([shareTestSystem(), startHoldingServer()]);
});
afterAll(async () => {
  await system?.stop();
  await switchboard?.stop();
});

async function givenTenant() {
  const tenant = freshTenant();
  const api = await system.as(tenant, ['OWNER', 'system_admin']);
  const path = `/${tenant}`;
  return {
    tenant,
    api,
    path,
    url: switchboard.url + path,
    runner: runnerClient(api),
    statistics: statisticsClient(api, tenant),
  };
}

type Given = Awaited<ReturnType<typeof givenTenant>>;

const between = (start: string | null, end: string | null) => Date.parse(end ?? '') - Date.parse(start ?? '');
/** Formats a duration like the admin contract. */
const seconds = (ms: number) =>
  Math.round(ms / 100) < 100 ? `${(ms / 1_000).toFixed(1)}s` : `${Math.round(ms / 1_000)}s`;
const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

/** Asserts that all surfaces agree on times and duration of the job's newest run. */
async function expectOneDuration({ api, runner, statistics }: Given, id: string): Promise<RunView> {
  const runs = await runner.runs(id);
  const [newest] = runs;
  if (!newest) throw new Error(`${id} has no run`);
  expect(newest.duration_ms).toBe(between(newest.started_at, newest.finished_at));
  expect(await runner.run(id, newest.run_id)).toMatchObject({ duration_ms: newest.duration_ms });
  await waitForAssertion(async () => {
    const { performance, recentExecutions } = await statistics.jobStats(id);
    const [execution] = recentExecutions;
    expect(between(execution?.startedAt ?? null, execution?.completedAt ?? null)).toBe(newest.duration_ms);
    expect(performance).toMatchObject({
      lastExecutionTime: seconds(newest.duration_ms ?? Number.NaN),
      averageExecutionTime: seconds(mean(runs.map((run) => run.duration_ms ?? Number.NaN))),
    });
    expect(await statistics.metrics(id)).toMatchObject({
      lastRunAt: newest.finished_at,
      lastRunDurationMs: newest.duration_ms,
    });
  });
  const [flowJob] = await listJobs(api, `?type=flow&flow_id=${id}`);
  if (flowJob) {
    expect((calculateDurationSeconds(flowJob) ?? Number.NaN) * 1_000).toBeCloseTo(newest.duration_ms ?? Number.NaN, 6);
    const { start_time: start, finish_time: finish } = await pipelinesClient(api).job(newest.run_id);
    expect((finish ?? Number.NaN) - (start ?? Number.NaN)).toBe(newest.duration_ms);
  }
  return newest;
}

/** Defines a job with an integration of its own id. */
const define = (runner: Runner, id: string, job: object) => runner.define({ id, integration_id: id, ...job });

it('shows a script’s wall time, and its execution time in a separate field', async () => {
  const given = await givenTenant();
  await define(given.runner, 'script', { script: 'echo' });

  const result = await given.runner.trigger('script');

  const run = await expectOneDuration(given, 'script');
  expect(result.duration_ms).toBe(run.duration_ms);
  expect(run.execution_ms).toBeLessThanOrEqual(run.duration_ms ?? Number.NaN);
});

it('shows the wall time of a request, also after a timeout', async () => {
  const given = await givenTenant();
  const { runner, path, url } = given;
  await define(runner, 'request', { type: 'http', http: { url } });
  await define(runner, 'slow', { type: 'http', http: { url: `${url}-slow` }, timeout_ms: 1_000 });
  const { run_id: runId } = await runner.start('request');
  (await switchboard.call(path)).answer();
  await runner.waitForEnd('request', runId);

  expect(await runner.trigger('slow')).toMatchObject({ status: 'timeout' });

  expect(await expectOneDuration(given, 'request')).toMatchObject({ status: 'ok' });
  expect(await expectOneDuration(given, 'slow')).toMatchObject({ status: 'timeout' });
});

it('shows a flow’s wall time on the flow and pipeline surfaces, too', async () => {
  const given = await givenTenant();
  const flow = {
    sources: [{ id: 'made', type: 'generate', count: 25 }],
    sinks: [{ id: 'shown', type: 'preview' }],
  };
  await flowsClient(given.api).define('flow', flow, { integration_id: 'flow' });
  const { run_id: runId } = await given.runner.start('flow');
  await given.runner.waitForEnd('flow', runId);

  const run = await expectOneDuration(given, 'flow');

  expect(run).toMatchObject({ status: 'ok', execution_ms: null });
});

it('includes all attempts of a retried run, from the start of the first', async () => {
  const given = await givenTenant();
  const { runner, path, url } = given;
  const retry = { attempts: 2, delay_seconds: 0 };
  await define(runner, 'retried', { type: 'http', http: { url }, retry });
  const { run_id: runId } = await runner.start('retried');
  const first = await switchboard.call(path);
  const { started_at: startedAt } = await runner.run('retried', runId);

  // Shorter than a lease.
  system.clock.set(system.clock.now() + 40_000);
  first.answer(503);
  (await switchboard.call(path, 2)).answer();
  await runner.waitForEnd('retried', runId);

  const run = await expectOneDuration(given, 'retried');
  expect(run).toMatchObject({ status: 'ok', attempt: 2, started_at: startedAt });
  expect(run.duration_ms).toBeGreaterThanOrEqual(40_000);
  expect(run.execution_ms).toBeLessThan(40_000);
});

it('shows the wall time of a lost run', async () => {
  const given = await givenTenant();
  const { tenant, runner, path, url } = given;
  await define(runner, 'lost', { type: 'http', http: { url } });
  const { run_id: runId } = await runner.start('lost');
  await switchboard.call(path);

  await waitForAssertion(async () => {
    system.clock.set(system.clock.now() + 2 * MINUTE);
    await system.functions.get('sweeper')?.invoke(sweepEvent(tenant));
    expect(await runner.run('lost', runId)).toMatchObject({ status: 'error' });
  });

  const run = await expectOneDuration(given, 'lost');
  expect(run.reason).toContain('stopped sending heartbeats');
  expect(run).toMatchObject({ execution_ms: null });
});

it('shows no duration of a run that was canceled while it waited', async () => {
  const given = await givenTenant();
  const { runner, path, url, statistics } = given;
  await define(runner, 'busy', { type: 'http', http: { url }, overlap_policy: 'queue' });
  const first = await runner.start('busy');
  const call = await switchboard.call(path);
  const second = await runner.start('busy');
  expect(await runner.api.post(`/jobs/busy/runs/${second.run_id}/cancel`)).toMatchObject({ status: 200 });
  call.answer();
  await runner.waitForEnd('busy', first.run_id);

  const [canceled, ended] = await runner.runs('busy');

  const none = { status: 'canceled', started_at: null, duration_ms: null, execution_ms: null };
  expect(canceled).toMatchObject(none);
  await waitForAssertion(async () => {
    expect(await statistics.jobStats('busy')).toMatchObject({
      performance: { lastExecutionTime: seconds(ended?.duration_ms ?? Number.NaN) },
      recentExecutions: [{ id: ended?.run_id }],
    });
    expect(await statistics.metrics('busy')).toMatchObject({ lastRunDurationMs: ended?.duration_ms });
  });
});
