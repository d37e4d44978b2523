import type { SimulationResult } from './simulate.ts';

/** The sum of several simulation results. */
export interface Summary {
  readonly schedules: number;
  readonly runs: number;
  readonly calls: number;
  readonly writes: number;
  readonly invocations: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly recoveries: readonly number[];
  readonly violations: readonly { readonly seed: number; readonly found: readonly string[] }[];
}

export const EMPTY_SUMMARY: Summary = {
  schedules: 0,
  runs: 0,
  calls: 0,
  writes: 0,
  invocations: 0,
  faults: {},
  recoveries: [],
  violations: [],
};

const sum = (numbers: Readonly<Record<string, number>>) => Object.values(numbers).reduce((all, one) => all + one, 0);

export function toSummary({ seed, violations, tally, runs, recoveryMs }: SimulationResult): Summary {
  return {
    schedules: 1,
    runs,
    calls: tally.calls,
    writes: tally.writes,
    invocations: sum(tally.invocations),
    faults: tally.faults,
    recoveries: [recoveryMs],
    violations: violations.length === 0 ? [] : [{ seed, found: violations }],
  };
}

export function mergeSummaries(a: Summary, b: Summary): Summary {
  const names = new Set([...Object.keys(a.faults), ...Object.keys(b.faults)]);
  return {
    schedules: a.schedules + b.schedules,
    runs: a.runs + b.runs,
    calls: a.calls + b.calls,
    writes: a.writes + b.writes,
    invocations: a.invocations + b.invocations,
    faults: Object.fromEntries([...names].map((name) => [name, (a.faults[name] ?? 0) + (b.faults[name] ?? 0)])),
    recoveries: [...a.recoveries, ...b.recoveries],
    violations: [...a.violations, ...b.violations],
  };
}

/** @param calm simulations of the same seeds without faults, for comparison */
export function formatSummary(faulty: Summary, faultless: Summary): string {
  const recoveries = [...faulty.recoveries].sort((a, b) => a - b);
  const at = (share: number) =>
    seconds(recoveries[Math.min(recoveries.length - 1, Math.floor(share * recoveries.length))]);
  const perRun = (of: (summary: Summary) => number) => {
    const [bad, good] = [of(faulty) / faulty.runs, of(faultless) / faultless.runs];
    return `${bad.toFixed(1)} a run, ${good.toFixed(1)} without faults: × ${(bad / good).toFixed(2)}`;
  };
  const faults = Object.entries(faulty.faults).sort(([, a], [, b]) => b - a);
  return [
    `simulations          ${faulty.schedules} (${faulty.runs} runs, ${faulty.calls} calls)`,
    `faults injected      ${sum(faulty.faults)}`,
    ...faults.map(([name, count]) => `  ${name.padEnd(18)} ${count}`),
    `with violations      ${faulty.violations.length} of ${faulty.schedules} (target: 0)`,
    `recovery             half within ${at(0.5)}, 95 % within ${at(0.95)}, all within ${at(1)}`,
    'retry amplification',
    `  invocations        ${perRun(({ invocations }) => invocations)}`,
    `  writes             ${perRun(({ writes }) => writes)}`,
  ].join('\n');
}

const seconds = (ms = 0) => `${Math.round(ms / 1_000)} s`;
