import type { Counter } from '../../functions/core/domain/counters.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Run } from '../../functions/core/domain/run.ts';
import { toAttributes } from '../../functions/core/store/attribute.ts';
import { getCounter } from '../../functions/core/store/counters.ts';
import { get } from '../../functions/core/store/db.ts';
import { counterKey } from '../../functions/core/store/keys.ts';
import { endedRun } from '../helpers/builders/ended-run.ts';
import { aJob, newTenant } from '../helpers/builders/jobs.ts';
import { testPlatform } from '../helpers/fakes/platform.ts';
import { systemDb } from '../helpers/system/system-db.ts';
import { startTestStore } from '../helpers/system/test-store.ts';
import { startTestSystem, tenantId } from '../helpers/system/test-system.ts';
import { waitUntil } from '../helpers/wait.ts';
import { SHARDS, ShardedStream } from './aged-counters.ts';
import { CapacityMeter, sum } from './capacity-meter.ts';
import { itemBytes } from './item-bytes.ts';
import { printTable } from './table.ts';

const LOADS = [
  { rate: 1, jobs: 1, seconds: 30 },
  { rate: 1, jobs: 600, seconds: 30 },
  { rate: 10, jobs: 1, seconds: 10 },
  { rate: 10, jobs: 600, seconds: 10 },
  { rate: 1_000, jobs: 1, seconds: 3 },
  { rate: 1_000, jobs: 600, seconds: 3 },
] as const satisfies readonly Load[];
/** Batch size of the event source mapping. */
const BATCH = 500;

/** Number of runs in the delay measurement, and their starts per second. */
const WATCHED = 100;
const WATCHED_PER_SECOND = 4;

/** Measures the units that counting a run consumes, and the delay until it is counted. */
export async function measureCounters(): Promise<void> {
  const store = await startTestStore();
  try {
    const meter = new CapacityMeter(store.db.client);
    const rows = [];
    for (const load of LOADS) {
      const counting = await countingCost(meter, testPlatform(store.db), load);
      rows.push([load.rate, load.jobs, ...Object.values(counting)]);
    }
    printTable(
      `Counting (${SHARDS} shards that changed 6 times in a day; a batch a second and shard, of ${BATCH} at most)`,
      ['runs/s', 'jobs', 'write units/run', 'writes/run', 'read units/run', 'bytes: tenant', 'job'],
      rows,
    );
  } finally {
    await store.stop();
  }
  await measureDelay();
}

/** Runs per second, number of jobs, and duration in seconds. */
export interface Load {
  readonly rate: number;
  readonly jobs: number;
  readonly seconds: number;
  /**
   * Batching window of the event source in seconds.
   *
   * @default 1
   */
  readonly windowSeconds?: number;
}

/** Measures what counting a run consumes under a load, in write units, writes and read units. */
export async function countingCost(
  meter: CapacityMeter,
  platform: ReturnType<typeof testPlatform>,
  { rate, jobs, seconds, windowSeconds = 1 }: Load,
) {
  const tenant = newTenant();
  const all: readonly Job[] = Array.from({ length: jobs }, (_, i) => aJob({ tenant, id: `nightly-sync-${i}` }));
  const stream = new ShardedStream(platform);
  const runs = Math.round(rate * seconds);
  await stream.age(all.slice(0, runs));
  meter.take();
  // Each run is created and claimed in one second and ends in the next.
  let open: { readonly job: Job; readonly running: Run }[] = [];
  const changes = Array.from({ length: SHARDS }, () => [] as ReturnType<ShardedStream['change']>[]);
  const at = (job: Job) => changes[stream.shardOf(job)] as (typeof changes)[number];
  for (let second = 0, number = 0; second <= seconds; second++) {
    for (const { job, running } of open)
      at(job).push(stream.change(running, ended(job, running.number, platform.now())));
    open = [];
    for (; second < seconds && number < (second + 1) * rate; number++) {
      const job = all[number % jobs] as Job;
      const { queued, running } = started(job, number, platform.now());
      at(job).push(stream.change(undefined, queued), stream.change(queued, running));
      open.push({ job, running });
    }
    platform.advance(1_000);
    if (second < seconds && (second + 1) % windowSeconds > 0) continue;
    for (const [shard, records] of changes.entries()) {
      for (let i = 0; i < records.length; i += BATCH) await stream.deliver(shard, records.slice(i, i + BATCH).flat());
      records.length = 0;
    }
  }
  const calls = meter.take();
  const writes = calls.filter(({ kind }) => kind === 'write');
  const bytesOf = async (counter: Counter) => {
    const item = await get(platform.db, platform.db.tables.counters, counterKey(tenant, counter));
    return itemBytes(toAttributes(item ?? {}));
  };
  return {
    writes: round(sum(calls, 'write') / runs),
    calls: round(writes.length / runs),
    reads: round(sum(calls, 'read') / runs),
    tenantBytes: await bytesOf({ kind: 'tenant' }),
    jobBytes: await bytesOf({ kind: 'job', jobId: all[0]?.id ?? '', incarnation: all[0]?.incarnation ?? '' }),
  };
}

function started(job: Job, number: number, now: number): { readonly queued: Run; readonly running: Run } {
  const createdAt = new Date(now).toISOString();
  const queued = endedRun(job, number, {
    state: 'queued',
    createdAt,
    startedAt: null,
    finishedAt: null,
    executionMs: null,
  });
  const startedAt = new Date(now + 80 + (number % 40)).toISOString();
  return { queued, running: { ...queued, state: 'running', startedAt } };
}

function ended(job: Job, number: number, now: number): Run {
  const durationMs = 700 + (number % 500);
  const [startedAt, finishedAt] = [now - durationMs, now].map((time) => new Date(time).toISOString());
  return endedRun(job, number, {
    createdAt: startedAt ?? '',
    startedAt: startedAt ?? '',
    finishedAt: finishedAt ?? '',
    executionMs: durationMs,
  });
}

/**
 * Measures the delay between the end of a run and its count in the local system. The n-th end counts as seen when n
 * ends are counted.
 */
async function measureDelay(): Promise<void> {
  const system = await startTestSystem();
  const { db, close } = systemDb(system);
  try {
    const tenant = tenantId('bench');
    const client = await system.as(tenant);
    await client.post('/jobs', { id: 'echo', name: 'Echo', script: 'echo', overlap_policy: 'allow' });
    const total = async () => (await getCounter(db, tenant, { kind: 'tenant' })).total.completed ?? 0;
    await client.post('/jobs/echo/run');
    await waitUntil(async () => (await total()) === 1, { what: 'the first run to be counted' });

    const seenAt: number[] = [];
    let left = WATCHED;
    const load = setInterval(() => {
      if (left-- > 0) void client.post('/jobs/echo/run', undefined, { prefer: 'respond-async' });
    }, 1_000 / WATCHED_PER_SECOND);
    await waitUntil(
      async () => {
        const counted = (await total()) - 1;
        while (seenAt.length < counted) seenAt.push(system.clock.now());
        return counted === WATCHED;
      },
      { timeoutMs: 120_000, what: `${WATCHED} runs to be counted` },
    ).finally(() => clearInterval(load));
    const { body } = await client.get<{ runs: { finished_at: string }[] }>(`/jobs/echo/runs?limit=${WATCHED}`);
    const ends = body.runs.map((run) => Date.parse(run.finished_at)).sort((a, b) => a - b);
    const delays = ends.map((end, i) => (seenAt[i] ?? 0) - end).sort((a, b) => a - b);
    const quantile = (q: number) => delays[Math.min(delays.length - 1, Math.floor(q * delays.length))] ?? 0;
    printTable(
      `From the end of a run to its place in the counters (local system, ${WATCHED} runs, ${WATCHED_PER_SECOND} a second)`,
      ['p50 ms', 'p99 ms'],
      [[quantile(0.5), quantile(0.99)]],
    );
  } finally {
    close();
    await system.stop();
  }
}

const round = (value: number) => Math.round(value * 100) / 100;
