import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Job } from '../../functions/core/domain/job.ts';
import { registerChanges } from '../../functions/core/engine/registration/register-changes.ts';
import { replaceJob } from '../../functions/core/store/jobs.ts';
import { givenJob, newTenant } from '../helpers/builders/jobs.ts';
import { testPlatform } from '../helpers/fakes/platform.ts';
import { changeOfJob, testRegistrar } from '../helpers/fakes/test-registrar.ts';
import { startTestStore } from '../helpers/system/test-store.ts';
import { CapacityMeter, sum } from './capacity-meter.ts';
import { printTable } from './table.ts';

/** Batch size of the event source mapping. */
const BATCH = 100;
/** Assumed duration of a call to EventBridge Scheduler. */
const CALL_MS = 50;

/** Changes of one tenant's jobs, in the order of the stream: each job is changed in turn. */
interface ChangeLoad {
  readonly what: string;
  readonly jobs: number;
  /** Changes of the time zone after the definition. */
  readonly changes: number;
}

const LOADS: readonly ChangeLoad[] = [
  { what: 'new jobs', jobs: 500, changes: 0 },
  { what: 'one job changed in turn', jobs: 1, changes: 499 },
  { what: 'fifty jobs changed in turn', jobs: 50, changes: 9 },
];

/** Measures the changes of jobs that the registrar processes in one shard, with a fixed delay of each schedule call. */
export async function measureRegistrarScale(): Promise<void> {
  const store = await startTestStore({ streams: false });
  try {
    const meter = new CapacityMeter(store.db.client);
    const rows = [];
    for (const load of LOADS) rows.push(await measure(store.db, meter, load));
    printTable(
      `Registrar: one shard, batches of ${BATCH}, ${CALL_MS} ms a call to EventBridge Scheduler`,
      [
        'load',
        'changes',
        'schedule calls/change',
        'write units/change',
        'read units/change',
        'CPU ms/change',
        'changes/s',
      ],
      rows,
    );
  } finally {
    await store.stop();
  }
}

async function measure(
  db: Awaited<ReturnType<typeof startTestStore>>['db'],
  meter: CapacityMeter,
  { what, jobs, changes }: ChangeLoad,
) {
  const registrar = testRegistrar(testPlatform(db));
  registrar.beforeCall = () => sleep(CALL_MS);
  const records = await storeChanges(registrar.platform, jobs, changes);
  meter.take();
  const before = process.cpuUsage();
  const startedAt = performance.now();
  for (let i = 0; i < records.length; i += BATCH) {
    const failed = await registerChanges(registrar, records.slice(i, i + BATCH));
    if (failed.length > 0) throw new Error(`${failed.length} changes were not registered`);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(before);
  const calls = meter.take();
  const perChange = (value: number) => Math.round((100 * value) / records.length) / 100;
  return [
    what,
    records.length,
    perChange(registrar.calls.length),
    perChange(sum(calls, 'write')),
    perChange(sum(calls, 'read')),
    perChange((user + system) / 1_000),
    Math.round(records.length / seconds),
  ];
}

async function storeChanges(
  platform: ReturnType<typeof testPlatform>,
  count: number,
  changes: number,
): Promise<readonly DynamoDBRecord[]> {
  const tenant = newTenant();
  const jobs: Job[] = [];
  const records: DynamoDBRecord[] = [];
  for (let i = 0; i < count; i++) {
    const job = await givenJob(platform, { tenant, id: `job-${i}` });
    jobs.push(job);
    records.push(changeOfJob(job, { after: job }));
  }
  for (let change = 0; change < changes; change++) {
    for (const [i, before] of jobs.entries()) {
      const timezone = change % 2 === 0 ? 'Europe/Berlin' : 'UTC';
      const after = { ...before, timezone, version: before.version + 1 };
      if (!(await replaceJob(platform.db, after))) throw new Error(`${before.id} was not replaced`);
      jobs[i] = after;
      records.push(changeOfJob(after, { before, after }));
    }
  }
  return records;
}
