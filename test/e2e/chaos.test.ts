import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RunView } from '../../functions/api/runner/run-view.ts';
import { parseRunId } from '../../functions/core/domain/run-id.ts';
import { putLimits } from '../../functions/core/store/limits.ts';
import { type Runner, runnerClient } from '../helpers/clients/runner.ts';
import { type HoldingServer, startHoldingServer } from '../helpers/fakes/holding-server.ts';
import { iterations } from '../helpers/iterations.ts';
import { watchRunEnds } from '../helpers/oracles/run-ends.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { systemDb } from '../helpers/system/system-db.ts';
import { type SystemQueue, systemQueue } from '../helpers/system/system-queue.ts';
import { freshTenant, startTestSystem, type TestSystem, tenantId } from '../helpers/system/test-system.ts';
import { TIMEOUT_MS, waitForAssertion } from '../helpers/wait.ts';

/** Faults of queues, workers and clocks in the real system. The tests share its clock and run one after the other. */

// The tests mostly wait, which takes longer on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const LEASE_MS = 60_000;

const KILLS = iterations(4, 12);
/** Number of runs of each of six jobs. */
const RUNS = iterations(4, 10);

let system: TestSystem;
let switchboard: HoldingServer;
let runsQueue: SystemQueue;
let ticksQueue: SystemQueue;

beforeAll(async () => {
  [system, switchboard] = await Promise.all([startTestSystem(), startHoldingServer()]);
  [runsQueue, ticksQueue] = [systemQueue(system, 'runs'), systemQueue(system, 'ticks')];
});
afterAll(async () => {
  runsQueue?.close();
  ticksQueue?.close();
  await system?.stop();
  await switchboard?.stop();
});

/** Creates a tenant with a job whose requests the switchboard holds. */
async function givenJob(job: object = {}): Promise<{ runner: Runner; tenant: string; path: string }> {
  const tenant = freshTenant();
  const path = `/${tenant}`;
  const runner = runnerClient(await system.as(tenant));
  await runner.define({ id: 'job', type: 'http', http: { url: switchboard.url + path }, ...job });
  return { runner, tenant, path };
}

const callsTo = (path: string) => switchboard.calls.filter((call) => call.path === path);

function runMessage(tenant: string, run: RunView) {
  const ref = parseRunId(tenantId(tenant), run.run_id);
  if (!ref) throw new Error(`${run.run_id} is no run id`);
  return { v: 1, ...ref };
}

function worker() {
  const fn = system.functions.get('worker');
  if (!fn) throw new Error('there is no worker');
  return fn;
}

it('runs a run once for messages delivered repeatedly before, during and after it', async () => {
  const { runner, tenant, path } = await givenJob();
  const run = await runner.start('job');
  const message = runMessage(tenant, run);

  await runsQueue.send(message, 4);
  const call = await switchboard.call(path);
  await runsQueue.send(message, 4);
  await waitForAssertion(async () => expect(await runsQueue.depth()).toEqual({ visible: 0, inFlight: 1 }));
  call.answer();
  await runner.waitForEnd('job', run.run_id);
  await runsQueue.send(message, 4);
  await waitForAssertion(async () => expect(await runsQueue.depth()).toEqual({ visible: 0, inFlight: 0 }));

  expect(callsTo(path)).toHaveLength(1);
  expect(await runner.runs('job')).toMatchObject([{ run_id: run.run_id, status: 'ok', attempt: 1 }]);
});

it('creates one run for a tick delivered repeatedly', async () => {
  // The next tick is minutes away, however long the test takes: a run of it would wait for an answer without end.
  const { runner, tenant, path } = await givenJob({ schedule: '*/5 * * * *', overlap_policy: 'allow' });
  await runner.waitForRegistration('job');
  const { next_run: next } = await runner.job('job');
  const { incarnation } = runMessage(tenant, await probe(runner));
  const scheduledAt = String(next).replace('.000Z', 'Z');
  const message = { v: 1, tenant, jobId: 'job', incarnation, scheduledAt };

  system.clock.set(Date.parse(scheduledAt));
  await ticksQueue.send(message, 5);
  (await switchboard.call(path, 2)).answer();
  await waitForAssertion(async () => expect((await runner.runs('job'))[0]).toMatchObject({ status: 'ok' }));
  await ticksQueue.send(message, 5);
  await waitForAssertion(async () => expect(await ticksQueue.depth()).toEqual({ visible: 0, inFlight: 0 }));
  await waitForAssertion(async () => expect(await runsQueue.depth()).toEqual({ visible: 0, inFlight: 0 }));

  const ticks = (await runner.runs('job')).filter((run) => run.trigger === 'schedule');
  expect(ticks).toMatchObject([{ scheduled_at: next, status: 'ok', attempt: 1 }]);
  expect(callsTo(path)).toHaveLength(2);
  await runner.api.delete('/jobs/job');
});

/** Creates a manual run that has ended, the first of its job. */
async function probe(runner: Runner): Promise<RunView> {
  const run = await runner.start('job');
  (await switchboard.call(new URL((await runner.job('job')).http?.url ?? '').pathname)).answer();
  return runner.waitForEnd('job', run.run_id);
}

it('rejects writes of a worker whose lease expired', async () => {
  const { runner, path } = await givenJob({ retry: { attempts: 2, delay_seconds: 0 } });
  const { run_id: runId } = await runner.start('job');
  const zombie = await switchboard.call(path);

  // The worker renews its lease at its next poll. Within a few tries the sweeper is first.
  await vi.waitFor(
    async () => {
      if ((await runner.run('job', runId)).attempt === 1) system.clock.advance(LEASE_MS + 1_000);
      await switchboard.call(path, 2, 4_000);
    },
    { timeout: TIMEOUT_MS },
  );
  const successor = await switchboard.call(path, 2);
  zombie.answer(200, 'late');
  await waitForAssertion(() =>
    expect(system.logs.filter(({ text }) => text.includes('run.lease_lost'))).toHaveLength(1),
  );

  expect(await runner.run('job', runId)).toMatchObject({ status: 'running', attempt: 2, stdout: '' });
  successor.answer(200, 'in time');
  expect(await runner.waitForEnd('job', runId)).toMatchObject({ status: 'ok', attempt: 2, stdout: 'in time' });
});

it('loses, duplicates and overlaps no run while workers are killed at random', async () => {
  const tenant = freshTenant();
  const { db, close } = systemDb(system);
  await putLimits(db, tenantId(tenant), { concurrentRuns: 30 });
  close();
  const watch = await watchRunEnds(system);
  const runner = runnerClient(await system.as(tenant));
  const jobs = ['http-1', 'http-2', 'http-3', 'script-1', 'script-2', 'script-3'];
  for (const id of jobs) {
    const http = { type: 'http', http: { url: `${switchboard.url}/${tenant}` } };
    const work = id.startsWith('http') ? http : { script: 'sleep', args: ['0.1'] };
    await runner.define({ id, ...work, overlap_policy: 'allow', retry: { attempts: 20, delay_seconds: 0 } });
  }
  // More requests at a time would each start a function, and be refused by a machine that takes half a minute for it.
  const started: RunView[] = [];
  for (let i = 0; i < RUNS; i += 1) started.push(...(await Promise.all(jobs.map((id) => runner.start(id)))));

  const uniform = seededRandom(20_261_121);
  const random = (below: number) => Math.floor(uniform() * below);
  // A kill interrupts several runs, so a few kills may leave none. The next attempts start after their leases expire.
  const openCall = () =>
    vi.waitFor(
      () => {
        if (worker().stats.active === 0) system.clock.advance(LEASE_MS + 1_000);
        expect(switchboard.calls.some((call) => call.open)).toBe(true);
      },
      { timeout: TIMEOUT_MS, interval: 500 },
    );
  for (let kills = 0; kills < KILLS; ) {
    await openCall();
    kills += worker().kill('one', random);
    for (const call of switchboard.calls) if (call.open && random(8) === 0) call.answer();
  }
  switchboard.answerAll();

  const all = async () => (await Promise.all(jobs.map((id) => runner.runs(id)))).flat();
  const rows = await vi.waitFor(
    async () => {
      // No worker is active, so only leases of killed workers expire.
      if (worker().stats.active === 0) system.clock.advance(LEASE_MS + 1_000);
      const found = await all();
      expect(found.filter(({ status }) => status !== 'ok')).toEqual([]);
      return found;
    },
    { timeout: TIMEOUT_MS, interval: 1_000 },
  );
  expect(rows.map((run) => run.run_id).toSorted()).toEqual(started.map((run) => run.run_id).toSorted());
  expect(rows.some((run) => run.attempt > 1)).toBe(true);
  expect(started.filter((run) => switchboard.overlapping.has(run.run_id))).toEqual([]);
  const ulids = started.map((run) => runMessage(tenant, run).ulid);
  await waitForAssertion(() => expect(ulids.map((ulid) => watch.ends.get(ulid))).toEqual(ulids.map(() => 1)));
  await watch.stop();
});
