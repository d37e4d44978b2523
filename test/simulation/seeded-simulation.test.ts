import { beforeAll, describe, expect, it } from 'vitest';
import { formatCrashPoint, listCrashPoints, simulateCrash } from './driver/crash-points.ts';
import { type DriverFactory, loadDriver } from './driver/load-driver.ts';
import type { SimulationResult } from './driver/simulate.ts';

/** Between them they have faults of every kind. The others are for `npm run test:fault`. */
const SEEDS = [6, 7, 8];
/** Functions whose crashes are tried here; those of the others, and the other half, there. */
const CRASHED = ['dispatcher'];

// Each of these is thousands of calls, on a machine that may be busy.
const PATIENCE = { timeout: 120_000 };

let newDriver: DriverFactory;
let good: SimulationResult;
beforeAll(async () => {
  newDriver = await loadDriver();
  good = await newDriver().simulate(1, { withoutFaults: true });
}, PATIENCE.timeout);

describe('a good day', () => {
  it('has nothing to complain of, and plenty of runs', () => {
    expect(good.violations).toEqual([]);
    expect(good.tally.faults).toEqual({ 'key rotated': expect.any(Number) as number });
    expect(good.runs).toBeGreaterThan(50);
  });
});

describe('a bad day', PATIENCE, () => {
  it.each(SEEDS)(
    'of seed %i: what must hold does, when it is over, and a tenant that was spared knows nothing of it',
    async (seed) => {
      const { violations, controlHistory: spared, tally, runs } = await newDriver().simulate(seed);

      expect(violations).toEqual([]);
      expect(spared).toBe(good.controlHistory);
      expect(runs).toBeGreaterThan(40);
      expect(Object.keys(tally.faults).length).toBeGreaterThan(3);
    },
  );

  it('is the same day whenever it is lived through, to the last call', async () => {
    const first = await newDriver().simulate(9, { scenario: 'short' });
    const again = await newDriver().simulate(9, { scenario: 'short' });

    expect(again.trace).toEqual(first.trace);
    expect(again.hash).toBe(first.hash);
    expect(first.trace.length).toBeGreaterThan(500);
  });
});

describe('a crash', PATIENCE, () => {
  it.each(CRASHED)('of %s, before or after each of its calls, is repaired', async (fn) => {
    const points = (await listCrashPoints(newDriver, [fn])).filter(
      ({ call, when }) => when === (call % 2 === 0 ? 'before' : 'after'),
    );
    const found: string[] = [];

    for (const point of points) {
      const { outcome } = await simulateCrash(newDriver, point);
      found.push(...outcome.violations.map((violation) => `${formatCrashPoint(point)}: ${violation}`));
    }

    expect(found).toEqual([]);
    expect(points.length).toBeGreaterThan(4);
  });
});
