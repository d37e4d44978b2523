import { describe, expect, it } from 'vitest';
import { iterations } from '../../../../../helpers/iterations.ts';
import { CounterSimulation, type DisabledGuards } from '../../../../../helpers/simulations/counter-simulation.ts';

/** Number of random histories. The tenth is the first in which a rebuild that does not wait for starts is wrong. */
const HISTORIES = iterations(10, 60);
/** Number of histories within which a disabled guard must be noticed. */
const MUTATED = 40;

/**
 * Simulates a history in which counters are corrupted and then rebuilt under traffic.
 *
 * @returns the remaining differences, and whether the rebuild ended before the traffic
 */
async function rebuiltHistory(seed: number, mutation?: DisabledGuards) {
  const world = await CounterSimulation.start(seed, mutation);
  await world.runSteps(50);
  await world.corrupt();
  await world.beginRebuild();
  for (let turn = 0; turn < 20 && (await world.isRebuilding()); turn++) await world.runSteps(20);
  const inTraffic = !(await world.isRebuilding());
  await world.finish();
  const { found, compared } = await world.recount();
  if (compared < (await world.counters())) throw new Error(`seed ${seed}: only ${compared} counters were quiet`);
  const wrong = found.map(({ name, differences }) => `seed ${seed}: ${name} ${JSON.stringify(differences)}`);
  return { wrong, inTraffic };
}

describe('a rebuild of counters', () => {
  it(`leaves no counter wrong in ${HISTORIES} random histories under traffic`, {
    timeout: 240_000,
  }, async () => {
    const worlds = [];
    for (let seed = 1; seed <= HISTORIES; seed++) worlds.push(await rebuiltHistory(seed));

    expect(worlds.flatMap(({ wrong }) => wrong)).toEqual([]);
    expect(worlds.filter(({ inTraffic }) => inTraffic).length).toBeGreaterThan(HISTORIES / 4);
  });

  it.each<[string, DisabledGuards]>([
    ['starts that take longer than it waits for them', { slowStarts: true }],
    ['corrections that do not wait for the fences', { noFences: true }],
    ['an aggregator that does not look at its watermark', { noWatermark: true }],
  ])('leaves a counter wrong with the guard disabled: %s', { timeout: 240_000 }, async (_, mutation) => {
    let wrong = 0;
    for (let seed = 1; seed <= MUTATED && wrong === 0; seed++)
      wrong += (await rebuiltHistory(seed, mutation)).wrong.length;

    expect(wrong).toBeGreaterThan(0);
  });
});
