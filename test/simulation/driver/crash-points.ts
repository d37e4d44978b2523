import type { DriverFactory } from './load-driver.ts';
import type { SimulationResult } from './simulate.ts';
import type { CrashPoint } from './simulator.ts';

/** Seed of the short scenario in which every crash point is tried. */
const SEED = 1;

/** A crash point with the result of its simulation. */
export interface CrashResult {
  readonly point: CrashPoint;
  readonly outcome: SimulationResult;
}

/**
 * Lists the crash points of the short scenario: before and after each call of each function.
 *
 * @param fns restricts the list to these functions
 * @throws Error if the scenario violates an invariant without any crash
 */
export async function listCrashPoints(
  newDriver: DriverFactory,
  fns?: readonly string[],
): Promise<readonly CrashPoint[]> {
  const { calls, violations } = await newDriver().simulate(SEED, { withoutFaults: true, scenario: 'short' });
  if (violations.length > 0) throw new Error(`the short day without a crash: ${violations.join('\n')}`);
  return Object.entries(calls)
    .filter(([fn]) => fns?.includes(fn) ?? true)
    .flatMap(([fn, count]) =>
      Array.from({ length: count }, (_, i) => i + 1).flatMap((call): CrashPoint[] => [
        { fn, call, when: 'before' },
        { fn, call, when: 'after' },
      ]),
    );
}

/** Simulates the short scenario with one crash. */
export async function simulateCrash(newDriver: DriverFactory, point: CrashPoint): Promise<CrashResult> {
  return {
    point,
    outcome: await newDriver().simulate(SEED, { withoutFaults: true, scenario: 'short', crashPoint: point }),
  };
}

export const formatCrashPoint = ({ fn, call, when }: CrashPoint): string => `${fn} crashes ${when} call ${call}`;
