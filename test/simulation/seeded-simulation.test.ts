import { beforeAll, describe, expect, it } from 'vitest';
import { iterations } from '../helpers/iterations.ts';
import { formatCrashPoint, listCrashPoints, simulateCrash } from './driver/crash-points.ts';
import { type DriverFactory, loadDriver } from './driver/load-driver.ts';
import type { SimulationResult } from './driver/simulate.ts';

/** All of these seeds together cover every kind of fault. `npm run test:fault` runs the others. */
const SEEDS = [6, 7, 8].slice(0, iterations(1, 3));
/** `npm run test:fault` tries the crashes of the other functions. */
const CRASHED = ['dispatcher'];

// Each test makes thousands of calls, possibly on a busy machine.
const LONG = { timeout: 120_000 };

let newDriver: DriverFactory;
let baseline: SimulationResult;
beforeAll(async () => {
  newDriver = await loadDriver();
  baseline = await newDriver().simulate(1, { withoutFaults: true });
}, LONG.timeout);

describe('a simulation without faults', () => {
  it('violates no invariant and has many runs', () => {
    expect(baseline.violations).toEqual([]);
    expect(baseline.tally.faults).toEqual({ 'key rotated': expect.any(Number) as number });
    expect(baseline.runs).toBeGreaterThan(50);
  });
});

describe('a simulation with faults', LONG, () => {
  it.each(SEEDS)('violates no invariant and does not affect the control tenant: seed %i', async (seed) => {
    const { violations, controlHistory: spared, tally, runs } = await newDriver().simulate(seed);

    expect(violations).toEqual([]);
    expect(spared).toBe(baseline.controlHistory);
    expect(runs).toBeGreaterThan(40);
    expect(Object.keys(tally.faults).length).toBeGreaterThan(3);
  });

  it('repeats every call for the same seed', async () => {
    const first = await newDriver().simulate(9, { scenario: 'short' });
    const again = await newDriver().simulate(9, { scenario: 'short' });

    expect(again.trace).toEqual(first.trace);
    expect(again.hash).toBe(first.hash);
    expect(first.trace.length).toBeGreaterThan(500);
  });
});

describe('a simulated crash', LONG, () => {
  it.each(CRASHED)('of %s is repaired, before or after each of its calls', async (fn) => {
    const points = await listCrashPoints(newDriver, [fn]);
    const found: string[] = [];

    for (const point of points) {
      const { outcome } = await simulateCrash(newDriver, point);
      found.push(...outcome.violations.map((violation) => `${formatCrashPoint(point)}: ${violation}`));
    }

    expect(found).toEqual([]);
    expect(points.length).toBeGreaterThan(4);
  });
});
