import type { Flow } from '../../functions/core/domain/flow/flow.ts';
import type { Sink } from '../../functions/core/domain/flow/sink.ts';
import type { Source } from '../../functions/core/domain/flow/source.ts';
import type { Transform } from '../../functions/core/domain/flow/transform.ts';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { tenantFolder } from '../../functions/core/store/keys.ts';
import { newTenant } from '../helpers/builders/jobs.ts';
import { type BenchFlows, expectCompleted, startBenchFlows } from './bench-flows.ts';
import { sum } from './capacity-meter.ts';
import { measureCheckpoints } from './checkpoints.ts';
import { measureFlowMemory } from './flow-memory.ts';
import { measureBesideLoops } from './flows/beside-loops.ts';
import { inputObjects, RECORDS } from './flows/input.ts';
import { type Cost, costOf } from './flows/own-cpu.ts';
import { measureStops } from './stops.ts';
import { median, printTable } from './table.ts';

const PAGE = 100;
/** Pairs of runs with and without checkpoints. */
const PAIRS = 5;

const generator: Source = {
  id: 'source_1',
  name: 'Generated',
  type: 'generate',
  count: RECORDS,
  rate: null,
  shape: null,
  seed: 1,
};
const objects: Source = { id: 'source_1', name: 'Objects', type: 's3', prefix: 'in/', format: 'ndjson' };
const preview: Sink = { id: 'sink_1', name: 'Kept', type: 'preview' };
const bucket: Sink = { id: 'sink_1', name: 'Bucket', type: 's3', key: 'out/{page}.ndjson', format: 'ndjson' };
const map: Transform = {
  id: 'map_1',
  name: 'Map',
  type: 'map',
  to: "{ 'id': id, 'text': $uppercase(message), 'twice': value * 2 }",
};

const FLOWS: Readonly<Record<string, Pick<Flow, 'sources' | 'transforms' | 'sinks'>>> = {
  'generate → preview': { sources: [generator], transforms: [], sinks: [preview] },
  'generate → map → preview': { sources: [generator], transforms: [map], sinks: [preview] },
  's3 → s3': { sources: [objects], transforms: [], sinks: [bucket] },
  's3 → map → s3': { sources: [objects], transforms: [map], sinks: [bucket] },
};

/** Measures the throughput and units of a flow task. */
export async function measureFlows(): Promise<void> {
  await using bench = await startBenchFlows();
  const rows = [];
  for (const [name, flow] of Object.entries(FLOWS)) {
    const { ms, calls } = await once(bench, flow);
    const commits = calls.filter(({ operation, sk }) => operation === 'PutItem' && sk.startsWith('TASK#'));
    rows.push([
      name,
      Math.round((RECORDS / ms) * 1_000),
      round((sum(calls, 'write') / RECORDS) * 1_000),
      round((sum(commits, 'write') / RECORDS) * 1_000),
      Math.max(...commits.map(({ bytes }) => bytes)),
      round((sum(calls, 'read') / RECORDS) * 1_000),
    ]);
  }
  const units = 'write units/1,000 records';
  printTable(
    `A task of a flow (${RECORDS} records, pages of ${PAGE}; planning and end included in the units)`,
    ['flow', 'records/s', units, 'of its row', 'bytes of its row', 'read units/1,000'],
    rows,
  );
  await measureRatios(bench);
  await measureStopping();
  await measureFlowMemory();
}

/** Measures flows beside loops without an engine. */
export async function measureFlowRatios(): Promise<void> {
  await using bench = await startBenchFlows();
  await measureRatios(bench);
}

interface Mapped {
  readonly id: number;
  readonly message: string;
  readonly value: number;
}

async function measureRatios(bench: BenchFlows): Promise<void> {
  const costOfFlow = (name: string) => async (): Promise<Cost> =>
    (await once(bench, FLOWS[name] as (typeof FLOWS)[string])).cost;
  await measureBesideLoops(bench.platform.objects, PAGE, [
    { name: 's3 → s3', flow: costOfFlow('s3 → s3'), transform: (record) => record, jq: '.' },
    {
      name: 's3 → map → s3',
      flow: costOfFlow('s3 → map → s3'),
      transform: (record) => {
        const { id, message, value } = record as unknown as Mapped;
        return { id, text: message.toUpperCase(), twice: value * 2 };
      },
      jq: '{ id, text: (.message | ascii_upcase), twice: (.value * 2) }',
    },
  ]);
}

/** Measures checkpoints, and the time to stop and restart a run. */
export async function measureStopping(): Promise<void> {
  await using bench = await startBenchFlows();
  await measureOverhead(bench);
  await measureCheckpoints(bench);
  await measureStops();
}

const withoutTimer = { everySeconds: null, keep: 5 };

async function once(
  { platform, meter, ...bench }: BenchFlows,
  flow: Pick<Flow, 'sources' | 'transforms' | 'sinks'>,
  checkpoints: Flow['checkpoints'] = withoutTimer,
) {
  const tenant = newTenant();
  await putObjects(platform, tenant);
  const job = await bench.define({ ...flow, checkpoints, pageSize: PAGE, parallelism: 1 }, { tenant });
  meter.take();
  const ref = await bench.start(job);
  const cost = await costOf(() => bench.slices());
  const calls = meter.take();
  expectCompleted(await bench.run(ref));
  return { ms: cost.ms, cost, calls };
}

async function putObjects({ objects }: BenchFlows['platform'], tenant: TenantId): Promise<void> {
  for (const [name, text] of inputObjects())
    await objects.put(`${tenantFolder(tenant)}in/${name}`, text, 'application/x-ndjson');
}

/** Measures the overhead of a checkpoint per second, 60 times the default frequency. */
async function measureOverhead(bench: BenchFlows): Promise<void> {
  const flow = FLOWS['s3 → map → s3'] as (typeof FLOWS)[string];
  const [without, within]: [number[], number[]] = [[], []];
  for (let pair = 0; pair < PAIRS; pair++) {
    without.push((await once(bench, flow)).ms);
    within.push((await once(bench, flow, { everySeconds: 1, keep: 5 })).ms);
  }
  const [a, b] = [median(without), median(within)];
  printTable(
    `Checkpoints on a timer (s3 → map → s3, median of ${PAIRS} pairs of runs)`,
    ['', 'ms'],
    [
      ['none', Math.round(a)],
      ['each second', Math.round(b)],
      ['overhead, each second, %', round((b / a - 1) * 100)],
      ['overhead, each minute as by default, %', round((b / a - 1) * (100 / 60))],
    ],
  );
}

const round = (value: number) => Math.round(value * 100) / 100;
