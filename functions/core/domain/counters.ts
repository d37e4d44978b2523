import { computeCount, computeDayOf, computeMsOf, toDay } from './compute.ts';
import { durationOf, isTerminal, type Run } from './run.ts';
import { DELAYED_RUNS, isDelayed, STORED_BYTES, toCountedState } from './run-counts.ts';
import type { SweepPart } from './sweep-agenda.ts';

/** The subject of a counter item. */
export type Counter =
  | { readonly kind: 'tenant' }
  | { readonly kind: 'job'; readonly jobId: string; readonly incarnation: string }
  | { readonly kind: 'integration'; readonly integrationId: string }
  /** Runs that finished within one minute, for example `2026-03-02T01:03`. */
  | { readonly kind: 'minute'; readonly minute: string }
  /** The tenant's usage on one day (UTC), for example `2026-03-02`. */
  | { readonly kind: 'day'; readonly day: string }
  /** Counts that belong to no tenant. */
  | { readonly kind: 'platform' };

/** The newest finished run, completed or failed. */
export interface LastFinish {
  readonly finishedAt: string;
  readonly startedAt: string | null;
  readonly durationMs: number | null;
}

/** The effect of one change on one counter. */
export interface Delta {
  readonly counter: Counter;
  /** Increments by attribute name; never 0. */
  readonly add: Readonly<Record<string, number>>;
  readonly last?: LastFinish;
  /** Creation time of the run, for changes of current counts. Decides on which side of a counter's cut they count. */
  readonly createdAt?: string;
  /**
   * Rebuild generation of the delta. The delta applies only to counter items that take part in the rebuild of this
   * generation.
   */
  readonly generation?: number;
  /** The part of the tenant's sweep that the change makes due; only on the tenant's counter. */
  readonly sweep?: SweepPart;
}

/**
 * Prefixes of attribute names: `d_` counts what exists now and can fall; `t_` counts all that ever existed and only
 * rises.
 */
export const CURRENT_PREFIX = 'd_';
export const TOTAL_PREFIX = 't_';
/**
 * Prefix of the part of the current counts that stems from runs created at or after the counter's cut. The rest stems
 * from older runs and changes rarely, so that the reconciliation can compare it under traffic.
 */
export const RECENT_PREFIX = 'n_';
/**
 * Prefix of counts that a rebuild computes, stored on the same item beside the current counts, and of the number of
 * rebuild markers counted.
 */
export const REBUILT_PREFIX = 'r_';
export const REBUILD_MARKERS = 'fences';

/** Names of the totals of a day: executed runs that ended, their records, and compute time in milliseconds. */
export const DAY_COUNTS = { runs: 'runs', records: 'records', busyMs: 'busyMs' } as const;

/** Returns the counters whose current counts include a run. */
function countersOf(run: Run): Counter[] {
  const { jobId, incarnation, integrationId } = run;
  return [
    { kind: 'tenant' },
    { kind: 'job', jobId, incarnation },
    ...(integrationId === null ? [] : [{ kind: 'integration', integrationId } as const]),
  ];
}

/** Returns the minute of an instant as a counter key, for example `2026-03-02T01:03`. */
export function toMinute(time: string | number): string {
  return new Date(time).toISOString().slice(0, 16);
}

/**
 * Returns the effect of a change of a run's row on the counters. A deletion lowers the current counts and leaves the
 * totals unchanged.
 *
 * @param before the old row; `undefined` if the row was created
 * @param after the new row; `undefined` if the row was deleted
 */
export function runDeltas(before: Run | undefined, after: Run | undefined): Delta[] {
  return [
    ...currentDeltas(before, after),
    ...finishDeltas(before, after),
    ...lateDeltas(before, after),
    ...delayDeltas(before, after),
    ...computeDeltas(before, after),
  ];
}

function currentDeltas(before: Run | undefined, after: Run | undefined): Delta[] {
  const deltas: Delta[] = [];
  const same =
    (before && toCountedState(before)) === (after && toCountedState(after)) &&
    before?.storedBytes === after?.storedBytes &&
    (before && isDelayed(before)) === (after && isDelayed(after));
  if (same && before?.generation === after?.generation) return deltas;
  for (const [run, sign] of [
    [before, -1],
    [after, 1],
  ] as const) {
    if (!run) continue;
    const { generation, createdAt } = run;
    const state = toCountedState(run);
    for (const counter of countersOf(run)) {
      const bytes = counter.kind === 'tenant' ? run.storedBytes * sign : 0;
      const isCountedAsDelayed = counter.kind === 'tenant' && isDelayed(run);
      const counted = (prefix: string) => ({
        [prefix + state]: sign,
        ...(bytes !== 0 && { [prefix + STORED_BYTES]: bytes }),
        ...(isCountedAsDelayed && { [prefix + DELAYED_RUNS]: sign }),
      });
      // A removed row leaves nothing to repair.
      const sweep = counter.kind === 'tenant' && after !== undefined ? ({ sweep: 'runs' } as const) : {};
      deltas.push({ counter, add: counted(CURRENT_PREFIX), createdAt, ...sweep });
      if (generation > 0) deltas.push({ counter, add: counted(REBUILT_PREFIX), generation });
    }
  }
  return deltas;
}

/** Returns the deltas of a run's terminal transition. */
function finishDeltas(before: Run | undefined, after: Run | undefined): Delta[] {
  if (!after || !isTerminal(after.state) || (before && isTerminal(before.state))) return [];
  const { state, finishedAt, startedAt } = after;
  const durationMs = durationOf(after);
  const executed = state !== 'canceled' && finishedAt !== null;
  const timed = executed && durationMs !== null;
  const totals = {
    [TOTAL_PREFIX + state]: 1,
    ...(timed && { [`${TOTAL_PREFIX}timed`]: 1, ...(durationMs > 0 && { [`${TOTAL_PREFIX}ms`]: durationMs }) }),
  };
  const last = executed ? { last: { finishedAt, startedAt, durationMs } } : {};
  const deltas: Delta[] = countersOf(after).map((counter) => ({ counter, add: totals, ...last }));
  if (executed) {
    const outcome = state === 'completed' ? 'ok' : 'error';
    deltas.push({ counter: { kind: 'minute', minute: toMinute(finishedAt) }, add: { [CURRENT_PREFIX + outcome]: 1 } });
    const records = after.itemsProcessed > 0 && { [TOTAL_PREFIX + DAY_COUNTS.records]: after.itemsProcessed };
    const used = { [TOTAL_PREFIX + DAY_COUNTS.runs]: 1, ...records };
    deltas.push({ counter: { kind: 'day', day: toDay(finishedAt) }, add: used });
  }
  return deltas;
}

/**
 * Returns the delta of a run whose start has been set to another time, or whose message could not be sent: a sweep has to
 * send its message in time.
 */
function delayDeltas(before: Run | undefined, after: Run | undefined): Delta[] {
  if (!after || !isDelayed(after)) return [];
  const isUnsent = after.sentAt === null && before !== undefined && before.sentAt !== null;
  if (before?.runAt === after.runAt && !(/* guard: delay.unsent-due */ isUnsent)) return [];
  return [{ counter: { kind: 'tenant' }, add: {}, /* guard: delay.sweep-due */ sweep: 'delays' }];
}

/** Returns the delta of a run that was flagged as late. */
function lateDeltas(before: Run | undefined, after: Run | undefined): Delta[] {
  if (!after) return [];
  const starts = after.lateStartAt !== null && !before?.lateStartAt;
  const finishes = after.lateFinishAt !== null && !before?.lateFinishAt;
  if (!starts && !finishes) return [];
  const add = {
    ...(starts && { [`${TOTAL_PREFIX}lateStarts`]: 1 }),
    ...(finishes && { [`${TOTAL_PREFIX}lateFinishes`]: 1 }),
  };
  return [{ counter: { kind: 'tenant' }, add }];
}

/** Returns the delta of a run that used compute time. */
function computeDeltas(before: Run | undefined, after: Run | undefined): Delta[] {
  const day = after ? computeDayOf(after) : null;
  if (!after || day === null) return [];
  const ms = computeMsOf(after) - (before ? computeMsOf(before) : 0);
  if (ms <= 0) return [];
  return [
    { counter: { kind: 'tenant' }, add: { [TOTAL_PREFIX + computeCount(day.slice(0, 7))]: ms } },
    { counter: { kind: 'day', day }, add: { [TOTAL_PREFIX + DAY_COUNTS.busyMs]: ms } },
  ];
}

/**
 * Returns the delta of stored bytes on the day of a change. The level at the end of a day is the current level without
 * the changes of later days.
 *
 * @param at time of the change in epoch milliseconds, the same for every delivery of its record
 */
export function storedBytesDeltas(before: Run | undefined, after: Run | undefined, at: number): Delta[] {
  const bytes = (after?.storedBytes ?? 0) - (before?.storedBytes ?? 0);
  return bytes === 0
    ? []
    : [{ counter: { kind: 'day', day: toDay(at) }, add: { [CURRENT_PREFIX + STORED_BYTES]: bytes } }];
}

/**
 * A marker row written behind the rows of one job during a rebuild. The aggregator has processed all earlier changes of
 * the job's shard once it has counted the marker (`functions/core/engine/reconciliation`).
 */
export interface RebuildMarker {
  readonly jobId: string;
  readonly incarnation: string;
  readonly generation: number;
  /** Integrations whose counters take part in the rebuild. */
  readonly integrationIds: readonly string[];
}

/** Returns the deltas of a rebuild marker: one on each counter that may include the job's runs. */
export function rebuildMarkerDeltas({ jobId, incarnation, generation, integrationIds }: RebuildMarker): Delta[] {
  const counters: Counter[] = [
    { kind: 'tenant' },
    { kind: 'job', jobId, incarnation },
    ...integrationIds.map((integrationId) => ({ kind: 'integration', integrationId }) as const),
  ];
  return counters.map((counter) => ({ counter, add: { [REBUILT_PREFIX + REBUILD_MARKERS]: 1 }, generation }));
}

/**
 * Returns the effect of a change of the Jobs table: defined jobs and refused registrations. A change without an effect
 * on counts makes a sweep of the definitions due.
 */
export function jobDeltas(change: { readonly jobs: number; readonly failedRegistrations: number }): Delta[] {
  const { jobs, failedRegistrations } = change;
  const failed = failedRegistrations === 0 ? {} : { [`${CURRENT_PREFIX}failedRegistrations`]: failedRegistrations };
  const tenant = { ...(jobs !== 0 && { [`${CURRENT_PREFIX}jobs`]: jobs }), ...failed };
  return [
    { counter: { kind: 'tenant' }, add: tenant, sweep: 'definitions' },
    ...(failedRegistrations === 0 ? [] : [{ counter: { kind: 'platform' }, add: failed } as const]),
  ];
}

export function laterFinish(a: LastFinish | null, b: LastFinish | null): LastFinish | null {
  if (!a || !b) return a ?? b;
  return b.finishedAt > a.finishedAt ? b : a;
}
