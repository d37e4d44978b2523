import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { RunView } from '../../functions/api/runner/run-view.ts';
import { parseRunId } from '../../functions/core/domain/run-id.ts';
import { RUN_CREATION_GRACE_MS } from '../../functions/core/domain/timing.ts';
import { query } from '../../functions/core/store/db.ts';
import { equals } from '../../functions/core/store/expression.ts';
import { runPartition } from '../../functions/core/store/keys.ts';
import { CREDENTIALS, REGION } from '../../lib/local/support/arn.ts';
import { type Runner, runnerClient } from '../helpers/clients/runner.ts';
import type { JobsBody } from '../helpers/clients/runner-bodies.ts';
import { sweepEvent } from '../helpers/system/sweep-event.ts';
import { systemDb } from '../helpers/system/system-db.ts';
import { freshTenant, startTestSystem, type TestSystem, tenantId } from '../helpers/system/test-system.ts';
import { waitForAssertion } from '../helpers/wait.ts';

/** Schedules that fire by themselves; the tests move only the clock, which they share, and run one after the other. */

// The tests mostly wait, which takes longer on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const MINUTE = 60_000;
const EVERY_MINUTE = { schedule: '* * * * *', script: 'echo', args: ['tick'] };
const iso = (time: number) => new Date(time).toISOString();

let dataDir: string;
let system: TestSystem;
/** Tenants of the current test. */
const tenants: string[] = [];

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'jobdeck-schedule-'));
  system = await startTestSystem({ dataDir });
});
afterEach(async () => {
  // A schedule that remains would fire in every later test.
  for (const tenant of tenants.splice(0)) {
    const api = await system.as(tenant);
    const { jobs } = (await api.get<JobsBody>('/jobs')).body;
    await Promise.all(jobs.map(({ id }) => api.delete(`/jobs/${id}`)));
  }
});
afterAll(async () => {
  await system?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function givenRunner(tenant = freshTenant()): Promise<Runner & { readonly tenant: string }> {
  tenants.push(tenant);
  return { ...runnerClient(await system.as(tenant)), tenant };
}

/** Returns the row of a tick once the tick has an outcome. */
function tick(runner: Runner, id: string, scheduledAt: string): Promise<RunView> {
  return waitForAssertion(async () => {
    const row = (await runner.runs(id)).find((run) => run.scheduled_at === scheduledAt);
    if (!row || /^(pending|running)$/.test(row.status)) throw new Error(`${scheduledAt}: ${row?.status ?? 'no row'}`);
    return row;
  });
}

/**
 * Moves the clock to the job's next run.
 *
 * @returns the row of the tick
 */
async function toNextRun(runner: Runner, id: string): Promise<RunView> {
  const { next_run: next } = await runner.job(id);
  if (next === null) throw new Error(`${id} has no next run`);
  system.clock.set(Date.parse(next));
  return tick(runner, id, next);
}

it('fires every minute at the times announced by next_run', async () => {
  const runner = await givenRunner();
  await runner.define({ id: 'minutely', ...EVERY_MINUTE });
  await runner.waitForRegistration('minutely');

  const fired: RunView[] = [];
  for (let i = 0; i < 4; i++) fired.push(await toNextRun(runner, 'minutely'));

  const first = Date.parse(fired[0]?.scheduled_at ?? '');
  expect(fired).toMatchObject(
    [0, 1, 2, 3].map((i) => ({
      id: i + 1,
      status: 'ok',
      exit_code: 0,
      stdout: 'tick',
      trigger: 'schedule',
      scheduled_at: iso(first + i * MINUTE),
      duration_ms: expect.any(Number),
    })),
  );
  expect(await runner.runs('minutely')).toEqual(fired.toReversed());
  expect(await runner.findListed('minutely')).toMatchObject({ last_status: 'ok', last_run: fired[3]?.started_at });
});

it.each([
  { schedule: '*/7 * * * *' },
  { schedule: 'rate(3 minutes)' },
  // With both days given: two schedules at EventBridge, one tick.
  { schedule: '*/5 * 1-31 * 0-6', timezone: 'Asia/Kathmandu' },
])('fires $schedule exactly at its next_run', async (when) => {
  const runner = await givenRunner();
  await runner.define({ id: 'job', script: 'echo', ...when });
  await runner.waitForRegistration('job');

  const fired = [await toNextRun(runner, 'job'), await toNextRun(runner, 'job')];

  expect(fired).toMatchObject([{ status: 'ok' }, { status: 'ok' }]);
  expect(await runner.runs('job')).toEqual(fired.toReversed());
});

it('does not fire a disabled job until it is enabled', async () => {
  const runner = await givenRunner();
  await runner.define({ id: 'job', ...EVERY_MINUTE });
  await runner.define({ id: 'witness', ...EVERY_MINUTE });
  await runner.waitForRegistration('job');
  await runner.waitForRegistration('witness');
  const before = await toNextRun(runner, 'job');

  expect(await runner.api.post('/jobs/job/disable')).toMatchObject({ status: 200, body: { ok: true } });
  await runner.waitForRegistration('job', 'none');
  expect(await runner.job('job')).toMatchObject({ enabled: 0, next_run: null });
  await toNextRun(runner, 'witness');
  await toNextRun(runner, 'witness');
  expect(await runner.runs('job')).toEqual([before]);

  await runner.api.patch('/jobs/job/enable');
  await runner.waitForRegistration('job');
  const after = await toNextRun(runner, 'job');
  expect(await runner.runs('job')).toEqual([after, before]);
  expect(after).toMatchObject({ id: 2, status: 'ok' });
});

it('removes the schedule and history of a deleted job, which starts anew when it is defined again', async () => {
  const runner = await givenRunner();
  await runner.define({ id: 'job', ...EVERY_MINUTE });
  await runner.define({ id: 'witness', ...EVERY_MINUTE });
  await runner.waitForRegistration('job');
  await runner.waitForRegistration('witness');
  const before = await toNextRun(runner, 'job');
  const jobRef = parseRunId(tenantId(runner.tenant), before.run_id);
  const schedules = await schedulesAtScheduler();
  const rows = await rowsOf(jobRef);
  expect(rows).toHaveLength(1);

  expect(await runner.api.delete('/jobs/job')).toMatchObject({ status: 200, body: { ok: true } });

  for (const path of ['/jobs/job', '/jobs/job/runs', `/jobs/job/runs/${before.run_id}`]) {
    expect(await runner.api.get(path)).toMatchObject({ status: 404 });
  }
  expect(await runner.findListed('job')).toBeUndefined();
  await waitForAssertion(async () => expect(await schedulesAtScheduler()).toHaveLength(schedules.length - 1));
  await toNextRun(runner, 'witness');
  system.clock.advance(RUN_CREATION_GRACE_MS);
  await waitForAssertion(async () => expect(await rowsOf(jobRef)).toEqual([]));

  await runner.define({ id: 'job', ...EVERY_MINUTE });
  await runner.waitForRegistration('job');
  expect(await runner.runs('job')).toEqual([]);
  const after = await toNextRun(runner, 'job');
  expect(after).toMatchObject({ id: 1, status: 'ok' });
  expect(await runner.runs('job')).toEqual([after]);
});

// Last, because these tests stop the system that the others use.
it('runs ticks of the last 5 minutes late after a stop, and records earlier ones as missed', async () => {
  const before = await givenRunner();
  await before.define({ id: 'job', ...EVERY_MINUTE, overlap_policy: 'allow' });
  await before.waitForRegistration('job');
  const first = Date.parse((await toNextRun(before, 'job')).scheduled_at ?? '');
  await system.stop();
  const { clock } = system;

  // Half a minute past, so that no tick is at the edge of the scheduler's limit.
  const down = 20;
  clock.set(first + down * MINUTE + MINUTE / 2);
  system = await startTestSystem({ dataDir, clock });
  const runner = await givenRunner(before.tenant);

  // The sweeper abandons a tick after 10 minutes, when no worker can still run it.
  for (const minute of [down, down + 3, down + 7]) {
    clock.set(first + minute * MINUTE + MINUTE / 2);
    await tick(runner, 'job', iso(first + minute * MINUTE));
  }
  // The sweeper visits a due tenant once a minute, which is longer than a test waits.
  await system.functions.get('sweeper')?.invoke(sweepEvent(before.tenant));
  const rows = await waitForAssertion(async () => {
    const all = (await runner.runs('job')).toSorted((a, b) =>
      (a.scheduled_at ?? '').localeCompare(b.scheduled_at ?? ''),
    );
    expect(all).toHaveLength(down + 8);
    return all;
  });
  expect(rows.map((row) => row.scheduled_at)).toEqual(rows.map((_, minute) => iso(first + minute * MINUTE)));
  const ends = rows.map(({ status, reason }) => reason ?? status);
  const missed = down - 5;
  expect(ends).toEqual([
    'ok',
    ...Array.from({ length: missed }, () => 'missed'),
    ...Array.from({ length: down + 7 - missed }, () => 'ok'),
  ]);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  for (const row of rows.filter(({ reason }) => reason === 'missed')) {
    expect(row).toMatchObject({
      status: 'skipped',
      started_at: null,
      exit_code: null,
      trigger: 'schedule',
      attempt: 0,
    });
  }
});

it('makes up all ticks, or the last one, that an outage prevented', async () => {
  const before = await givenRunner();
  const job = { ...EVERY_MINUTE, overlap_policy: 'allow', catch_up_window_s: 3_600 };
  for (const mode of ['all', 'last']) await before.define({ id: mode, ...job, catch_up: mode });
  for (const mode of ['all', 'last']) await before.waitForRegistration(mode);
  const first = Date.parse((await toNextRun(before, 'all')).scheduled_at ?? '');
  await tick(before, 'last', iso(first));
  await system.stop();
  const { clock } = system;

  const down = 12;
  clock.set(first + down * MINUTE + MINUTE / 2);
  system = await startTestSystem({ dataDir, clock });
  const runner = await givenRunner(before.tenant);
  // The sweeper makes up a tick after 10 minutes, when no message of the scheduler can start it.
  for (const minute of [down, down + 3, down + 7]) {
    clock.set(first + minute * MINUTE + MINUTE / 2);
    for (const mode of ['all', 'last']) await tick(runner, mode, iso(first + minute * MINUTE));
  }

  const ticks = Array.from({ length: down + 8 }, (_, minute) => iso(first + minute * MINUTE));
  // The scheduler repeats those of the last 5 minutes.
  const prevented = ticks.slice(1, down - 4);
  for (const mode of ['all', 'last']) {
    const rows = await waitForAssertion(async () => {
      // The sweeper visits a due tenant once a minute, which is longer than a test waits.
      await system.functions.get('sweeper')?.invoke(sweepEvent(before.tenant));
      const all = await runner.runs(mode);
      expect(ticksOf(all)).toEqual(ticks);
      expect(all.filter(({ status }) => status === 'pending' || status === 'running')).toEqual([]);
      return all;
    });
    const missed = mode === 'all' ? [] : prevented.slice(0, -1);
    expect(ticksOf(rows.filter(({ reason }) => reason === 'missed'))).toEqual(missed);
    expect(rows.filter(({ status }) => status === 'ok')).toHaveLength(ticks.length - missed.length);
    const caughtUp = rows.filter((row) => row.backfill_id !== null);
    expect(ticksOf(caughtUp)).toEqual(mode === 'all' ? prevented : prevented.slice(-1));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  }
});

/** Returns the times of the ticks of rows, ascending. */
const ticksOf = (rows: readonly RunView[]): string[] => rows.map((row) => row.scheduled_at ?? '').toSorted();

async function rowsOf(ref: ReturnType<typeof parseRunId>) {
  if (!ref) throw new Error('not a run id');
  const { db, close } = systemDb(system);
  const rows = await query(db, db.tables.runs, equals('pk', runPartition(ref)));
  close();
  return rows;
}

async function schedulesAtScheduler() {
  const client = new SchedulerClient({
    endpoint: system.endpoints.scheduler,
    region: REGION,
    credentials: CREDENTIALS,
  });
  const { Schedules = [] } = await client.send(new ListSchedulesCommand({}));
  client.destroy();
  return Schedules;
}
