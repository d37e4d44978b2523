import { getJobMetrics } from '../../functions/api/pipelines/job-metrics.ts';
import type { Source } from '../../functions/core/domain/flow/source.ts';
import { publicRunId } from '../../functions/core/domain/run-id.ts';
import { takeCheckpoint } from '../../functions/core/engine/flow/checkpoint/take-checkpoint.ts';
import { newTenant } from '../helpers/builders/jobs.ts';
import type { BenchFlows } from './bench-flows.ts';
import { type Call, sum } from './capacity-meter.ts';
import { median, printTable } from './table.ts';

const TASKS = [1, 4, 16, 64];
const TIMES = 9;
/** Records of the run whose metrics are read, in pages of 10. */
const LENGTHS = [100, 10_000];

const recordGenerator = (count: number): Source => ({
  id: 'source_1',
  name: 'Generated',
  type: 'generate',
  count,
  rate: null,
  shape: null,
  seed: 1,
});

/** Measures the duration and units of a checkpoint, and the units of a request for `/metrics`. */
export async function measureCheckpoints(bench: BenchFlows): Promise<void> {
  const rows = [];
  for (const tasks of TASKS) rows.push(await checkpoint(bench, tasks));
  printTable(
    `A checkpoint of a run that is under way (median of ${TIMES})`,
    ['tasks', 'ms', 'bytes', 'write units', 'read units'],
    rows,
  );
  const reads = [];
  for (const count of LENGTHS) reads.push(await metrics(bench, count));
  printTable('GET /api/v1/jobs/{id}/metrics', ['records of the run', 'calls', 'read units'], reads);
}

async function checkpoint({ platform, meter, ...bench }: BenchFlows, tasks: number) {
  const flow = { sources: [recordGenerator(100_000)], pageSize: 100, parallelism: tasks };
  const ref = await bench.start(await bench.define(flow, { tenant: newTenant() }));
  platform.slices.splice(0);
  const run = await bench.run(ref);
  const times: number[] = [];
  let bytes = 0;
  let calls: readonly Call[] = [];
  for (let i = 0; i < TIMES; i++) {
    meter.take();
    const begin = performance.now();
    ({ sizeBytes: bytes } = await takeCheckpoint(platform, run, 'request'));
    times.push(performance.now() - begin);
    calls = meter.take();
  }
  return [tasks, Math.round(median(times) * 10) / 10, bytes, sum(calls, 'write'), sum(calls, 'read')];
}

async function metrics({ platform, meter, ...bench }: BenchFlows, count: number) {
  const job = await bench.define(
    { sources: [recordGenerator(count)], pageSize: 10, parallelism: 4 },
    { tenant: newTenant() },
  );
  const ref = await bench.start(job);
  await bench.slices();
  meter.take();
  const request = {
    caller: { tenant: job.tenant, roles: ['ADMIN'], name: 'bench' },
    params: { job_id: publicRunId(ref) },
    query: {},
    body: undefined,
    headers: {},
    remainingMs: () => 30_000,
    mayWait: async () => true,
    countRequest: async () => {},
  } as const;
  const { status } = await getJobMetrics.handle(request, platform);
  if (status !== 200) throw new Error(`metrics answered ${status}`);
  const calls = meter.take();
  return [count, calls.length, sum(calls, 'read')];
}
