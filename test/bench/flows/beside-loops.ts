import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '../../../functions/core/domain/json.ts';
import type { Objects } from '../../../functions/core/platform/objects.ts';
import { median, printTable } from '../table.ts';
import { runBareLoop } from './bare-loop.ts';
import { inputObjects, RECORDS, writeInputFiles } from './input.ts';
import { costOfJq, hasJq } from './jq.ts';
import { type Cost, costOf } from './own-cpu.ts';

/** Measurements of each flow and of each loop, in turns. */
const ROUNDS = 5;
const PREFIX = 'bare/';

/** A flow, and the same work as a function and as a program of `jq`. */
export interface Comparison {
  readonly name: string;
  /** Runs the flow and measures its task. */
  readonly flow: () => Promise<Cost>;
  readonly transform: (record: Json) => Json;
  readonly jq: string;
}

/**
 * Measures flows beside bare loops that read, parse, transform and write the same objects in this process, and beside
 * `jq` if it is installed, which reads and writes files.
 */
export async function measureBesideLoops(
  objects: Objects,
  pageSize: number,
  comparisons: readonly Comparison[],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'jobdeck-bench-'));
  const files = writeInputFiles(folder);
  for (const [name, text] of inputObjects()) await objects.put(`${PREFIX}in/${name}`, text, 'application/x-ndjson');
  const withJq = hasJq();
  const rows = [];
  try {
    for (const { name, flow, transform, jq } of comparisons) {
      const loop = () =>
        costOf(() => runBareLoop(objects, { from: `${PREFIX}in/`, to: `${PREFIX}out/`, pageSize, transform }));
      // The first of each compiles the code.
      await loop();
      await flow();
      const [flows, loops, jqs]: [Cost[], Cost[], Cost[]] = [[], [], []];
      for (let round = 0; round < ROUNDS; round++) {
        loops.push(await loop());
        flows.push(await flow());
        if (withJq) jqs.push(await costOfJq(jq, files, join(folder, 'out.ndjson')));
      }
      rows.push(rowOf(name, flows, loops, jqs));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  printTable(
    `A task of a flow beside a loop without an engine, over the same objects (median of ${ROUNDS}; CPU of this process and of its expressions)`,
    [
      'flow',
      'records/s',
      'loop',
      'ratio, %',
      'CPU µs/record',
      'loop',
      'ratio, %',
      ...(withJq ? ['jq records/s', 'jq CPU'] : []),
    ],
    rows,
  );
}

function rowOf(name: string, flows: readonly Cost[], loops: readonly Cost[], jqs: readonly Cost[]) {
  const perSecond = (costs: readonly Cost[]) => Math.round((RECORDS / median(costs.map(({ ms }) => ms))) * 1_000);
  const cpu = (costs: readonly Cost[]) => round((median(costs.map(({ cpuMs }) => cpuMs)) / RECORDS) * 1_000);
  // Of each round, as the rounds meet different load of the machine.
  const ratio = (field: keyof Cost) =>
    Math.round(100 * median(flows.map((flow, i) => (loops[i]?.[field] ?? 0) / flow[field])));
  return [
    name,
    perSecond(flows),
    perSecond(loops),
    ratio('ms'),
    cpu(flows),
    cpu(loops),
    ratio('cpuMs'),
    ...(jqs.length > 0 ? [perSecond(jqs), cpu(jqs)] : []),
  ];
}

const round = (value: number) => Math.round(value * 10) / 10;
