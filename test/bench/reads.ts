import { getJobStats } from '../../functions/api/admin/job-stats.ts';
import type { ApiRequest, ApiResponse, ApiRoute } from '../../functions/api/http/route.ts';
import { getMetrics } from '../../functions/api/integrations/metrics.ts';
import { getStats } from '../../functions/api/runner/stats.ts';
import { CURRENT_PREFIX, TOTAL_PREFIX } from '../../functions/core/domain/counters.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import { type Db, putMany, update } from '../../functions/core/store/db.ts';
import { counterKey } from '../../functions/core/store/keys.ts';
import { fromRun } from '../../functions/core/store/run-item.ts';
import { endedRun } from '../helpers/builders/ended-run.ts';
import { givenJob, newTenant } from '../helpers/builders/jobs.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { startTestStore } from '../helpers/system/test-store.ts';
import { ShardedStream } from './aged-counters.ts';
import { type Call, CapacityMeter, sum } from './capacity-meter.ts';
import { median, printTable } from './table.ts';

const SIZES = [1_000, 10_000, 100_000];
const MILLION = 1_000_000;
/** Number of queued runs for every size of the history. */
const QUEUED = 5;
const MINUTES = 60;
/**
 * Number of measured requests. Rounds alternate between the sizes, so that a slow phase of the machine affects all of
 * them.
 */
const ROUNDS = 301;
const MINUTE = 60_000;
/** Rows per write, to bound the memory. */
const CHUNK = 1_000;

/** Measures the reads and the duration of the three counting requests for histories of growing size. */
export const measureReads = (): Promise<void> => measure(SIZES);

/** Measures the same with an additional history of a million runs. Takes about ten minutes. */
export const measureMillion = (): Promise<void> => measure([...SIZES, MILLION]);

async function measure(sizes: readonly number[]): Promise<void> {
  const store = await startTestStore({ streams: false });
  try {
    const meter = new CapacityMeter(store.db.client);
    const histories = [];
    for (const size of sizes) {
      // Each history has a clock of its own, because its runs ended in the last hour.
      const platform = testPlatform(store.db);
      histories.push({ job: await givenHistory(platform, size), operations: operationsOf(platform) });
    }
    const heads = ['request', 'calls', 'read units', ...sizes.map((size) => `ms, ${size} runs`), 'growth'];
    const rows = [];
    for (const name of REQUESTS) {
      const times = histories.map(() => [] as number[]);
      let calls: readonly Call[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        for (const [i, { job, operations }] of histories.entries()) {
          meter.take();
          const begin = performance.now();
          await request(operations[name], job);
          times[i]?.push(performance.now() - begin);
          calls = meter.take();
        }
      }
      const medians = times.map(median);
      const growth = (medians.at(-1) ?? 0) / (medians[0] ?? 1);
      rows.push([name, callsOf(calls), sum(calls, 'read'), ...medians.map(round2), round2(growth)]);
    }
    printTable(`Reads, whatever the size of the history (median of ${ROUNDS})`, heads, rows);
  } finally {
    await store.stop();
  }
}

const REQUESTS = ['metrics', 'admin stats', '/stats'] as const;

type Handle = (request: ApiRequest) => Promise<ApiResponse>;

const operationsOf = (platform: TestPlatform): Readonly<Record<(typeof REQUESTS)[number], Handle>> => {
  const bind =
    <Dependencies>({ handle }: ApiRoute<Dependencies>, dependencies: Dependencies): Handle =>
    (request) =>
      handle(request, dependencies);
  return {
    metrics: bind(getMetrics, platform),
    'admin stats': bind(getJobStats, platform),
    '/stats': bind(getStats, platform),
  };
};

async function request(handle: Handle, job: Job): Promise<void> {
  const { status } = await handle({
    caller: { tenant: job.tenant, roles: ['ADMIN'], name: 'bench' },
    params: { jobName: job.id },
    query: { integrationId: null },
    body: undefined,
    headers: {},
    remainingMs: () => MINUTE,
    mayWait: async () => true,
    countRequest: async () => {},
  });
  if (status !== 200) throw new Error(`a request returned ${status}`);
}

/** Summarizes calls, for example `1 GetItem + 1 Query`. */
function callsOf(calls: readonly Call[]): string {
  const counts = new Map<string, number>();
  for (const { operation } of calls) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  return [...counts].map(([operation, n]) => `${n} ${operation}`).join(' + ');
}

/** Creates a job with `size` ended runs, some queued runs, and counters with the watermarks of a day. */
async function givenHistory(platform: TestPlatform, size: number): Promise<Job> {
  const { db } = platform;
  const job = await givenJob(platform, { tenant: newTenant() });
  const stream = new ShardedStream(platform);
  await stream.age([job]);
  for (let minute = 0; minute < MINUTES; minute++) {
    const finishedAt = new Date(platform.now() - minute * MINUTE).toISOString();
    await stream.deliver(0, stream.change(undefined, endedRun(job, minute, { finishedAt })));
  }
  const counters = [{ kind: 'tenant' }, { kind: 'job', jobId: job.id, incarnation: job.incarnation }] as const;
  for (const counter of counters) {
    const add = {
      [`${CURRENT_PREFIX}completed`]: size,
      [`${TOTAL_PREFIX}completed`]: size,
      [`${CURRENT_PREFIX}queued`]: QUEUED,
    };
    await update(db, db.tables.counters, counterKey(job.tenant, counter), { add });
  }
  await putRuns(db, job, size);
  return job;
}

async function putRuns(db: Db, job: Job, size: number): Promise<void> {
  for (let from = 0; from < size; from += CHUNK) {
    const runs = Array.from({ length: Math.min(CHUNK, size - from) }, (_, i) => endedRun(job, from + i));
    await putMany(db, db.tables.runs, runs.map(fromRun));
  }
  const queued = Array.from({ length: QUEUED }, (_, i) =>
    endedRun(job, size + i, { state: 'queued', startedAt: null, finishedAt: null, executionMs: null }),
  );
  await putMany(db, db.tables.runs, queued.map(fromRun));
}

const round2 = (value: number) => Math.round(value * 100) / 100;
