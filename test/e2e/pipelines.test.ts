import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { JobView } from '../../functions/api/pipelines/job-view.ts';
import type { Json } from '../../functions/core/domain/json.ts';
import { type FlowClient, flowsClient } from '../helpers/clients/flows.ts';
import { type IdempotentApi, startIdempotentApi } from '../helpers/fakes/idempotent-api.ts';
import { type ShortVisibilitySqs, startShortVisibilitySqs } from '../helpers/fakes/short-visibility-sqs.ts';
import { iterations } from '../helpers/iterations.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { type SourceQueue, sourceQueue } from '../helpers/system/source-queue.ts';
import { type TenantFiles, tenantFiles } from '../helpers/system/tenant-files.ts';
import { freshTenant, startTestSystem, type TestSystem, tenantId } from '../helpers/system/test-system.ts';

/**
 * Pipelines of the whole system that are stopped and restarted while workers are killed: their sinks must contain each
 * record once. By default a slice ends with each page, so that progress depends on task rows only.
 */

/** Records per pipeline: set `JOBDECK_PIPELINE_RECORDS=100000` for more. */
const RECORDS = Number(process.env.JOBDECK_PIPELINE_RECORDS ?? iterations(560, 2_000));
/** Number of seeds: set `JOBDECK_PIPELINE_SEEDS=30` for more. */
const SEEDS = Number(process.env.JOBDECK_PIPELINE_SEEDS ?? iterations(1, 2));
/** Slices of an undisturbed flow, many more than the turns after which Lambda stops a loop. */
const SLICES = iterations(24, 200);
/** Duration of a slice: set `JOBDECK_PIPELINE_SLICE_MS=1000` for more records in less time. */
const SLICE_MS = process.env.JOBDECK_PIPELINE_SLICE_MS ?? '0';
/** Visibility timeout of messages, longer than a slice of many pages. */
const VISIBLE_S = SLICE_MS === '0' ? 2 : 20;
const PARALLELISM = [1, 4, 2, 8, 3];
/** Maximum messages in a page of a queue. */
const PAGE = 90;
const LEASE_MS = 60_000;
/** Time without progress before leases expire, and how often they expire after a kill. */
const STILL_MS = 3_000;
const LEAPS = 3;
const PATIENCE_MS = 90_000 + RECORDS * 10;

vi.setConfig({ testTimeout: PATIENCE_MS * 4 });

let system: TestSystem;
let queues: ShortVisibilitySqs;
/** Time of the last progress or of the last clock change. */
let movedAt = performance.now();
let leaps = 0;
const cleanup: (() => unknown)[] = [];

beforeAll(async () => {
  system = await startTestSystem({
    env: async ({ sqs }) => {
      queues = await startShortVisibilitySqs(sqs, VISIBLE_S);
      return { JOBDECK_SLICE_MS: SLICE_MS, AWS_ENDPOINT_URL_SQS: queues.url };
    },
  });
});
afterEach(async () => {
  for (const step of cleanup.splice(0)) await step();
});
afterAll(async () => {
  await system?.stop();
  await queues?.stop();
});

interface World {
  readonly flows: FlowClient;
  readonly files: TenantFiles;
  readonly queue: SourceQueue;
  readonly api: IdempotentApi;
}

async function given(seed: number): Promise<World> {
  const tenant = freshTenant();
  const noticed = () => {
    movedAt = performance.now();
  };
  const api = await startIdempotentApi({ random: seededRandom(seed), failing: 0.02, onActivity: noticed });
  const files = tenantFiles(system, tenantId(tenant));
  const queue = sourceQueue(system, tenantId(tenant), 'orders');
  cleanup.push(
    () => api.stop(),
    () => files.close(),
    () => queue.close(),
  );
  return { flows: flowsClient(await system.as(tenant)), api, files, queue };
}

type Numbered = { readonly n: number };
const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, i): Numbered => ({ n: from + i }));
const ndjson = (records: readonly Json[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** A pipeline, its input and its output. */
interface Pipeline {
  readonly flow: object;
  /** Provides the records in this range to the source. */
  feed(world: World, from: number, to: number): Promise<void>;
  arrived(world: World): Promise<readonly Numbered[]>;
  /** Returns the number of delivered records with as few reads as possible. */
  count(world: World): Promise<number>;
  /** Returns the number of delivered pages. */
  pages(world: World): Promise<number>;
  readonly expected: (n: number) => boolean;
  readonly ends: boolean;
}

const inQueue = { id: 'in', type: 'sqs', queue: 'orders' };
const numbersIn = (records: Iterable<Numbered>) => new Set([...records].map(({ n }) => n));
const toApi = ({ api }: World) => ({ id: 'out', type: 'http', url: api.url });
const ofApi = {
  arrived: async ({ api }: World) => api.records<Numbered>(),
  count: async ({ api }: World) => numbersIn(api.records<Numbered>()).size,
  pages: async ({ api }: World) => api.received.size,
  expected: () => true,
};

/** Creates a counter of records in the bucket that reads each object once. */
function countNew(): Pipeline['count'] {
  const read = new Set<string>();
  const found = new Set<number>();
  return async ({ files }) => {
    for (const key of await files.keys('out/')) {
      if (read.has(key)) continue;
      for (const { n } of await files.records<Numbered>(key)) found.add(n);
      read.add(key);
    }
    return found.size;
  };
}

const PIPELINES: Readonly<Record<string, (world: World) => Pipeline>> = {
  'a queue, filtered and mapped, into a bucket': () => ({
    flow: {
      sources: [inQueue],
      transforms: [
        { type: 'filter', where: 'n % 2 = 0' },
        { type: 'map', to: "{ 'n': n, 'half': n / 2 }" },
      ],
      sinks: [{ id: 'out', type: 's3', key: 'out/{page}.ndjson' }],
    },
    feed: ({ queue }, from, to) => queue.send(numbered(from, to)),
    arrived: ({ files }) => files.records<Numbered>('out/'),
    count: countNew(),
    pages: async ({ files }) => (await files.keys('out/')).length,
    expected: (n) => n % 2 === 0,
    ends: false,
  }),
  'a queue into an API': (world) => ({
    flow: { sources: [inQueue], sinks: [toApi(world)] },
    feed: ({ queue }, from, to) => queue.send(numbered(from, to)),
    ...ofApi,
    ends: false,
  }),
  'a bucket into an API': (world) => ({
    flow: { sources: [{ id: 'in', type: 's3', prefix: 'in/' }], sinks: [toApi(world)] },
    async feed({ files }, from) {
      if (from > 0) return;
      const each = RECORDS / 8;
      for (let i = 0; i < 8; i++) await files.put(`in/${i}.ndjson`, ndjson(numbered(i * each, (i + 1) * each)));
    },
    ...ofApi,
    ends: true,
  }),
};

/** Requests a stop, by default at the end of each task's current page. */
async function stop({ flows }: World, jobId: string, mode = 'checkpoint'): Promise<void> {
  const answer = await flows.api.post(`/api/v1/jobs/${jobId}/stop`, { mode });
  // The job may have ended by itself.
  expect([200, 409]).toContain(answer.status);
}

async function restart({ flows }: World, jobId: string, parallelism: number): Promise<string> {
  const answer = await flows.api.post<{ new_job_id: string }>(`/api/v1/jobs/${jobId}/restart`, { parallelism });
  expect(answer).toMatchObject({ status: 200 });
  return answer.body.new_job_id;
}

function worker() {
  const fn = system.functions.get('worker');
  if (!fn) throw new Error('there is no worker');
  return fn;
}

const sorted = (records: readonly Numbered[]) => records.map(({ n }) => n).sort((a, b) => a - b);

/** Sends all records through a pipeline that is stopped and restarted continuously. */
async function runRestless(world: World, pipeline: Pipeline, random: () => number, kills: boolean): Promise<void> {
  const { flows } = world;
  const below = (limit: number) => Math.floor(random() * limit);
  // One share remains unread, so that a stop also meets a queue with messages.
  const share = RECORDS / (PARALLELISM.length + 2);
  const feed = (part: number) => pipeline.feed(world, Math.round(share * part), Math.round(share * (part + 1)));
  await feed(0);
  await feed(1);
  const definition = { pageSize: PAGE, parallelism: 2, checkpoints: { everySeconds: null }, ...pipeline.flow };
  await flows.define('pipeline', definition, { retry: { attempts: 20, delay_seconds: 0 } });
  let jobId = await flows.start('pipeline');
  const jobIds = [jobId];
  for (const [i, parallelism] of PARALLELISM.entries()) {
    const until = (await pipeline.pages(world)) + below(share / PAGE);
    await moving(async () => {
      // A job that ends by itself may have fewer pages left.
      if (pipeline.ends && (await hasEnded(world, jobId))) return;
      expect(await pipeline.pages(world)).toBeGreaterThanOrEqual(until);
    });
    if (kills) kill(below);
    await stop(world, jobId);
    const state = await moving(() => ended(world, jobId));
    await feed(i + 2);
    if (state === 'Finished') break;
    jobId = await restart(world, jobId, parallelism);
    jobIds.push(jobId);
  }

  const expected = numbered(0, RECORDS).filter(({ n }) => pipeline.expected(n));
  await moving(async () => expect(await pipeline.count(world)).toBeGreaterThanOrEqual(expected.length));
  if (!pipeline.ends) await stop(world, jobId, 'immediate');
  await moving(() => ended(world, jobId));
  expect(sorted(await pipeline.arrived(world))).toEqual(expected.map(({ n }) => n));
  expect(world.api.contradictions).toEqual([]);
  // No two jobs process the same record, even if the sink receives it twice. The last page of a queue may have been
  // written but not counted.
  const jobs = await Promise.all(jobIds.map((id) => jobOf(world, id)));
  const out = jobs.reduce((sum, { metrics }) => sum + metrics.records_out, 0);
  if (pipeline.ends) expect(out).toBe(expected.length);
  else expect(out).toBeLessThanOrEqual(expected.length);
}

async function jobOf({ flows }: World, jobId: string) {
  const { status, body } = await flows.api.get<JobView>(`/api/v1/jobs/${jobId}`);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body;
}

const hasEnded = async (world: World, jobId: string) => (await jobOf(world, jobId)).finish_time !== null;

/** Returns how an ended job ended. */
async function ended(world: World, jobId: string): Promise<'Stopped' | 'Finished'> {
  const { state, failure_message } = await jobOf(world, jobId);
  expect({ state, failure_message }).toEqual({
    state: expect.stringMatching(/^(Stopped|Finished)$/),
    failure_message: null,
  });
  return state as 'Stopped' | 'Finished';
}

/** Kills a random worker, if there is one. */
function kill(below: (limit: number) => number): void {
  if (worker().kill('one', below) > 0) leaps = LEAPS;
}

/**
 * Waits until the assertion holds. If nothing moves after workers were killed, the clock advances: leases of killed
 * workers expire and unsent messages are sent. Leases of live workers would expire as well, so the clock advances only
 * if needed.
 */
function moving<Result>(look: () => Promise<Result>): Promise<Result> {
  return vi.waitFor(
    () => {
      if (leaps > 0 && performance.now() - movedAt > STILL_MS) {
        leaps -= 1;
        movedAt = performance.now();
        system.clock.advance(LEASE_MS + 1_000);
      }
      return look();
    },
    { timeout: PATIENCE_MS, interval: 400 },
  );
}

it(`completes a flow of ${SLICES} slices, although its worker invokes itself`, async () => {
  const { flows } = await given(0);
  await flows.define('long', {
    pageSize: 1,
    sources: [{ id: 'made-up', type: 'generate', count: SLICES }],
    sinks: [{ id: 'look', type: 'preview' }],
  });
  const before = worker().stats.invocations;

  const job = await flows.waitForEnd(await flows.start('long'), PATIENCE_MS);

  expect(job).toMatchObject({ status: 'completed', numSuccess: SLICES, numPagesProcessed: SLICES });
  expect(worker().stats.invocations - before).toBeGreaterThan(SLICES);
  expect(worker().stats.recursiveInvocationsDropped).toBe(0);
});

/** Runs all pipelines concurrently, each with its own random numbers. */
async function runAll(seed: number, kills: boolean): Promise<void> {
  const all = Object.entries(PIPELINES).map(async ([name, make], i) => {
    const world = await given(seed * 10 + i);
    await runRestless(world, make(world), seededRandom(seed * 100 + i), kills).catch((error: unknown) => {
      throw new Error(`${name}, seed ${seed}: ${String(error)}`, { cause: error });
    });
  });
  await Promise.all(all);
}

for (let seed = 1; seed <= SEEDS; seed++) {
  const kills = seed % 2 === 1;
  const also = kills ? ', and lose their workers' : '';
  it(`loses and duplicates nothing in pipelines that are stopped and rescaled continuously${also} (seed ${seed})`, async () => {
    await runAll(seed, kills);
  });
}
