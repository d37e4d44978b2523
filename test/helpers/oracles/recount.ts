import type { Counter } from '../../../functions/core/domain/counters.ts';
import { isTerminal, type Run } from '../../../functions/core/domain/run.ts';
import { toCountedState } from '../../../functions/core/domain/run-counts.ts';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import { type CounterValues, getCounter } from '../../../functions/core/store/counters.ts';
import { type Db, query } from '../../../functions/core/store/db.ts';
import { all, beginsWith, equals } from '../../../functions/core/store/expression.ts';
import { type JobRef, RUN_PREFIXES, runPartition } from '../../../functions/core/store/keys.ts';
import { toRun } from '../../../functions/core/store/run-item.ts';

/** Reads every run of a job consistently. */
export async function listEveryRun(db: Db, job: JobRef): Promise<readonly Run[]> {
  const key = all(equals('pk', runPartition(job)), beginsWith('sk', RUN_PREFIXES.run));
  return (await query(db, db.tables.runs, key, { consistent: true })).map(toRun);
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

/** Counts the occurrences of each value. */
function tally(values: readonly (string | number)[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** @returns milliseconds from the start of a run to its end, or `null` without both */
export function durationOf({ startedAt, finishedAt }: Run): number | null {
  return startedAt && finishedAt ? Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)) : null;
}

/** Returns the stored bytes of these runs, which only the tenant's counter holds. */
export const storedBytesOf = (runs: readonly Run[]): number => runs.reduce((sum, run) => sum + run.storedBytes, 0);

/** Returns the lifetime counts of late runs, which only the tenant's counter holds; omits zeros. */
export function lateCountsOf(runs: readonly Run[]): Readonly<Record<string, number>> {
  const [lateStarts, lateFinishes] = [
    runs.filter(({ lateStartAt }) => lateStartAt !== null).length,
    runs.filter(({ lateFinishAt }) => lateFinishAt !== null).length,
  ];
  return { ...(lateStarts > 0 && { lateStarts }), ...(lateFinishes > 0 && { lateFinishes }) };
}

/** Returns the compute time of runs without tasks by the month of their attempts, which only the tenant's counter holds. */
export function computeCountsOf(runs: readonly Run[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { startedAt, attemptStartedAt, priorComputeMs, executionMs } of runs) {
    const ms = priorComputeMs + (executionMs ?? 0);
    const name = `compute_${(attemptStartedAt ?? startedAt ?? '').slice(0, 7).replace('-', '_')}`;
    if (ms > 0) counts[name] = (counts[name] ?? 0) + ms;
  }
  return counts;
}

/** Returns the expected counter of these runs, none of which was purged; omits jobs and zeros. */
export function recount(runs: readonly Run[]): Pick<CounterValues, 'current' | 'total' | 'last'> {
  const executed = runs.filter((run) => run.state === 'completed' || run.state === 'failed');
  const durations = executed.flatMap((run) => durationOf(run) ?? []);
  const finishes = executed.map((run) => {
    const { finishedAt, startedAt } = run;
    return { finishedAt, startedAt, durationMs: durationOf(run) };
  });
  const last = finishes.sort((a, b) => String(a.finishedAt).localeCompare(String(b.finishedAt))).at(-1);
  return {
    current: tally(runs.map(toCountedState)),
    total: withoutZeros({
      ...tally(runs.map(({ state }) => state).filter(isTerminal)),
      timed: durations.length,
      ms: sum(durations),
    }),
    last: (last as CounterValues['last']) ?? null,
  };
}

/** Counts completed and failed runs by the minute of their end. */
export function recountMinutes(runs: readonly Run[]): readonly { minute: string; ok: number; error: number }[] {
  const minutes = new Map<string, { ok: number; error: number }>();
  for (const { state, finishedAt } of runs) {
    if (!finishedAt || (state !== 'completed' && state !== 'failed')) continue;
    const minute = finishedAt.slice(0, 16);
    const counts = minutes.get(minute) ?? { ok: 0, error: 0 };
    counts[state === 'completed' ? 'ok' : 'error']++;
    minutes.set(minute, counts);
  }
  return [...minutes]
    .map(([minute, counts]) => ({ minute, ...counts }))
    .sort((a, b) => a.minute.localeCompare(b.minute));
}

/** Reads a counter in the form of `recount`. */
export async function readCounter(db: Db, tenant: TenantId, counter: Counter): Promise<ReturnType<typeof recount>> {
  const { current, total, last } = await getCounter(db, tenant, counter);
  return { current: withoutZeros(current), total: withoutZeros(total), last };
}

function withoutZeros(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}
