import { parseTenantId, type TenantId } from '../../../functions/core/domain/tenant.ts';
import { DAY_MS } from '../../../functions/core/domain/timing.ts';
import { publishMetrics } from '../../../functions/core/engine/counters/publish-metrics.ts';
import { dispatchSweeps } from '../../../functions/core/engine/sweep/dispatch-sweeps.ts';
import { purgeJob } from '../../../functions/core/engine/sweep/purge.ts';
import { PASS_MINUTES, PURGE_LOOKAHEAD } from '../../../functions/core/engine/sweep/sweep-limits.ts';
import { putRun } from '../../../functions/core/store/runs.ts';
import { putTenant } from '../../../functions/core/store/tenants.ts';
import { endedRun } from '../../helpers/builders/ended-run.ts';
import { testPlatform } from '../../helpers/fakes/platform.ts';
import { startTestStore } from '../../helpers/system/test-store.ts';
import { type Call, CapacityMeter, sum } from '../capacity-meter.ts';
import { countingCost } from '../counters.ts';
import { type Bench, jobInUse, newBench, OK, sweepOf, tick, workAll } from '../writes.ts';

/** Consumption of DynamoDB. */
export interface Units {
  readonly writes: number;
  readonly reads: number;
}

/** Capacity units of a run, of the counters and of an idle tenant, measured with the production code. */
export interface MeasuredUnits {
  /** A scheduled script run with 499 bytes of output. */
  readonly run: Units;
  /** Calls of the dispatcher and of the worker, one after another. */
  readonly calls: { readonly dispatcher: number; readonly worker: number };
  /** Bytes that a run leaves behind until its retention ends, with 100 bytes for each item and index entry. */
  readonly storedBytes: number;
  /** The removal of a run that has expired, for jobs that run once a minute. */
  readonly removal: Units;
  /** Counting a run at each of `RATES`. */
  readonly counting: Readonly<Record<Rate, Units>>;
  /** An idle tenant with 100 jobs, for a minute. */
  readonly idleTenant: Units;
  /** The dispatcher of sweeps, and the pass over all tenants with 100 jobs, for a minute without due tenants. */
  readonly idleSweeps: Units;
  /** Number of custom metrics that are published without any run. */
  readonly idleMetrics: number;
}

/** Runs a second, with jobs that run once a minute. */
export const RATES = [10, 0.4] as const;
export type Rate = (typeof RATES)[number];

/** Seconds of counting that are measured. */
const COUNTED_SECONDS = { 10: 15, 0.4: 60 } as const satisfies Readonly<Record<Rate, number>>;
const ITEM_OVERHEAD_BYTES = 100;
/** Entries of a run's row in indexes, with their keys. */
const INDEX_ENTRIES = 2;
const INDEX_ENTRY_BYTES = 250;

/**
 * Measures all units on a store of its own. The figures are the same on every machine.
 *
 * @param windowSeconds batching window of the counters
 */
export async function measureUnits(windowSeconds: number): Promise<MeasuredUnits> {
  const store = await startTestStore();
  try {
    const meter = new CapacityMeter(store.db.client);
    const idle = await idleMinute(store.db, meter);
    const { dispatcher, worker } = await scheduledRun(store.db, meter);
    const counting = [];
    for (const rate of RATES) {
      const load = { rate, jobs: rate * 60, seconds: COUNTED_SECONDS[rate], windowSeconds };
      const { writes, reads } = await countingCost(meter, testPlatform(store.db), load);
      counting.push([rate, { writes, reads }] as const);
    }
    return {
      run: unitsOf([...dispatcher, ...worker]),
      // The sent message is a call, too.
      calls: { dispatcher: dispatcher.length + 1, worker: worker.length },
      storedBytes: storedBytes([...dispatcher, ...worker]),
      removal: await removal(newBench(store.db, meter)),
      counting: Object.fromEntries(counting) as Record<Rate, Units>,
      ...idle,
    };
  } finally {
    await store.stop();
  }
}

const unitsOf = (calls: readonly Call[]): Units => ({ writes: sum(calls, 'write'), reads: sum(calls, 'read') });

type Db = Awaited<ReturnType<typeof startTestStore>>['db'];

async function scheduledRun(db: Db, meter: CapacityMeter) {
  const { platform } = newBench(db, meter);
  const job = await jobInUse({ platform, meter }, {});
  meter.take();
  await tick(platform, job);
  const dispatcher = meter.take();
  await workAll(platform, [OK]);
  return { dispatcher, worker: meter.take() };
}

/** Runs a day of a job that runs once a minute. */
const DAILY_RUNS = 1_440;

/**
 * Measures the sweep of a job whose oldest runs have expired, which happens once a day. DynamoDB removes the runs without
 * consumption.
 */
async function removal({ platform, meter }: Bench): Promise<Units> {
  const job = await jobInUse({ platform, meter }, {});
  for (let number = 1; number <= PURGE_LOOKAHEAD; number++) await putRun(platform.db, endedRun(job, number));
  const { tenant, id: jobId, incarnation } = job;
  meter.take();
  await purgeJob(platform, { tenant, jobId, incarnation }, platform.now() + 31 * DAY_MS);
  const { writes, reads } = unitsOf(meter.take());
  return { writes: writes / DAILY_RUNS, reads: reads / DAILY_RUNS };
}

/** Measures the sweeps of a stage and the metrics of an idle tenant. Needs a store without other tenants. */
async function idleMinute(db: Db, meter: CapacityMeter) {
  const platform = testPlatform(db);
  const publish = async () => {
    meter.take();
    await publishMetrics(platform);
    return unitsOf(meter.take());
  };
  const without = await publish();
  await putTenant(db, parseTenantId('idle') as TenantId);
  const published = await publish();
  meter.take();
  await dispatchSweeps(platform);
  const dispatched = unitsOf(meter.take());
  // An idle tenant has no entry in the agenda. The pass visits it.
  const swept = unitsOf(await sweepOf(newBench(db, meter), 'full'));
  const stage = platform.measured.find(({ message }) => message === 'stage.measured');
  return {
    idleTenant: {
      writes: published.writes - without.writes,
      reads: published.reads - without.reads,
    },
    idleSweeps: {
      writes: dispatched.writes + swept.writes / PASS_MINUTES,
      reads: dispatched.reads + swept.reads / PASS_MINUTES,
    },
    // The reconciler publishes one more, hourly.
    idleMetrics: Object.keys(stage?.values ?? {}).length + 1,
  };
}

/** Returns the bytes of the rows of a run, without the rows of its job. */
function storedBytes(calls: readonly Call[]): number {
  const rows = new Map(calls.filter(({ bytes }) => bytes > 0).map(({ sk, bytes }) => [sk, bytes]));
  const own = [...rows].filter(([sk]) => !sk.startsWith('STATE#'));
  const items = own.reduce((total, [, bytes]) => total + bytes + ITEM_OVERHEAD_BYTES, 0);
  return items + INDEX_ENTRIES * (INDEX_ENTRY_BYTES + ITEM_OVERHEAD_BYTES);
}
