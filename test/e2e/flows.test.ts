import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { JobView } from '../../functions/api/flows/job-view.ts';
import { type FlowClient, flowsClient } from '../helpers/clients/flows.ts';
import { runnerClient } from '../helpers/clients/runner.ts';
import { createEventTrigger, type EventTrigger } from '../helpers/fakes/event-trigger.ts';
import { type IdempotentApi, startIdempotentApi } from '../helpers/fakes/idempotent-api.ts';
import { isOpen, type OrdersApi, startOrdersApi } from '../helpers/fakes/orders-api.ts';
import { iterations } from '../helpers/iterations.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { type TenantFiles, tenantFiles } from '../helpers/system/tenant-files.ts';
import { freshTenant, startTestSystem, type TestSystem, tenantId } from '../helpers/system/test-system.ts';
import { waitForAssertion } from '../helpers/wait.ts';

/**
 * Record flows of the whole system, compared with what their sinks received. The tests share a clock and run one after
 * the other.
 */

/** Orders of the shop: set `JOBDECK_FLOW_ORDERS=10000` for more. */
const ORDERS = Number(process.env.JOBDECK_FLOW_ORDERS ?? iterations(1_000, 2_000));
/** Seeds of the kill test: set `JOBDECK_FLOW_SEEDS=50` for more. */
const SEEDS = Number(process.env.JOBDECK_FLOW_SEEDS ?? iterations(2, 3));
/** Concurrent runs of the kill test, orders per run, and killed workers. */
const AT_ONCE = 3;
const KILLED_ORDERS = iterations(300, 400);
const KILLS = iterations(4, 6);
const LEASE_MS = 60_000;

vi.setConfig({ testTimeout: 120_000 + 60_000 * SEEDS });

let system: TestSystem;
const cleanup: (() => unknown)[] = [];

beforeAll(async () => {
  system = await startTestSystem();
});
afterEach(async () => {
  for (const step of cleanup.splice(0)) await step();
});
afterAll(async () => {
  await system?.stop();
});

interface World {
  readonly shop: OrdersApi;
  readonly erp: IdempotentApi;
  readonly flows: FlowClient;
  readonly files: TenantFiles;
}

/** Creates a tenant, a shop to read orders from, and the sinks. */
async function given(options: {
  seed: number;
  orders?: number;
  moody?: number;
  fickle?: boolean;
  noticed?: () => void;
}): Promise<World> {
  const { seed, orders = ORDERS, moody = 0.08, fickle = false, noticed = () => {} } = options;
  const random = seededRandom(seed);
  const [shop, erp] = await Promise.all([
    startOrdersApi({ orders, random, throttled: moody, broken: moody, reshuffled: fickle, onActivity: noticed }),
    startIdempotentApi({ random, failing: 2 * moody, now: () => system.clock.now(), onActivity: noticed }),
  ]);
  const tenant = freshTenant();
  const files = tenantFiles(system, tenantId(tenant));
  cleanup.push(
    () => shop.stop(),
    () => erp.stop(),
    () => files.close(),
  );
  const flows = flowsClient(await system.as(tenant, ['OWNER'], 'ana@acme.test'));
  return { shop, erp, flows, files };
}

/** Reads orders from the shop, drops drafts, maps the others, and writes them to files and to the other API. */
const ordersFlow = ({ shop, erp }: Pick<World, 'shop' | 'erp'>, pageSize = 100, size = 100) => ({
  pageSize,
  sources: [
    {
      id: 'orders',
      type: 'http',
      url: shop.url,
      records: 'data',
      paging: { type: 'page', sizeParam: 'size', size },
    },
  ],
  transforms: [
    { id: 'open', type: 'filter', where: "status = 'open'" },
    { id: 'slim', type: 'map', to: "{ 'order': id, 'cents': $round(total * 100), 'reading': reading }" },
  ],
  sinks: [
    { id: 'files', type: 's3', key: 'orders/{page}.ndjson' },
    { id: 'erp', type: 'http', url: erp.url },
  ],
});

type Slim = { readonly order: number; readonly cents: number; readonly reading: number };

/** Returns the expected records for the open ones of so many orders. */
const arriving = (orders: number) =>
  Array.from({ length: orders }, (_, i) => i + 1)
    .filter(isOpen)
    .map((order) => ({ order, cents: order * 25 }));

const inOrder = (records: readonly Slim[]) =>
  records.map(({ order, cents }) => ({ order, cents })).sort((a, b) => a.order - b.order);

/** Asserts that both sinks contain each expected order once. */
async function expectArrived({ erp, files }: World, orders: number): Promise<void> {
  const [inErp, inFiles] = [erp.records<Slim>(), await files.records<Slim>('orders/')];
  expect(inOrder(inErp)).toEqual(arriving(orders));
  expect(inOrder(inFiles)).toEqual(arriving(orders));
  expect(erp.contradictions).toEqual([]);
  const readings = (records: readonly Slim[]) => new Map(records.map(({ order, reading }) => [order, reading]));
  expect(readings(inFiles)).toEqual(readings(inErp));
}

const counts = ({ numExport, numSuccess, numError, numIgnore }: JobView) => [
  numExport,
  numSuccess,
  numError,
  numIgnore,
];

it(`moves ${ORDERS} orders from an unreliable shop into a bucket and an unreliable API, and counts them exactly`, async () => {
  const world = await given({ seed: 7 });
  const { flows, shop, erp } = world;
  await flows.define('orders', ordersFlow(world), { integration_id: 'shop' });

  const jobId = await flows.start('orders');
  const ended = await flows.waitForEnd(jobId, 100_000);

  const open = arriving(ORDERS).length;
  await expectArrived(world, ORDERS);
  expect([...shop.answers.keys()].toSorted((a, b) => a - b)).toEqual([200, 429, 500]);
  expect(erp.failures).toBeGreaterThan(0);
  const { job, steps } = await flows.tree(jobId);
  expect(job).toEqual(ended);
  expect(job).toMatchObject({ status: 'completed', doneExporting: true, _integrationId: 'shop' });
  expect(counts(job)).toEqual([ORDERS, open, 0, ORDERS - open]);
  expect(counts(steps.get('orders') as JobView)).toEqual([ORDERS, ORDERS, 0, 0]);
  expect(counts(steps.get('files') as JobView)).toEqual([open, open, 0, 0]);
  expect(counts(steps.get('erp') as JobView)).toEqual([open, open, 0, 0]);
  expect([...steps.values()].map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
  const pages = ORDERS / 100;
  expect([job.numPagesGenerated, job.numPagesProcessed]).toEqual([pages, pages]);
  expect(erp.received.size).toBe(pages);
  const [run] = await runnerClient(flows.api).runs('orders');
  expect(run).toMatchObject({ run_id: jobId, status: 'ok', items_processed: open, attempt: 1 });
});

it('ends a canceled flow and its steps within 10 s, without further requests to its sink', async () => {
  const { flows, erp } = await given({ seed: 11 });
  await flows.define('ticker', {
    pageSize: 5,
    parallelism: 3,
    sources: [{ id: 'made-up', type: 'generate', count: 1_000_000, rate: 150 }],
    sinks: [{ id: 'erp', type: 'http', url: erp.url, mode: 'single' }],
  });
  const jobId = await flows.start('ticker');
  await waitForAssertion(() => expect(erp.received.size).toBeGreaterThan(50));

  // Answered when the work has ended, or with 202 after 10 s.
  const canceled = await flows.api.delete<JobView>(`/v1/jobs/${jobId}`);

  expect(canceled).toMatchObject({ status: 200, body: { status: 'canceled', canceledBy: 'ana@acme.test' } });
  const taken = erp.received.size;
  // The sink receives nothing while another flow runs to its end.
  const toLookAt = { sinks: [{ id: 'look', type: 'preview' }] };
  await flows.define('other', { sources: [{ id: 'made-up', type: 'generate', count: 10 }], ...toLookAt });
  await flows.waitForEnd(await flows.start('other'));
  const { job, steps } = await flows.tree(jobId);
  expect(erp.received.size).toBe(taken);
  expect(erp.lastAt).toBeLessThanOrEqual(Date.parse(job.endedAt ?? ''));
  const ends = [...steps.values()].map((step) => [step.type, step.status, step.canceledBy, step.endedAt]);
  expect(ends.toSorted(([a = ''], [b = '']) => `${a}`.localeCompare(`${b}`))).toEqual([
    ['export', 'canceled', 'ana@acme.test', job.endedAt],
    ['import', 'canceled', 'ana@acme.test', job.endedAt],
  ]);
  // Requests under way at the end may have been accepted, and are not counted.
  expect(job.numSuccess).toBeLessThanOrEqual(taken);
  expect(steps.get('erp')?.numSuccess).toBe(job.numSuccess);
});

const killed = 'though its worker is killed and the shop never answers the same';
it(`delivers each order once in ${SEEDS} seeds, ${killed}`, async () => {
  for (let first = 1; first <= SEEDS; first += AT_ONCE) {
    const seeds = Array.from({ length: Math.min(AT_ONCE, SEEDS - first + 1) }, (_, i) => first + i);
    const moments = createEventTrigger();
    const worlds = await Promise.all(
      seeds.map((seed) => given({ seed, orders: KILLED_ORDERS, moody: 0.02, fickle: true, noticed: moments.notify })),
    );
    const jobs = await Promise.all(
      worlds.map(async ({ flows, ...world }) => {
        await flows.define('orders', ordersFlow(world, 20, 40), { retry: { attempts: 20, delay_seconds: 0 } });
        return flows.start('orders');
      }),
    );

    await killAtRandom(moments, seededRandom(first));

    for (const [i, world] of worlds.entries()) {
      const job = await whileTimePasses(() => world.flows.job(jobs[i] ?? ''));
      const open = arriving(KILLED_ORDERS).length;
      const expected = { status: 'completed', counts: [KILLED_ORDERS, open, 0, KILLED_ORDERS - open] };
      const seed = seeds[i];
      expect({ seed, status: job.status, counts: counts(job) }).toEqual({ seed, ...expected });
      await expectArrived(world, KILLED_ORDERS);
    }
    for (const step of cleanup.splice(0)) await step();
  }
  expect(system.logs.filter(({ text }) => text.includes('"slice.lost"')).length).toBeGreaterThan(0);
});

const passTime = () => system.clock.advance(LEASE_MS + 1_000);

function worker() {
  const fn = system.functions.get('worker');
  if (!fn) throw new Error('there is no worker');
  return fn;
}

/** Lets the leases of killed workers expire until the job has ended. */
const whileTimePasses = (look: () => Promise<JobView>): Promise<JobView> =>
  vi.waitFor(
    async () => {
      if (worker().stats.active === 0) passTime();
      const job = await look();
      expect(job.status).not.toMatch(/^(queued|running)$/);
      return job;
    },
    { timeout: 90_000, interval: 500 },
  );

/** Kills workers during their requests and lets leases expire, sometimes also those of live workers. */
async function killAtRandom(moments: EventTrigger, random: () => number): Promise<void> {
  const below = (limit: number) => Math.floor(random() * limit);
  const idle = setInterval(() => {
    if (worker().stats.active === 0) passTime();
  }, 500);
  for (let kills = 0; kills < KILLS; ) {
    kills += await moments.after(1 + below(15), () => worker().kill('one', below));
    if (below(3) === 0) passTime();
  }
  clearInterval(idle);
}
