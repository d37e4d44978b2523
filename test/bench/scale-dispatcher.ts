import type { SQSRecord } from 'aws-lambda';
import type { Job } from '../../functions/core/domain/job.ts';
import { dispatchTicks, TICK_CONCURRENCY } from '../../functions/core/engine/start/dispatch-ticks.ts';
import { givenJob, newTenant } from '../helpers/builders/jobs.ts';
import { START, testPlatform } from '../helpers/fakes/platform.ts';
import { startTestStore } from '../helpers/system/test-store.ts';
import { CapacityMeter, sum } from './capacity-meter.ts';
import { printTable } from './table.ts';

const TENANTS = 20;
const JOBS_PER_TENANT = 50;
/** Share of a virtual CPU of a function with 512 MB. */
const CPU_SHARE = 512 / 1_769;
/** Dispatchers of a stage by default. */
const DISPATCHERS = 20;
/** Assumed milliseconds of a call to DynamoDB. */
const CALL_MS = 5;

/** Measures the processor time and the calls of a tick that starts a run. The store is a process of its own. */
export async function measureDispatcherScale(): Promise<void> {
  const store = await startTestStore({ streams: false });
  try {
    const meter = new CapacityMeter(store.db.client);
    const platform = testPlatform(store.db, { concurrentRuns: 1_000 });
    const jobs: Job[] = [];
    for (let i = 0; i < TENANTS; i++) {
      const tenant = newTenant();
      for (let j = 0; j < JOBS_PER_TENANT; j++) jobs.push(await givenJob(platform, { tenant, id: `job-${j}` }));
    }
    meter.take();
    const batches = Array.from({ length: jobs.length / TICK_CONCURRENCY }, (_, i) =>
      jobs.slice(i * TICK_CONCURRENCY, (i + 1) * TICK_CONCURRENCY).map(toTick),
    );
    const before = process.cpuUsage();
    for (const Records of batches) await dispatchTicks(platform, { Records });
    const { user, system } = process.cpuUsage(before);
    const ticks = platform.sent.length;
    if (ticks !== jobs.length) throw new Error(`${ticks} of ${jobs.length} ticks started a run`);
    const calls = meter.take();
    const cpuMs = (user + system) / 1_000 / ticks;
    const callsPerTick = calls.length / ticks;
    const byCpu = (DISPATCHERS * CPU_SHARE * 1_000) / cpuMs;
    const byLatency = (DISPATCHERS * TICK_CONCURRENCY * 1_000) / (callsPerTick * CALL_MS);
    printTable(
      `Dispatcher: ticks/s of ${DISPATCHERS} dispatchers with 512 MB, without the message to SQS`,
      [
        'calls/tick',
        'write units',
        'read units',
        'CPU ms/tick',
        'ticks/s by CPU',
        `ticks/s if a call takes ${CALL_MS} ms`,
      ],
      [
        [
          round(callsPerTick),
          round(sum(calls, 'write') / ticks),
          round(sum(calls, 'read') / ticks),
          round(cpuMs),
          Math.round(byCpu),
          Math.round(byLatency),
        ],
      ],
    );
  } finally {
    await store.stop();
  }
}

const toTick = ({ tenant, id, incarnation }: Job): SQSRecord =>
  ({
    messageId: `${tenant} ${id}`,
    body: JSON.stringify({ v: 1, tenant, jobId: id, incarnation, scheduledAt: new Date(START).toISOString() }),
  }) as SQSRecord;

const round = (value: number) => Math.round(value * 100) / 100;
