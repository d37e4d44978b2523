import { type Counts, differences } from '../../domain/drift.ts';
import { COUNTED_ATTRIBUTES, COUNTED_STATES } from '../../domain/run-counts.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { type CounterValues, listCounters, type NamedCounter } from '../../store/counters.ts';
import { COUNTER_PREFIXES } from '../../store/keys.ts';
import { listRegistrations } from '../../store/registrations.ts';
import { scanRuns } from '../../store/run-scan.ts';
import { countDefinitions, DEFINITION_NAMES } from './count-definitions.ts';
import { listPartitions } from './list-partitions.ts';
import { counterName, Tally } from './tally.ts';
import { type HasTime, OutOfTimeError } from './time-budget.ts';

/**
 * Quiet period in milliseconds. Changes of younger counters and rows may still be in the streams, so these are not
 * compared.
 */
export const QUIET_MS = 5 * 60_000;

/** A counter that differs from the recount. */
export interface Difference {
  readonly name: string;
  readonly differences: Counts;
  /** Changes with every change of the counter. */
  readonly stamp: string;
}

export interface RecountResult {
  readonly found: readonly Difference[];
  /** Number of counters that were compared. */
  readonly compared: number;
  /** The tenant's failed registrations; `null` if some changed within the quiet period. */
  readonly failedRegistrations: number | null;
}

const TENANT = counterName({ kind: 'tenant' });

/** Returns a stamp that differs after every change of the counter. */
export function changeStamp(values: CounterValues | undefined): string {
  const watermarks = Object.entries(values?.watermarks ?? {}).map(([tag, { sequence }]) => `${tag}=${sequence}`);
  return [values?.changedAt ?? 0, ...watermarks.sort()].join(' ');
}

const byName = (counters: readonly NamedCounter[]): ReadonlyMap<string, CounterValues> =>
  new Map(counters.map(({ counter, values }) => [counterName(counter), values]));

const hasCurrentRuns = ({ values }: NamedCounter) => COUNTED_STATES.some((state) => (values.current[state] ?? 0) !== 0);

/**
 * Counts the tenant's runs, jobs and failed registrations, and compares each quiet counter. A counter is quiet if
 * neither it nor the rows that it counts changed in the quiet period or during the recount. Reads the runs of all jobs
 * if the counter of the tenant or of an integration is quiet, otherwise those of quiet jobs only.
 *
 * @throws OutOfTimeError
 */
export async function recount(platform: Platform, tenant: TenantId, hasTime: HasTime): Promise<RecountResult> {
  const { db, now } = platform;
  const since = now() - QUIET_MS;
  const counters = await listCounters(db, tenant);
  const before = byName(counters);
  const isQuiet = (name: string) => (before.get(name)?.changedAt ?? 0) <= since;
  const partitions = await listPartitions(platform, tenant, counters.filter(hasCurrentRuns));
  const definitions = countDefinitions(partitions.jobs, partitions.deletedJobs, await listRegistrations(db, tenant));
  const definitionsQuiet = definitions.changedAt <= since;

  const shared = [TENANT, ...before.keys()].filter((name) => !isOfJob(name));
  const includesAllJobs = shared.some(isQuiet);
  const jobs = partitions.all.filter((job) => includesAllJobs || isQuiet(counterName({ kind: 'job', ...job })));
  const tally = new Tally();
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
  const quiet = [...names].filter(
    (name) =>
      isQuiet(name) &&
      tally.of(name).changedAt <= since &&
      changeStamp(before.get(name)) === changeStamp(after.get(name)),
  );
  const found = quiet.map((name) => {
    const expected = { ...tally.of(name).counts, ...(name === TENANT && definitions.counts) };
    const compared =
      name === TENANT && definitionsQuiet ? [...COUNTED_ATTRIBUTES, ...DEFINITION_NAMES] : COUNTED_ATTRIBUTES;
    const counted = before.get(name);
    return { name, differences: differences(counted?.current ?? {}, expected, compared), stamp: changeStamp(counted) };
  });
  return {
    found: found.filter(({ differences: some }) => Object.keys(some).length > 0),
    compared: quiet.length,
    failedRegistrations: definitionsQuiet ? (definitions.counts.failedRegistrations ?? 0) : null,
  };
}

const isOfJob = (name: string) => name.startsWith(COUNTER_PREFIXES.job);
