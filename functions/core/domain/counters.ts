import { durationOf, isTerminal, type Run } from './run.ts';
import { STORED_BYTES, toCountedState } from './run-counts.ts';
import { bucketOf } from './sketch.ts';

/** What a counter item counts. */
export type Counter =
  | { readonly kind: 'tenant' }
  | { readonly kind: 'job'; readonly jobId: string; readonly incarnation: string }
  | { readonly kind: 'integration'; readonly integrationId: string }
  /** Runs that finished within one minute: `2026-03-02T01:03`. */
  | { readonly kind: 'minute'; readonly minute: string }
  /** Durations and queue latencies of a job's runs. */
  | { readonly kind: 'sketch'; readonly jobId: string; readonly incarnation: string }
  /** What belongs to no tenant. */
  | { readonly kind: 'platform' };

/** The last run that finished, done or failed. */
export interface LastFinish {
  readonly finishedAt: string;
  readonly startedAt: string | null;
  readonly durationMs: number | null;
}

/** What one change does to one counter. */
export interface Delta {
  readonly counter: Counter;
  /** Added to the counter's attributes, by name. None of them is 0. */
  readonly add: Readonly<Record<string, number>>;
  readonly last?: LastFinish;
  /** Set on deltas of a rebuild: they count on items that take part in the rebuild of that generation, on no other. */
  readonly generation?: number;
}

/** Attribute names. `d_` counts what is there now and falls; `t_` counts what ever was and only rises. */
export const CURRENT_PREFIX = 'd_';
export const TOTAL_PREFIX = 't_';
/** Counts of a rebuild: what the current counts should be, beside them on the same item, and the fences passed. */
export const REBUILT_PREFIX = 'r_';
export const REBUILD_MARKERS = 'fences';
export const DURATION_BUCKET_PREFIX = 'b_';
export const LATENCY_BUCKET_PREFIX = 'q_';

/** The counters whose current counts a run is part of. */
function countersOf(run: Run): Counter[] {
  const { jobId, incarnation, integrationId } = run;
  return [
    { kind: 'tenant' },
    { kind: 'job', jobId, incarnation },
    ...(integrationId === null ? [] : [{ kind: 'integration', integrationId } as const]),
  ];
}

/** The minute an instant is in, as its counter is called. */
export function toMinute(time: string | number): string {
  return new Date(time).toISOString().slice(0, 16);
}

/**
 * What a change of a run's row does to the counters: from the row before (undefined: it was made) to the row after
 * (undefined: it was deleted). A deletion lowers the current counts; the totals keep what ever was.
 */
export function runDeltas(before: Run | undefined, after: Run | undefined): Delta[] {
  return [...currentDeltas(before, after), ...finishDeltas(before, after), ...lateDeltas(before, after)];
}

function currentDeltas(before: Run | undefined, after: Run | undefined): Delta[] {
  const deltas: Delta[] = [];
  const same =
    (before && toCountedState(before)) === (after && toCountedState(after)) &&
    before?.storedBytes === after?.storedBytes;
  if (same && before?.generation === after?.generation) return deltas;
  for (const [run, sign] of [
    [before, -1],
    [after, 1],
  ] as const) {
    if (!run) continue;
    const { generation } = run;
    const state = toCountedState(run);
    for (const counter of countersOf(run)) {
      const bytes = counter.kind === 'tenant' ? run.storedBytes * sign : 0;
      const counted = (prefix: string) => ({
        [prefix + state]: sign,
        ...(bytes !== 0 && { [prefix + STORED_BYTES]: bytes }),
      });
      deltas.push({ counter, add: counted(CURRENT_PREFIX) });
      if (generation > 0) deltas.push({ counter, add: counted(REBUILT_PREFIX), generation });
    }
  }
  return deltas;
}

/** A run that ended: the one terminal transition. */
function finishDeltas(before: Run | undefined, after: Run | undefined): Delta[] {
  if (!after || !isTerminal(after.state) || (before && isTerminal(before.state))) return [];
  const { jobId, incarnation, state, finishedAt, startedAt } = after;
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
  }
  if (timed) {
    const waited = startedAt === null ? {} : latencyBucket(after.createdAt, startedAt);
    const add = { [DURATION_BUCKET_PREFIX + bucketOf(durationMs)]: 1, ...waited };
    deltas.push({ counter: { kind: 'sketch', jobId, incarnation }, add });
  }
  return deltas;
}

/** A run that was flagged as late. */
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

/** From a run's making to its first worker: told at its end, for a run may be claimed and given back before. */
const latencyBucket = (createdAt: string, startedAt: string) => ({
  [LATENCY_BUCKET_PREFIX + bucketOf(Date.parse(startedAt) - Date.parse(createdAt))]: 1,
});

/** What follows, in its shard, every change that a rebuild has to have seen of one job's runs (`functions/core/engine/reconciliation`). */
export interface RebuildMarker {
  readonly jobId: string;
  readonly incarnation: string;
  readonly generation: number;
  /** Those whose counters take part in the rebuild. */
  readonly integrationIds: readonly string[];
}

/** What a fence does: it is counted on every item of the rebuild that the job's runs may be part of. */
export function rebuildMarkerDeltas({ jobId, incarnation, generation, integrationIds }: RebuildMarker): Delta[] {
  const counters: Counter[] = [
    { kind: 'tenant' },
    { kind: 'job', jobId, incarnation },
    ...integrationIds.map((integrationId) => ({ kind: 'integration', integrationId }) as const),
  ];
  return counters.map((counter) => ({ counter, add: { [REBUILT_PREFIX + REBUILD_MARKERS]: 1 }, generation }));
}

/** What a change of the Jobs table does: jobs that are defined, and registrations that were refused. */
export function jobDeltas(change: { readonly jobs: number; readonly failedRegistrations: number }): Delta[] {
  const { jobs, failedRegistrations } = change;
  const failed = failedRegistrations === 0 ? {} : { [`${CURRENT_PREFIX}failedRegistrations`]: failedRegistrations };
  const tenant = { ...(jobs !== 0 && { [`${CURRENT_PREFIX}jobs`]: jobs }), ...failed };
  return [
    ...(Object.keys(tenant).length > 0 ? [{ counter: { kind: 'tenant' }, add: tenant } as const] : []),
    ...(failedRegistrations === 0 ? [] : [{ counter: { kind: 'platform' }, add: failed } as const]),
  ];
}

/** The later of two finishes. */
export function laterFinish(a: LastFinish | null, b: LastFinish | null): LastFinish | null {
  if (!a || !b) return a ?? b;
  return b.finishedAt > a.finishedAt ? b : a;
}
