/** `npm run bench`: measures, and prints what it finds. `npm run bench -- writes bundles` measures only those. */
import { measureBundles } from './bundles.ts';
import { measureStartup } from './startup.ts';
import { measureThroughput } from './throughput.ts';
import { measureWrites } from './writes.ts';

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  writes: measureWrites,
  bundles: measureBundles,
  throughput: measureThroughput,
  startup: measureStartup,
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  console.error(`There is no measurement ${unknown.join(', ')}. There are: ${Object.keys(PARTS).join(', ')}.`);
  process.exit(1);
}
for (const [name, measure] of Object.entries(PARTS)) {
  if (names.length > 0 && !names.includes(name)) continue;
  try {
    await measure();
  } catch (error) {
    console.error(`\nCould not measure ${name}:`, error);
    process.exitCode = 1;
  }
}
