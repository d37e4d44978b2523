import { describe, expect, it } from 'vitest';
import { iterations } from '../../../../../helpers/iterations.ts';
import { CounterSimulation } from '../../../../../helpers/simulations/counter-simulation.ts';

const MINUTE = 60_000;
/** Number of random histories. */
const HISTORIES = iterations(3, 40);
/** Reconciliations of a history. */
const VISITS = 4;

describe('reconcileTenant', () => {
  it(`finds no drift in ${HISTORIES} random histories under traffic, and compares busy counters`, {
    timeout: 240_000,
  }, async () => {
    const found: string[] = [];
    let compared = 0;
    for (let seed = 1; seed <= HISTORIES; seed++) {
      const world = await CounterSimulation.start(seed);
      for (let visit = 0; visit < VISITS; visit++) {
        await world.runTraffic(40 * MINUTE);
        const { drifts, compared: here } = await world.reconcile();
        found.push(...drifts.map((drift) => `seed ${seed}, visit ${visit}: ${JSON.stringify(drift)}`));
        compared += here;
      }
    }

    expect(found).toEqual([]);
    expect(compared).toBeGreaterThan(HISTORIES);
  });
});
