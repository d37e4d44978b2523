import { startTestSystem, type TestSystem } from '../helpers/system/test-system.ts';
import { waitUntil } from '../helpers/wait.ts';
import { printTable } from './table.ts';

const TENANTS = 9;
const RUNS_EACH = 8;
/** Milliseconds between two runs of a tenant. */
const EVERY_MS = 4_000;
/** Three times the number of workers. */
const FLOOD_TASKS = 24;
const SLICE_MS = 1_000;

interface RunRow {
  readonly status: string;
  readonly created_at: string;
  readonly started_at: string;
}

/**
 * Measures the queue latency of nine tenants' scripts, alone and beside a tenant with an endless flow and many queued
 * runs. Slices, the concurrency limit and the fair queue bound the effect of that tenant.
 */
export async function measureFairness(): Promise<void> {
  const system = await startTestSystem({ env: () => ({ JOBDECK_SLICE_MS: String(SLICE_MS) }) });
  try {
    await waits(system, 'cold', 1);
    const alone = await waits(system, 'alone');
    await flood(system);
    const beside = await waits(system, 'beside');
    const row = (name: string, times: readonly number[]) => [name, quantile(times, 0.5), quantile(times, 0.99)];
    const ratio = quantile(beside, 0.99) / Math.max(1, quantile(alone, 0.99));
    printTable(
      `Fairness: ${TENANTS} tenants' scripts beside one that floods (${FLOOD_TASKS} tasks, slices of ${SLICE_MS} ms)`,
      ['queue latency, ms', 'p50', 'p99'],
      [row('alone', alone), row('beside the flood', beside), ['ratio of p99', '', Math.round(ratio * 10) / 10]],
    );
  } finally {
    await system.stop();
  }
}

/** Returns the milliseconds from creation to start of all runs in ascending order. */
async function waits(system: TestSystem, phase: string, runs = RUNS_EACH): Promise<readonly number[]> {
  const all = await Promise.all(Array.from({ length: TENANTS }, (_, i) => waitsOf(system, `${phase}-${i}`, i, runs)));
  return all.flat().sort((a, b) => a - b);
}

async function waitsOf(system: TestSystem, tenant: string, place: number, runs: number): Promise<readonly number[]> {
  const client = await system.as(tenant);
  await client.post('/jobs', { id: 'echo', name: 'Echo', script: 'echo', overlap_policy: 'allow' });
  let left = runs;
  await new Promise<void>((resolve) => {
    const trigger = () => {
      void client.post('/jobs/echo/run', undefined, { prefer: 'respond-async' });
      left -= 1;
      if (left > 0) setTimeout(trigger, EVERY_MS);
      else resolve();
    };
    setTimeout(trigger, (EVERY_MS * place) / TENANTS);
  });
  const ended = await waitUntil(
    async () => {
      const { body } = await client.get<{ runs: readonly RunRow[] }>('/jobs/echo/runs?limit=100');
      return body.runs.length === runs && body.runs.every(({ status }) => status === 'ok') && body.runs;
    },
    { timeoutMs: 300_000, what: `the end of the runs of ${tenant}` },
  );
  return ended.map((run) => Date.parse(run.started_at) - Date.parse(run.created_at));
}

async function flood(system: TestSystem): Promise<void> {
  const client = await system.as('flood');
  const flow = {
    parallelism: FLOOD_TASKS,
    sources: [{ type: 'generate', count: 1_000_000_000 }],
    sinks: [{ type: 'preview' }],
  };
  await client.post('/v1/flows', { id: 'flood', name: 'Flood', flow });
  await client.post('/jobs', { id: 'heap', name: 'Heap', script: 'sleep', args: ['1'], overlap_policy: 'allow' });
  const { body } = await client.post<{ _id: string }>('/v1/flows/flood/run');
  for (let i = 0; i < 50; i++) await client.post('/jobs/heap/run', undefined, { prefer: 'respond-async' });
  await waitUntil(async () => Number((await client.get(`/v1/jobs/${body._id}`)).body.numSuccess) > 0, {
    timeoutMs: 60_000,
    what: 'the flood',
  });
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
