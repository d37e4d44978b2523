import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { RunStatus } from '../../../functions/api/runner/run-status.ts';
import type { RunView } from '../../../functions/api/runner/run-view.ts';
import { putLimits } from '../../../functions/core/store/limits.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { statisticsClient } from '../../helpers/clients/statistics.ts';
import { type HoldingServer, startHoldingServer } from '../../helpers/fakes/holding-server.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { startTestSystem, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';
import { waitForAssertion, waitUntil } from '../../helpers/wait.ts';

/** All surfaces that count runs agree, also after an acknowledgement and the end of the retention. */

vi.setConfig({ testTimeout: 120_000 });

const MINUTE = 60_000;
const TENANT = tenantId('acme');
const SHOP = { integration_id: 'shop' };

let system: TestSystem;
let switchboard: HoldingServer;

beforeAll(async () => {
  [system, switchboard] = await Promise.all([startTestSystem(), startHoldingServer()]);
});
afterAll(async () => {
  await system?.stop();
  await switchboard?.stop();
});

async function keepFor(retentionDays: number): Promise<void> {
  const { db, close } = systemDb(system);
  await putLimits(db, TENANT, { retentionDays });
  close();
}

const STATUS_OF_ADMIN: Partial<Record<RunStatus, string>> = {
  pending: 'pending',
  running: 'processing',
  ok: 'completed',
  error: 'failed',
  timeout: 'failed',
  canceled: 'canceled',
};

/** The last listed row of every run. */
const ever = new Map<string, RunView>();

/**
 * Asserts that all surfaces agree.
 *
 * @returns the number of runs by status
 */
async function agreed(api: ApiClient): Promise<Partial<Record<RunStatus, number>>> {
  const runner = runnerClient(api);
  const { metrics, stats, jobStats } = statisticsClient(api, TENANT);
  const { body } = await api.get<{ jobs: { id: string }[] }>('/jobs');
  const rows = new Map<string, readonly RunView[]>();
  for (const { id } of body.jobs) rows.set(id, await runner.runs(id));
  for (const run of [...rows.values()].flat()) ever.set(run.run_id, run);

  const count = (runs: Iterable<RunView>, ...of: RunStatus[]) =>
    [...runs].filter(({ status }) => of.includes(status)).length;
  // Acknowledged failures are not counted as current.
  const failed = (runs: readonly RunView[]) =>
    count(
      runs.filter((run) => run.acknowledged_at === null),
      'error',
      'timeout',
    );
  const all = [...rows.values()].flat();
  const finished = [...ever.values()].filter(({ status }) => /^(ok|error|timeout)$/.test(status));
  const now = Math.floor(system.clock.now() / MINUTE) * MINUTE;
  const lastHour = finished.filter((run) => Date.parse(run.finished_at ?? '') >= now - 59 * MINUTE);
  const last = finished.sort((a, b) => (a.finished_at ?? '').localeCompare(b.finished_at ?? '')).at(-1);

  const seen = await metrics();
  expect(seen).toEqual({
    pendingCount: count(all, 'pending'),
    processingCount: count(all, 'running'),
    failedCount: failed(all),
    oldestPendingAgeMs: count(all, 'pending') > 0 ? expect.any(Number) : null,
    lastRunAt: last?.finished_at,
    lastRunDurationMs: last?.duration_ms,
  });
  // All jobs belong to one integration.
  const { oldestPendingAgeMs, ...same } = seen;
  expect(await metrics('shop')).toMatchObject(same);
  expect(await stats()).toEqual({
    totalJobs: body.jobs.length,
    running: count(all, 'running'),
    failedRegistrations: 0,
    okLastHour: count(lastHour, 'ok'),
    errorsLastHour: count(lastHour, 'error', 'timeout'),
  });
  for (const [id, runs] of rows) {
    const { queue, performance, recentExecutions } = await jobStats(id);
    expect({ id, queue }).toEqual({
      id,
      queue: {
        pending: count(runs, 'pending'),
        processing: count(runs, 'running'),
        failed: failed(runs),
        completed: count(runs, 'ok'),
      },
    });
    const mine = finished.filter((run) => run.job_id === id);
    expect(performance.successRate === '100%').toBe(mine.length > 0 && count(mine, 'ok') === mine.length);
    expect(performance.successRate === null).toBe(mine.length === 0);
    expect(recentExecutions).toEqual(
      runs
        .filter((run) => run.started_at !== null)
        .slice(0, 10)
        .map((run) => ({
          id: run.run_id,
          status: STATUS_OF_ADMIN[run.status],
          startedAt: run.started_at,
          completedAt: run.finished_at,
          itemsProcessed: run.items_processed,
        })),
    );
  }
  const byStatus = Object.groupBy(all, ({ status }) => status);
  return Object.fromEntries(Object.entries(byStatus).map(([status, runs]) => [status, runs?.length]));
}

test('counts runs of every outcome equally on all surfaces, before and after an acknowledgement and the end of the retention', async () => {
  const api = await system.as(TENANT, ['OWNER', 'system_admin']);
  const runner = runnerClient(api);
  const http = (name: string) => ({ type: 'http', http: { url: `${switchboard.url}/${name}` }, ...SHOP });
  await runner.define({ id: 'good', script: 'echo', ...SHOP });
  await runner.define({ id: 'bad', script: 'fail', ...SHOP });
  await runner.define({ id: 'late', timeout_ms: 1_000, ...http('late') });
  await runner.define({ id: 'stopped', overlap_policy: 'queue', ...http('stopped') });
  const cancel = async (id: string, runId: string) =>
    expect(await api.post(`/jobs/${id}/runs/${runId}/cancel`)).toMatchObject({ status: 200 });
  let called = 0;
  const cancelRunning = async () => {
    const { run_id: runId } = await runner.start('stopped');
    called += 1;
    await switchboard.call('/stopped', called);
    await cancel('stopped', runId);
  };

  // Runs kept for ten minutes.
  await keepFor(10 / 1_440);
  await Promise.all([
    runner.trigger('good').then(() => runner.trigger('good')),
    runner.trigger('bad'),
    runner.trigger('late'),
    cancelRunning(),
  ]);
  // Runs kept for a month.
  await keepFor(30);
  await Promise.all([
    runner.trigger('good'),
    runner.trigger('bad').then(() => runner.trigger('bad')),
    runner.trigger('late'),
    cancelRunning(),
  ]);
  // Current runs: two running, one waiting, one canceled while it waited, and a skipped tick.
  const tick = new Date(Math.ceil(system.clock.now() / MINUTE + 1) * MINUTE);
  const schedule = `${tick.getUTCMinutes()} ${tick.getUTCHours()} ${tick.getUTCDate()} ${tick.getUTCMonth() + 1} *`;
  await runner.define({ id: 'ticking', schedule, ...http('ticking') });
  await runner.waitForRegistration('ticking');
  // No run is active here, and the clock moves by less than a lease.
  system.clock.set(tick.getTime() - 30_000);
  await runner.start('stopped');
  const { run_id: neverStarted } = await runner.start('stopped');
  await cancel('stopped', neverStarted);
  await runner.start('stopped');
  await runner.start('ticking');
  const ticking = await switchboard.call('/ticking');
  system.clock.set(tick.getTime());
  await waitForAssertion(async () =>
    expect((await runner.runs('ticking')).map(({ status }) => status)).toContain('skipped'),
  );

  await waitForAssertion(async () => {
    const expected = { ok: 3, error: 3, timeout: 2, canceled: 3, skipped: 1, running: 2, pending: 1 };
    expect(await agreed(api)).toEqual(expected);
  });

  ticking.answer();
  (await switchboard.call('/stopped', called + 1)).answer();
  (await switchboard.call('/stopped', called + 2)).answer(500);
  await waitForAssertion(async () => {
    expect(await agreed(api)).toEqual({ ok: 5, error: 4, timeout: 2, canceled: 3, skipped: 1 });
  });

  const [failedLast] = (await runner.runs('bad')).map((run) => run.run_id);
  expect(await api.post(`/jobs/bad/runs/${failedLast}/acknowledge`)).toMatchObject({ status: 200 });
  await waitForAssertion(async () => {
    expect(await agreed(api)).toEqual({ ok: 5, error: 4, timeout: 2, canceled: 3, skipped: 1 });
  });

  // Expired rows are removed once a day.
  system.clock.set(system.clock.now() + 25 * 60 * MINUTE);
  const later = await system.as(TENANT, ['OWNER', 'system_admin']);
  const stored = async () => (await runnerClient(later).runs('good')).length;
  // The database removes expired rows soon after the clock was moved.
  await waitUntil(async () => (await stored()) < 5, { what: 'the removal of expired runs' });
  await waitForAssertion(async () => {
    expect(await agreed(later)).toEqual({ ok: 3, error: 3, timeout: 1, canceled: 2, skipped: 1 });
  });
});
