import { parentPort, workerData } from 'node:worker_threads';
import type { Mutation } from '../mutations/mutation.ts';
import { formatCrashPoint, listCrashPoints, simulateCrash } from './crash-points.ts';
import { loadDriver } from './load-driver.ts';

/**
 * Worker thread of `run-mutations.ts`: posts the first violation that a mutation causes, or `undefined` if it causes
 * none.
 */
const { mutation, seeds } = workerData as { readonly mutation: Mutation; readonly seeds: number };
const newDriver = await loadDriver(mutation);
parentPort?.postMessage(mutation.crashes === undefined ? await inDays() : await afterCrashes(mutation.crashes));

async function inDays(): Promise<string | undefined> {
  for (let seed = 1; seed <= seeds; seed++) {
    const violation = await newDriver()
      .simulate(seed)
      .then(({ violations }) => violations[0], String);
    if (violation !== undefined) return `seed ${seed}: ${violation}`;
  }
  return undefined;
}

async function afterCrashes(fns: readonly string[]): Promise<string | undefined> {
  for (const point of await listCrashPoints(newDriver, fns)) {
    const violation = await simulateCrash(newDriver, point).then(({ outcome }) => outcome.violations[0], String);
    if (violation !== undefined) return `${formatCrashPoint(point)}: ${violation}`;
  }
  return undefined;
}
