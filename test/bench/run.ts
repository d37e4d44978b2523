/** `npm run bench` runs all default measurements; `npm run bench -- writes startup` runs the named ones. */
import { measureCost } from './cost.ts';
import { measureCounters } from './counters.ts';
import { measureFairness } from './fairness.ts';
import { measureFlowMemory } from './flow-memory.ts';
import { measureFlowRatios, measureFlows, measureStopping } from './flows.ts';
import { measureLocalStart } from './local-start.ts';
import { measureNoisyNeighbor } from './noisy.ts';
import { measurePage } from './page.ts';
import { measureMillion, measureReads } from './reads.ts';
import { measureScale } from './scale.ts';
import { measureStartup } from './startup.ts';
import { measureThroughput } from './throughput.ts';
import { measureWrites } from './writes.ts';

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  writes: measureWrites,
  cost: measureCost,
  counters: measureCounters,
  reads: measureReads,
  scale: measureScale,
  startup: measureStartup,
  throughput: measureThroughput,
  'local-start': measureLocalStart,
  flows: measureFlows,
  fairness: measureFairness,
};

/** Measurements that run only if they are named. */
const LONG_PARTS: typeof PARTS = {
  /** The measurement of `flows` beside loops without an engine. */
  'flows-ratio': measureFlowRatios,
  /** The measurements of `flows` about checkpoints, stops and restarts. */
  checkpoints: measureStopping,
  /** `reads` with an additional history of a million runs. */
  'reads-1e6': measureMillion,
  /** Memory of the worker for a source of 1 GB. */
  'flows-1gb': () => measureFlowMemory(1_024),
  /** A tenant beside attacks of another; about ten minutes. */
  noisy: measureNoisyNeighbor,
  /** Requires Chromium. */
  page: measurePage,
};

const names = process.argv.slice(2);
const all = { ...PARTS, ...LONG_PARTS };
const unknown = names.filter((name) => !(name in all));
if (unknown.length > 0) {
  console.error(`There is no measurement ${unknown.join(', ')}. There are: ${Object.keys(all).join(', ')}.`);
  process.exit(1);
}
for (const [name, measure] of Object.entries(names.length > 0 ? all : PARTS)) {
  if (names.length > 0 && !names.includes(name)) continue;
  try {
    await measure();
  } catch (error) {
    console.error(`\nCould not measure ${name}:`, error);
    process.exitCode = 1;
  }
}
