import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Job } from '../../functions/core/domain/job.ts';
import { MINUTE_MS } from '../../functions/core/domain/timing.ts';
import { dispatchSweeps } from '../../functions/core/engine/sweep/dispatch-sweeps.ts';
import { sweepDueTenant } from '../../functions/core/engine/sweep/sweep-due-tenant.ts';
import { PASS_MINUTES } from '../../functions/core/engine/sweep/sweep-limits.ts';
import { putTenant } from '../../functions/core/store/tenants.ts';
import { givenJobCounts, givenRuns } from '../helpers/builders/counted-runs.ts';
import { endedRun } from '../helpers/builders/ended-run.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { givenJob, newTenant } from '../helpers/builders/jobs.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { startTestStore } from '../helpers/system/test-store.ts';
import { CapacityMeter, sum } from './capacity-meter.ts';
import { printTable } from './table.ts';

const IDLE_TENANTS = [100, 1_000, 10_000];
const ACTIVE_TENANTS = [10, 100, 1_000];
/** Flow definitions of the largest tenant, and bytes of each: the limit of a definition. */
const LARGEST = { definitions: 1_000, bytes: 32_000 };
/** Tenants that are created at once. */
const CREATED_AT_ONCE = 20;

/** Measures a minute of sweeping beside idle and active tenants. The store is a process of its own. */
export async function measureSweeperScale(): Promise<void> {
  const rows = [];
  for (const count of IDLE_TENANTS) rows.push(await measure(`${count} idle tenants`, count, givenIdleTenant));
  for (const count of ACTIVE_TENANTS) rows.push(await measure(`${count} active tenants`, count, givenActiveTenant));
  rows.push(await measure(`a tenant with ${LARGEST.definitions} new flows of 32 KB`, 1, givenLargeTenant));
  printTable(
    'Sweeper: one minute of all sweeps',
    ['stage', 'messages', 'calls', 'read units', 'write units', 'CPU ms', 'heap MB'],
    rows,
  );
}

async function measure(stage: string, count: number, givenTenant: (platform: TestPlatform) => Promise<void>) {
  const store = await startTestStore({ streams: false });
  try {
    const meter = new CapacityMeter(store.db.client);
    const platform = testPlatform(store.db);
    for (let made = 0; made < count; made += CREATED_AT_ONCE) {
      const size = Math.min(CREATED_AT_ONCE, count - made);
      await Promise.all(Array.from({ length: size }, () => givenTenant(platform)));
    }
    meter.take();
    let messages = 0;
    const heap = watchHeap();
    const before = process.cpuUsage();
    // The pass visits a tenant each `PASS_MINUTES`.
    for (let minute = 0; minute < PASS_MINUTES; minute++) {
      platform.advance(MINUTE_MS);
      await dispatchSweeps(platform);
      for (const { tenant, full } of platform.sweeps.splice(0)) {
        await sweepDueTenant(platform, { v: 1, tenant, ...(full && { full }) });
        messages += 1;
      }
    }
    const { user, system } = process.cpuUsage(before);
    const calls = meter.take();
    const perMinute = (total: number) => Math.round((total / PASS_MINUTES) * 10) / 10;
    return [
      stage,
      perMinute(messages),
      perMinute(calls.length),
      perMinute(sum(calls, 'read')),
      perMinute(sum(calls, 'write')),
      Math.round((user + system) / 1_000 / PASS_MINUTES),
      heap.stop(),
    ];
  } finally {
    await store.stop();
  }
}

/** Watches the maximum of the heap above its size now, with garbage that is not collected yet. `stop` returns it in MB. */
function watchHeap(): { stop(): number } {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const before = process.memoryUsage().heapUsed;
  let maximum = before;
  const timer = setInterval(() => {
    maximum = Math.max(maximum, process.memoryUsage().heapUsed);
  }, 2);
  return {
    stop() {
      clearInterval(timer);
      return Math.round((maximum - before) / 2 ** 20);
    },
  };
}

/** Creates a tenant with a job that nothing starts. */
async function givenIdleTenant(platform: TestPlatform): Promise<void> {
  const { tenant } = await givenJob(platform, { schedule: null });
  await putTenant(platform.db, tenant);
}

/** Creates a tenant with as many flow definitions as it may have, all of which are due to be checked. */
async function givenLargeTenant(platform: TestPlatform): Promise<void> {
  const tenant = newTenant();
  const records = [{ text: 'x'.repeat(LARGEST.bytes) }];
  const sources = [{ id: 'source_1', name: 'Orders', type: 'inline' as const, records }];
  for (let i = 0; i < LARGEST.definitions; i++) await givenFlow(platform, { sources }, { tenant, id: `flow-${i}` });
  await putTenant(platform.db, tenant);
  await givenJobCounts(platform, tenant, LARGEST.definitions, 0);
}

/** Creates a tenant with a running run. */
async function givenActiveTenant(platform: TestPlatform): Promise<void> {
  const job = await givenJob(platform, { tenant: newTenant(), schedule: null });
  await putTenant(platform.db, job.tenant);
  await givenRuns(platform, runningRun(platform, job));
}

function runningRun(platform: TestPlatform, job: Job) {
  const at = new Date(platform.now()).toISOString();
  const until = new Date(platform.now() + 10 * MINUTE_MS).toISOString();
  return endedRun(job, 1, {
    state: 'running',
    createdAt: at,
    startedAt: at,
    attemptStartedAt: at,
    finishedAt: null,
    exitCode: null,
    executionMs: null,
    lease: { token: 'token', until },
  });
}
