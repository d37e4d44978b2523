import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { createRecordCounter } from '../../functions/core/engine/counters/count-records.ts';
import { forEachConcurrent } from '../../functions/core/platform/for-each-concurrent.ts';
import type { Db } from '../../functions/core/store/db.ts';
import type { LambdaStreamRecord } from '../../lib/local/event-sources/stream-event.ts';
import { testPlatform } from '../helpers/fakes/platform.ts';
import { startTestStore } from '../helpers/system/test-store.ts';
import { type Call, CapacityMeter, sum } from './capacity-meter.ts';
import { type CounterLoad, createCounterLoad } from './counter-load.ts';
import { printTable } from './table.ts';

const SHARD_ID = 'shardId-00000001700000000000-0a1b2c3d';
/** Batch size of the event source mapping. */
const BATCH = 2_000;

/** Loads of one shard. `gatherSeconds` above 1: the shard is behind, so that a batch contains that many seconds. */
const LOADS: readonly (CounterLoad & { readonly gatherSeconds: number })[] = [
  { jobs: 600, startSeconds: 60, minutes: 3, seed: 1, gatherSeconds: 1 },
  { jobs: 3_000, startSeconds: 60, minutes: 2, seed: 2, gatherSeconds: 1 },
  { jobs: 3_000, startSeconds: 60, minutes: 2, seed: 2, gatherSeconds: 4 },
  { jobs: 3_000, startSeconds: 10, minutes: 2, seed: 3, gatherSeconds: 1 },
];

interface Consumption {
  cpuMs: number;
  readonly calls: Call[];
}

/**
 * Measures the processor time that the aggregator takes to count runs of many tenants: parsing of the event, requests
 * and responses, without the store, which is a process of its own. The first minute fills its cache and is not measured.
 */
export async function measureCounterScale(): Promise<void> {
  const store = await startTestStore({ streams: false });
  try {
    const meter = new CapacityMeter(store.db.client);
    const rows = [];
    for (const load of LOADS) rows.push(await measure(meter, testPlatform(store.db), load));
    const bareMs = await measureBareUpdate(store.db);
    printTable(
      `Counters: one shard, 100 jobs a tenant, each job once a minute (a bare update takes ${round(bareMs)} ms of CPU)`,
      [
        'runs/s',
        'started within s',
        's/batch',
        'updates/run',
        'write units/run',
        'read units/run',
        'CPU ms/run',
        'CPU ms/update',
        'runs/s on one vCPU',
      ],
      rows,
    );
  } finally {
    await store.stop();
  }
}

/** Returns the processor time in milliseconds of the smallest update of an item through the SDK. */
async function measureBareUpdate(db: Db): Promise<number> {
  const numbers = Array.from({ length: 2_000 }, (_, i) => i);
  const send = async (i: number) => {
    const Key = { pk: { S: 'bare' }, sk: { S: String(i % 100) } };
    await db.client.send(new UpdateItemCommand({ TableName: db.tables.counters, Key }));
  };
  const before = process.cpuUsage();
  await forEachConcurrent(16, numbers, send);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / numbers.length;
}

type Load = (typeof LOADS)[number];

async function measure(meter: CapacityMeter, platform: ReturnType<typeof testPlatform>, load: Load) {
  const countRecords = createRecordCounter(platform);
  const seconds = await createCounterLoad(load);
  const consumed: Consumption = { cpuMs: 0, calls: [] };
  meter.take();
  for (let second = 0; second < seconds.length; second += load.gatherSeconds) {
    const records = seconds.slice(second, second + load.gatherSeconds).flat();
    platform.advance(load.gatherSeconds * 1_000);
    for (let i = 0; i < records.length; i += BATCH) {
      const event = JSON.stringify(records.slice(i, i + BATCH));
      const before = process.cpuUsage();
      await countRecords(SHARD_ID, JSON.parse(event) as LambdaStreamRecord[]);
      const { user, system } = process.cpuUsage(before);
      const calls = meter.take();
      if (second < 60) continue;
      consumed.cpuMs += (user + system) / 1_000;
      consumed.calls.push(...calls);
    }
  }
  const runs = load.jobs * (load.minutes - 1);
  const updates = consumed.calls.filter(({ operation }) => operation === 'UpdateItem').length;
  return [
    load.jobs / load.startSeconds,
    load.startSeconds,
    load.gatherSeconds,
    round(updates / runs),
    round(sum(consumed.calls, 'write') / runs),
    round(sum(consumed.calls, 'read') / runs),
    round(consumed.cpuMs / runs),
    round(consumed.cpuMs / updates),
    Math.round((1_000 * runs) / consumed.cpuMs),
  ];
}

const round = (value: number) => Math.round(value * 100) / 100;
