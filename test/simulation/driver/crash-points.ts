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
 * Lists the crash points of the short scenario: after each write of each function, and before each call that is the
 * first of its invocation or follows a timer. Scripts, sources, sinks and receivers take time in a simulation, so an
 * invocation has no effect outside of its writes and its timers: a crash at any other call leaves what a crash at one of
 * these leaves.
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
    .flatMap(([fn, observed]) =>
      observed.flatMap(({ isImmediate, isWrite }, i): CrashPoint[] => [
        ...(isImmediate ? [] : [{ fn, call: i + 1, when: 'before' } as const]),
        ...(isWrite ? [{ fn, call: i + 1, when: 'after' } as const] : []),
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
