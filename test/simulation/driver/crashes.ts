import type { NewDriver } from './load.ts';
import type { Outcome } from './simulate.ts';
import type { CrashPoint } from './world.ts';

/** The seed of the day on which every crash is tried. */
const SEED = 1;

/** A crash, and what came of it. */
export interface Crashed {
  readonly point: CrashPoint;
  readonly outcome: Outcome;
}

/**
 * Every crash that could be on the short day: before and after each call of each function.
 *
 * @param fns only of these
 * @default of all
 */
export async function crashPoints(newDriver: NewDriver, fns?: readonly string[]): Promise<readonly CrashPoint[]> {
  const { calls, violations } = await newDriver().simulate(SEED, { calm: true, day: 'short' });
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

/** Lives through the short day with one crash. */
export async function crash(newDriver: NewDriver, point: CrashPoint): Promise<Crashed> {
  return { point, outcome: await newDriver().simulate(SEED, { calm: true, day: 'short', crashPoint: point }) };
}

export const nameOf = ({ fn, call, when }: CrashPoint): string => `${fn} crashes ${when} call ${call}`;
