import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type Counter, CURRENT_PREFIX } from '../../functions/core/domain/counters.ts';
import { isTerminal, type Run } from '../../functions/core/domain/run.ts';
import { ACTIVE_CLASSES } from '../../functions/core/domain/run-class.ts';
import { RUN_CREATION_GRACE_MS } from '../../functions/core/domain/timing.ts';
import { listCounters, listMinutes } from '../../functions/core/store/counters.ts';
import { type Db, update } from '../../functions/core/store/db.ts';
import { listJobs } from '../../functions/core/store/jobs.ts';
import { counterKey, type JobRef } from '../../functions/core/store/keys.ts';
import { putLimits } from '../../functions/core/store/limits.ts';
import { getRebuild } from '../../functions/core/store/rebuilds.ts';
import { listOldestActive } from '../../functions/core/store/run-lists.ts';
import { type Runner, runnerClient } from '../helpers/clients/runner.ts';
import { type HoldingServer, startHoldingServer } from '../helpers/fakes/holding-server.ts';
import { iterations } from '../helpers/iterations.ts';
import {
  computeCountsOf,
  lateCountsOf,
  listEveryRun,
  readCounter,
  recount,
  recountMinutes,
  storedBytesOf,
} from '../helpers/oracles/recount.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { systemDb } from '../helpers/system/system-db.ts';
import { freshTenant, startTestSystem, type TestSystem, tenantId } from '../helpers/system/test-system.ts';
import { waitForAssertion } from '../helpers/wait.ts';

/** Counters of the real system while their aggregator is killed, and while they are rebuilt, under traffic. */

const KILLS = iterations(4, 20);
/** Concurrent triggers. */
const CLIENTS = 3;

let system: TestSystem;
let switchboard: HoldingServer;
let db: Db;
let closeDb: () => void;

beforeAll(async () => {
  [system, switchboard] = await Promise.all([startTestSystem(), startHoldingServer()]);
  ({ db, close: closeDb } = systemDb(system));
  switchboard.answerAll();
});
afterAll(async () => {
  closeDb?.();
  await system?.stop();
  await switchboard?.stop();
});

function lambda(name: string) {
  const fn = system.functions.get(name);
  if (!fn) throw new Error(`there is no function ${name}`);
  return fn;
}

/** Creates a tenant with jobs of several kinds, two of them with an integration. */
async function given() {
  const tenant = freshTenant();
  await putLimits(db, tenantId(tenant), { concurrentRuns: 30 });
  const runner = runnerClient(await system.as(tenant));
  const http = { type: 'http', overlap_policy: 'allow' };
  const url = `${switchboard.url}/${tenant}`;
  await runner.define({ id: 'ok-1', ...http, http: { url }, integration_id: 'shop' });
  await runner.define({ id: 'ok-2', ...http, http: { url }, integration_id: 'shop' });
  await runner.define({ id: 'ok-3', ...http, http: { url } });
  await runner.define({ id: 'fails', ...http, http: { url: 'http://127.0.0.1:1/nobody' } });
  return { tenant: tenantId(tenant), runner, jobs: ['ok-1', 'ok-2', 'ok-3', 'fails'] };
}

interface Load {
  /** Number of requested runs. */
  readonly asked: number;
  /** Resolves when all pending triggers have been answered. */
  answered(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts runs of these jobs until the load is stopped. */
function startLoad(runner: Runner, jobs: readonly string[]): Load {
  const underWay: Promise<unknown>[] = [];
  let [asked, stopped] = [0, false];
  const client = async (_: unknown, me: number) => {
    for (let i = 0; !stopped; i++) {
      asked += 1;
      underWay[me] = runner.start(jobs[i % jobs.length] as string);
      await underWay[me];
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  // Also after a failure in the middle: the system is stopped later.
  onTestFinished(async () => {
    stopped = true;
    await clients;
  });
  return {
    get asked() {
      return asked;
    },
    async answered() {
      await Promise.all(underWay);
    },
    async stop() {
      stopped = true;
      await clients;
    },
  };
}

/** Waits until all runs have ended and every counter equals a recount of the rows. */
async function expectNoDrift(tenant: ReturnType<typeof tenantId>, timeoutMs = 60_000): Promise<readonly Run[]> {
  const refs = (await listJobs(db, tenant)).map(({ id, incarnation }) => ({ tenant, jobId: id, incarnation }));
  const says = (counter: Counter) => readCounter(db, tenant, counter);
  const byJob = await waitForAssertion(async () => {
    // The rows are read only once no run seems to be active.
    for (const runClass of ACTIVE_CLASSES) expect(await listOldestActive(db, tenant, runClass, 1)).toEqual([]);
    const read = new Map<JobRef, readonly Run[]>();
    for (const ref of refs) read.set(ref, await listEveryRun(db, ref));
    expect([...read.values()].flat().filter(({ state }) => !isTerminal(state))).toEqual([]);
    return read;
  }, timeoutMs);
  const runs = [...byJob.values()].flat();

  await waitForAssertion(async () => {
    const { current, ...lasting } = await says({ kind: 'tenant' });
    const { current: expected, ...lastingExpected } = recount(runs);
    expect(current).toEqual({ ...expected, jobs: refs.length, storedBytes: storedBytesOf(runs) });
    const total = { ...lastingExpected.total, ...lateCountsOf(runs), ...computeCountsOf(runs) };
    expect(lasting).toEqual({ ...lastingExpected, total });
    const ofShop = runs.filter(({ integrationId }) => integrationId === 'shop');
    expect(await says({ kind: 'integration', integrationId: 'shop' })).toEqual(recount(ofShop));
    for (const [ref, ofJob] of byJob) {
      expect(await says({ kind: 'job', ...ref })).toEqual(recount(ofJob));
    }
  }, timeoutMs);
  return runs;
}

it(`counts every run once while the aggregator is killed ${KILLS} times under load`, { timeout: 180_000 }, async () => {
  const { tenant, runner, jobs } = await given();
  const random = seededRandom(20_261_121);
  const load = startLoad(runner, jobs);

  for (let kills = 0; kills < KILLS; ) {
    // Some runs continue between two kills.
    await waitForAssertion(() => expect(load.asked).toBeGreaterThan(6 * (kills + 1)));
    await waitForAssertion(() => expect(lambda('counters').stats.active).toBeGreaterThan(0));
    kills += lambda('counters').kill('one', (below) => Math.floor(random() * below));
  }
  await load.stop();

  const runs = await expectNoDrift(tenant);
  expect(lambda('counters').stats.errors).toBeGreaterThanOrEqual(KILLS / 2);
  expect(runs.length).toBeGreaterThan(KILLS);
  const now = system.clock.now();
  expect(await listMinutes(db, tenant, now, 60)).toEqual(recountMinutes(runs));
});

it('corrects wrong counters, and only those, in a rebuild under traffic', { timeout: 180_000 }, async () => {
  const { tenant, runner, jobs } = await given();
  for (const job of jobs) await runner.trigger(job);
  await expectNoDrift(tenant);
  for (const { counter } of await listCounters(db, tenant)) {
    const add = { [`${CURRENT_PREFIX}completed`]: 3, [`${CURRENT_PREFIX}queued`]: -2, [`${CURRENT_PREFIX}failed`]: 1 };
    await update(db, db.tables.counters, counterKey(tenant, counter), { add });
  }
  const load = startLoad(runner, jobs);

  const rebuilt = lambda('counter-reconciler').invoke({ rebuild: tenant });
  await waitForAssertion(async () => expect((await getRebuild(db, tenant))?.bornSince).toEqual(expect.any(Number)));
  // The grace period must pass in real time: a pending start does not see the moved clock.
  await load.answered();
  system.clock.advance(RUN_CREATION_GRACE_MS);
  // If the clock passed the hour, the scheduled reconciliation rebuilds, too, and one of the two is abandoned.
  let outcome = await rebuilt;
  while (!isDeepStrictEqual(outcome, { tenant, rebuild: 'done' })) {
    expect(outcome).toEqual({ tenant, rebuild: 'under way' });
    outcome = await lambda('counter-reconciler').invoke({ rebuild: tenant });
  }
  await load.stop();

  await expectNoDrift(tenant);
  const corrected = system.logs.filter(({ text }) => text.includes('rebuild.corrected'));
  expect(corrected).toHaveLength(2 + jobs.length);
});
