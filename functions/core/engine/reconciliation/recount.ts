import { type Counts, differences } from '../../domain/drift.ts';
import { COUNTED_ATTRIBUTES, COUNTED_STATES } from '../../domain/run-counts.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { type HasTime, OutOfTimeError } from '../../platform/time-budget.ts';
import { type CounterValues, listCounters, type NamedCounter } from '../../store/counters.ts';
import { COUNTER_PREFIXES } from '../../store/keys.ts';
import { listRegistrations } from '../../store/registrations.ts';
import { scanRuns } from '../../store/run-scan.ts';
import { countDefinitions, DEFINITION_NAMES } from './count-definitions.ts';
import { listPartitions } from './list-partitions.ts';
import { comparisonIntervalMs, type QuietPart, type QuietParts, quietParts } from './quiet-parts.ts';
import { type Count, counterName, Tally } from './tally.ts';

/**
 * Quiet period in milliseconds. Younger changes may still be in the streams, so counters and rows with such changes are
 * not compared.
 */
export const QUIET_MS = 5 * 60_000;

/** A counter that differs from the recount. */
export interface Difference {
  readonly name: string;
  readonly differences: Counts;
  /** Changes with every change of the compared part. */
  readonly stamp: string;
}

export interface RecountResult {
  readonly found: readonly Difference[];
  /** Number of counters that were compared, whole or in part. */
  readonly compared: number;
  /** Counters that are to be divided anew: the old part was compared, or nothing was and there is no cut. */
  readonly toDivide: readonly NamedCounter[];
  /** Number of counters that were due and could not be compared, because runs from before their cut changed. */
  readonly postponed: number;
  /** The tenant's failed registrations; `null` if some changed within the quiet period. */
  readonly failedRegistrations: number | null;
}

const TENANT = counterName({ kind: 'tenant' });

const byName = (counters: readonly NamedCounter[]): ReadonlyMap<string, CounterValues> =>
  new Map(counters.map(({ counter, values }) => [counterName(counter), values]));

const hasCurrentRuns = ({ values }: NamedCounter) => COUNTED_STATES.some((state) => (values.current[state] ?? 0) !== 0);

/**
 * Counts the tenant's runs, jobs and failed registrations, and compares each counter of which a part is quiet: neither
 * the part nor the rows that it counts changed in the quiet period or during the recount. If the whole counter is not
 * quiet, its old part may be: the runs created before the counter's cut change rarely, however busy the tenant is.
 *
 * Reads the runs of all jobs if a part of the counter of the tenant or of an integration is quiet, otherwise those of
 * jobs with a quiet part only.
 *
 * @throws OutOfTimeError
 */
export async function recount(platform: Platform, tenant: TenantId, hasTime: HasTime): Promise<RecountResult> {
  const { db, now } = platform;
  const since = now() - QUIET_MS;
  const counters = await listCounters(db, tenant);
  const before = byName(counters);
  const dueBefore = now() - comparisonIntervalMs(before.get(TENANT));
  const partsOf = (values: CounterValues | undefined) => quietParts(values, since, dueBefore);
  const isComparable = (name: string) => Object.keys(partsOf(before.get(name))).length > 0;
  const partitions = await listPartitions(platform, tenant, counters.filter(hasCurrentRuns));
  const definitions = countDefinitions(partitions.jobs, partitions.deletedJobs, await listRegistrations(db, tenant));
  const definitionsQuiet = definitions.changedAt <= since;

  const shared = [TENANT, ...before.keys()].filter((name) => !isOfJob(name));
  const includesAllJobs = shared.some(isComparable);
  const jobs = partitions.all.filter((job) => includesAllJobs || isComparable(counterName({ kind: 'job', ...job })));
  const tally = new Tally(new Map([...before].flatMap(([name, { cut }]) => (cut === null ? [] : [[name, cut]]))));
  for (const job of jobs) {
    for await (const page of scanRuns(db, job, { consistent: false })) {
      if (!hasTime()) throw new OutOfTimeError();
      tally.addRuns(job, page);
    }
  }

  const after = byName(await listCounters(db, tenant));
  const jobNames = jobs.map((job) => counterName({ kind: 'job', ...job }));
  const names = includesAllJobs
    ? new Set([...shared, ...jobNames, ...before.keys(), ...tally.names])
    : new Set(jobNames);
  const compared = new Map<string, Comparison>();
  for (const name of names) {
    const comparison = compare(partsOf(before.get(name)), partsOf(after.get(name)), tally, name, since);
    if (comparison) compared.set(name, comparison);
  }
  const found = [...compared].map(([name, { part, count }]) => {
    const expected = { ...count.counts, ...(name === TENANT && definitions.counts) };
    const attributes =
      name === TENANT && definitionsQuiet ? [...COUNTED_ATTRIBUTES, ...DEFINITION_NAMES] : COUNTED_ATTRIBUTES;
    return { name, differences: differences(part.counts, expected, attributes), stamp: part.stamp };
  });
  const uncompared = counters.filter(({ counter }) => !compared.has(counterName(counter)));
  return {
    found: found.filter(({ differences: some }) => Object.keys(some).length > 0),
    compared: compared.size,
    toDivide: [
      ...counters.filter(({ counter }) => compared.get(counterName(counter))?.isWhole === false),
      ...uncompared.filter(({ values }) => values.cut === null),
    ],
    postponed: uncompared.filter(({ values: { cut } }) => cut !== null && Date.parse(cut) <= dueBefore).length,
    failedRegistrations: definitionsQuiet ? (definitions.counts.failedRegistrations ?? 0) : null,
  };
}

/** The compared part of a counter and its recount. */
interface Comparison {
  readonly part: QuietPart;
  readonly count: Count;
  readonly isWhole: boolean;
}

/** Returns the larger part that did not change during the recount, and whose rows are quiet. */
function compare(
  before: QuietParts,
  after: QuietParts,
  tally: Tally,
  name: string,
  since: number,
): Comparison | undefined {
  const isQuiet = (part: QuietPart, later: QuietPart | undefined, { changedAt }: Count) =>
    part.stamp === later?.stamp && changedAt <= since;
  const [all, old] = [tally.of(name), tally.ofOldRuns(name)];
  if (before.whole && isQuiet(before.whole, after.whole, all)) return { part: before.whole, count: all, isWhole: true };
  if (before.old && isQuiet(before.old, after.old, old)) return { part: before.old, count: old, isWhole: false };
  return undefined;
}

const isOfJob = (name: string) => name.startsWith(COUNTER_PREFIXES.job);
