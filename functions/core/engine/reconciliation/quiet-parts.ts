import type { Counts } from '../../domain/drift.ts';
import { COUNTED_ATTRIBUTES, COUNTED_STATES } from '../../domain/run-counts.ts';
import type { CounterValues } from '../../store/counters.ts';
import { DEFINITION_NAMES } from './count-definitions.ts';

/** A part of a counter that can be compared with a recount. */
export interface QuietPart {
  readonly counts: Counts;
  /** Changes with every change of the part. */
  readonly stamp: string;
}

/** The parts of a counter that did not change in the quiet period. */
export interface QuietParts {
  /** The whole counter. */
  readonly whole?: QuietPart;
  /** The runs created before the counter's cut. */
  readonly old?: QuietPart;
}

/** Shortest time in milliseconds from a counter's cut to the comparison of its old part. */
const MIN_CUT_AGE_MS = 30 * 60_000;
const MAX_CUT_AGE_MS = 24 * 60 * 60_000;
/** Runs of a tenant whose comparison may be repeated every hour. A comparison reads all of them. */
const RUNS_PER_HOUR = 20_000;

/**
 * Returns the time from the cuts of a tenant's counters to the comparison of their old parts in milliseconds, 0.5–24 h:
 * one hour for each 20,000 runs, so that the reads stay in proportion.
 *
 * @param values the tenant's counter
 */
export function comparisonIntervalMs(values: CounterValues | undefined): number {
  const runs = COUNTED_STATES.reduce((sum, state) => sum + (values?.current[state] ?? 0), 0);
  return Math.min(MAX_CUT_AGE_MS, Math.max(MIN_CUT_AGE_MS, (runs / RUNS_PER_HOUR) * 60 * 60_000));
}

/** Returns a stamp that differs after every change of the counter. */
export function changeStamp(values: CounterValues | undefined): string {
  const watermarks = Object.entries(values?.watermarks ?? {}).map(([tag, { sequence }]) => `${tag}=${sequence}`);
  return [values?.changedAt ?? 0, ...watermarks.sort()].join(' ');
}

/**
 * Returns the quiet parts of a counter.
 *
 * @param since start of the quiet period in epoch milliseconds
 * @param dueBefore cuts after this time are too young; epoch milliseconds
 */
export function quietParts(values: CounterValues | undefined, since: number, dueBefore: number): QuietParts {
  const { current, recent, cut, changedAt, oldChangedAt }: Divided = values ?? NOTHING;
  const isOldQuiet =
    cut !== null &&
    Date.parse(cut) <= Math.min(since, dueBefore) &&
    // guard: reconciliation.old-part.quiet
    oldChangedAt <= since;
  const old = Object.fromEntries([
    ...COUNTED_ATTRIBUTES.map((name) => [name, (current[name] ?? 0) - (recent[name] ?? 0)]),
    ...DEFINITION_NAMES.map((name) => [name, current[name] ?? 0]),
  ]) as Counts;
  return {
    ...(changedAt <= since && { whole: { counts: current, stamp: changeStamp(values) } }),
    ...(isOldQuiet && { old: { counts: old, stamp: JSON.stringify([cut, oldChangedAt, old]) } }),
  };
}

type Divided = Pick<CounterValues, 'current' | 'recent' | 'cut' | 'changedAt' | 'oldChangedAt'>;
const NOTHING: Divided = { current: {}, recent: {}, cut: null, changedAt: 0, oldChangedAt: 0 };
