/** `npm run bench`: measures, and prints what it finds. `npm run bench -- writes bundles` measures only those. */
import { measureBundles } from './bundles.ts';
import { measureCounters } from './counters.ts';
import { measureFairness } from './fairness.ts';
import { measureFlowMemory } from './flow-memory.ts';
import { measureFlows, measureStopping } from './flows.ts';
import { measurePage } from './page.ts';
import { measureMillion, measureReads } from './reads.ts';
import { measureStartup } from './startup.ts';
import { measureThroughput } from './throughput.ts';
import { measureWrites } from './writes.ts';

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  writes: measureWrites,
  counters: measureCounters,
  reads: measureReads,
  bundles: measureBundles,
  throughput: measureThroughput,
  startup: measureStartup,
  flows: measureFlows,
  fairness: measureFairness,
};

/** Measured only when named. */
const LONG_PARTS: typeof PARTS = {
  /** The part of `flows` that is about checkpoints, stops and restarts. */
  checkpoints: measureStopping,
  /** `reads` with a million runs too. */
  'reads-1e6': measureMillion,
  /** Memory of the worker on a source of a gigabyte. */
  'flows-1gb': () => measureFlowMemory(1_024),
  /** Needs a Chromium. */
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
