import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatCrashPoint, listCrashPoints, simulateCrash } from './driver/crash-points.ts';
import { type DriverFactory, loadDriver } from './driver/load-driver.ts';
import { EMPTY_SUMMARY, formatSummary, mergeSummaries, type Summary, toSummary } from './driver/report.ts';
import type { SimulationResult } from './driver/simulate.ts';

/**
 * `npm run test:fault` simulates 200 seeds with faults, and the short scenario with a crash at each crash point, and
 * checks all invariants.
 *
 * `-- --seeds N` sets the number of seeds, `--from K` the first seed, `--no-crashes` omits the crashes; `-- --seed K`
 * runs one seed and prints its trace.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    crashes: { type: 'boolean', default: true },
    /** Internal, for child processes: `first,end,step` of the seeds. */
    part: { type: 'string' },
  },
  allowNegative: true,
});

/** Number of seeds that are also simulated without faults, for comparison. */
const FAULTLESS_SEEDS = 10;
/** Maximum number of printed violations per seed. */
const MAX_SHOWN = 20;

const whole = (name: string, text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name}: must be an integer ≥ 1, got '${text}'`);
  return Number(text);
};

interface Part {
  readonly faulty: Summary;
  readonly calm: Summary;
  readonly crashes: Summary;
}

const NO_PART: Part = { faulty: EMPTY_SUMMARY, calm: EMPTY_SUMMARY, crashes: EMPTY_SUMMARY };

if (values.seed !== undefined) await runSeed(whole('seed', values.seed));
else if (values.part !== undefined) await part(values.part);
else await runSeeds(whole('seeds', values.seeds), whole('from', values.from));

/** Simulates one seed and prints its trace and violations. */
async function runSeed(seed: number): Promise<void> {
  const newDriver = await loadDriver();
  const outcome = await simulateAndCompare(newDriver, seed, await controlHistory(newDriver));
  const lines = [
    ...outcome.trace,
    `seed ${seed}: trace ${outcome.hash}, ${outcome.runs} runs, ${outcome.tally.calls} calls`,
    `faults: ${JSON.stringify(outcome.tally.faults)}`,
    ...outcome.violations.map((violation) => `VIOLATION ${violation}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`, () => process.exit(outcome.violations.length > 0 ? 1 : 0));
}

async function runSeeds(seeds: number, from: number): Promise<void> {
  const began = Date.now();
  const workers = Math.min(Math.max(1, availableParallelism()), seeds);
  const parts = await Promise.all(
    Array.from({ length: workers }, (_, i) => partOf(`${from + i},${from + seeds},${workers}`)),
  );
  const all = parts.reduce((a, b) => ({
    faulty: mergeSummaries(a.faulty, b.faulty),
    calm: mergeSummaries(a.calm, b.calm),
    crashes: mergeSummaries(a.crashes, b.crashes),
  }));
  console.log(formatSummary(all.faulty, all.calm));
  const { schedules, violations } = all.crashes;
  if (values.crashes) console.log(`crashes              ${schedules}, ${violations.length} of them not repaired`);
  console.log(`took                 ${Math.round((Date.now() - began) / 1_000)} s`);
  const isGood = Object.values(all).every((summary) => summary.violations.length === 0);
  process.exit(isGood ? 0 : 1);
}

/** Runs a part of the seeds in a child process. */
function partOf(which: string): Promise<Part> {
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), [
    '--part',
    which,
    ...(values.crashes ? [] : ['--no-crashes']),
  ]);
  return new Promise((resolve, reject) => {
    let found: Part | undefined;
    child.on('message', (message) => {
      found = message as Part;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (found) resolve(found);
      else reject(new Error(`the child process of the seeds ${which} exited with ${code} without a result`));
    });
  });
}

async function part(which: string): Promise<void> {
  const [from = 1, to = 1, step = 1] = which.split(',').map(Number);
  const newDriver = await loadDriver();
  const control = await controlHistory(newDriver);
  let { faulty, calm, crashes } = NO_PART;
  for (let seed = from; seed < to; seed += step) {
    const outcome = await simulateAndCompare(newDriver, seed, control);
    faulty = mergeSummaries(faulty, toSummary(outcome));
    printViolations(seed, outcome.violations);
    if (calm.schedules >= FAULTLESS_SEEDS / step) continue;
    const without = await newDriver().simulate(seed, { withoutFaults: true });
    calm = mergeSummaries(calm, toSummary(without));
    printViolations(
      seed,
      without.violations.map((violation) => `without faults: ${violation}`),
    );
  }
  const points = values.crashes ? await listCrashPoints(newDriver) : [];
  for (const point of points.filter((_, i) => i % step === from % step)) {
    const { outcome } = await simulateCrash(newDriver, point);
    crashes = mergeSummaries(crashes, toSummary(outcome));
    if (outcome.violations.length > 0)
      console.log([`${formatCrashPoint(point)}:`, ...shown(outcome.violations)].join('\n'));
  }
  process.send?.({ faulty, calm, crashes } satisfies Part, () => process.exit(0));
}

function printViolations(seed: number, violations: readonly string[]): void {
  if (violations.length === 0) return;
  const head = `seed ${seed} violates an invariant (reproduce: npm run test:fault -- --seed ${seed})`;
  console.log([head, ...shown(violations)].join('\n'));
}

function shown(violations: readonly string[]): readonly string[] {
  const more = violations.length > MAX_SHOWN ? [`${violations.length - MAX_SHOWN} more`] : [];
  return [...violations.slice(0, MAX_SHOWN), ...more].map((line) => `  ${line}`);
}

/** Returns the history of the control tenant, which is the same for every seed. */
async function controlHistory(newDriver: DriverFactory): Promise<string> {
  return (await newDriver().simulate(1, { withoutFaults: true })).controlHistory;
}

async function simulateAndCompare(newDriver: DriverFactory, seed: number, control: string): Promise<SimulationResult> {
  const outcome = await newDriver().simulate(seed);
  if (outcome.controlHistory === control) return outcome;
  const [actual, expected] = [outcome.controlHistory, control].map((text) => text.split('\n')) as [string[], string[]];
  const changed = [
    ...expected.filter((line) => !actual.includes(line)).map((line) => `the control tenant lacks ${line}`),
    ...actual
      .filter((line) => !expected.includes(line))
      .map((line) => `the control tenant has ${line} only for this seed`),
  ];
  return { ...outcome, violations: [...outcome.violations, ...changed] };
}
