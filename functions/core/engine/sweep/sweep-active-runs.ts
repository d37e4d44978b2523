import type { Limits } from '../../domain/limits.ts';
import { isFlowRun, isTerminal, type Run, type RunRef } from '../../domain/run.ts';
import { limitClassesOf, type RunClass } from '../../domain/run-class.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import type { Db } from '../../store/db.ts';
import { listOldestActive, walkOldestActive } from '../../store/run-lists.ts';
import { getRuns } from '../../store/runs.ts';
import { usesPrioritiesOf } from '../finalize/admit-waiting.ts';
import type { FlowEndPlatform } from '../flow/end-flow.ts';
import { JobOutlines } from './job-outlines.ts';
import type { PartRunner } from './part-runner.ts';
import { sweepExpired } from './sweep-expired.ts';
import { sweepExternal } from './sweep-external.ts';
import { sweepFlows } from './sweep-flows.ts';
import { findLate, sweepLateness } from './sweep-lateness.ts';
import { sweepLeases } from './sweep-leases.ts';
import { RETRIES_BUDGET_MS, RETRIES_LIMIT, RETRIES_PAGE, SWEEP_LIMIT } from './sweep-limits.ts';
import { sweepQueued } from './sweep-queued.ts';

/**
 * The classes of runs that a sweep repairs completely, in this order: their number is bounded. A run whose lock is
 * transferred during the sweep is found again among the admitted ones.
 */
const REPAIRED_CLASSES = ['overlap', 'admitted'] as const satisfies readonly RunClass[];

/** The progress of a sweep's walk over the active runs. */
export interface ActiveRunsProgress {
  /** `true` if the tenant has active runs. */
  readonly hasRuns: boolean;
  /** `true` if runs wait for others with the same concurrency key, or if that is unknown. */
  readonly hasKeyedRuns: boolean;
  /** Position behind which the walk over the runs that wait for a retry continues, if it ended early. */
  readonly retriesAfter: string | undefined;
}

/** Options of a sweep's walk over the active runs. */
export interface ActiveRunsOptions {
  /** The limits of the tenant; `undefined` if they could not be read. */
  readonly limits: Limits | undefined;
  readonly hasTime: HasTime;
  /** Position behind which the walk over the runs that wait for a retry starts. */
  readonly retriesAfter?: string | undefined;
}

/**
 * Repairs the tenant's active runs and flags late ones, class by class and page by page. The row of a run is read once.
 *
 * The number of runs that wait for a retry is not bounded, and they are not ordered by the time of the retry. A sweep
 * reads a limited number of them, and the next sweep continues behind the last page that was handled: it repeats one for
 * which there was not enough time, or of which a part failed as a whole.
 */
export async function sweepActiveRuns(
  platform: FlowEndPlatform,
  tenant: TenantId,
  parts: PartRunner,
  { limits, hasTime, retriesAfter }: ActiveRunsOptions,
): Promise<ActiveRunsProgress> {
  const { db } = platform;
  const jobs = new JobOutlines(db, tenant);
  let hasRuns = retriesAfter !== undefined;
  let waiting: readonly RunRef[] = [];
  let hasKeyedRuns = true;
  await parts.run('lateness', async () => {
    // The oldest are late first. Those behind them are flagged when they start, if not before.
    const keyed = await listOldestActive(db, tenant, 'concurrency', SWEEP_LIMIT);
    hasKeyedRuns = keyed.length > 0;
    waiting = [...(await listWaiting(db, tenant, usesPrioritiesOf(limits))), ...keyed];
    hasRuns ||= waiting.length > 0;
    await jobs.load(waiting);
    await sweepLateness(platform, jobs, await getActiveRuns(db, findLate(platform, jobs, waiting)), hasTime);
  });
  // guard: sweep.expired
  await parts.run('expired', () => sweepExpired(platform, limits, waiting, hasTime));
  for (const runClass of REPAIRED_CLASSES) {
    await parts.run('active-runs', async () => {
      for await (const { refs } of walkOldestActive(db, tenant, runClass, SWEEP_LIMIT)) {
        hasRuns ||= refs.length > 0;
        await repair(platform, jobs, await getActiveRuns(db, refs), parts, hasTime);
        // guard: sweep.active.time
        if (!hasTime()) return;
      }
    });
  }
  let last = retriesAfter;
  await parts.run('active-runs', async () => {
    const endAt = platform.now() + RETRIES_BUDGET_MS;
    let left = RETRIES_LIMIT;
    let isComplete = true;
    for await (const page of walkOldestActive(db, tenant, 'retry', RETRIES_PAGE, retriesAfter)) {
      hasRuns ||= page.refs.length > 0;
      if (!hasTime()) return;
      const failuresBefore = parts.failures.length;
      await repair(platform, jobs, await getActiveRuns(db, page.refs), parts, hasTime);
      // Runs whose own repair failed count as handled: they would hold up those behind them.
      const hasFailed = parts.failures.slice(failuresBefore).some((error) => !(error instanceof AggregateError));
      // guard: sweep.retries.handled
      if (hasFailed || !hasTime()) isComplete = false;
      if (isComplete) last = page.last ?? last;
      left -= page.refs.length;
      // guard: sweep.retries.time
      if (left <= 0 || platform.now() >= endAt) return;
    }
    if (isComplete) last = undefined;
  });
  return { hasRuns, hasKeyedRuns, retriesAfter: last };
}

async function repair(
  platform: FlowEndPlatform,
  jobs: JobOutlines,
  runs: readonly Run[],
  parts: PartRunner,
  hasTime: HasTime,
): Promise<void> {
  const [first] = runs;
  if (!first) return;
  // guard: sweep.leases
  await parts.run('leases', () => sweepLeases(platform, runs, hasTime));
  // guard: sweep.flows
  await parts.run('flows', () => sweepFlows(platform, jobs, runs.filter(isFlowRun), hasTime));
  // guard: sweep.external
  await parts.run('external', () => sweepExternal(platform, runs, hasTime));
  // guard: sweep.queued
  await parts.run('queued', () => sweepQueued(platform, first.tenant, runs, hasTime));
  await parts.run('lateness', async () => {
    await jobs.load(runs);
    await sweepLateness(platform, jobs, findLate(platform, jobs, runs), hasTime);
  });
}

async function listWaiting(db: Db, tenant: TenantId, usesPriorities: boolean): Promise<readonly RunRef[]> {
  const classes = limitClassesOf(usesPriorities);
  const lines = await Promise.all(classes.map((runClass) => listOldestActive(db, tenant, runClass, SWEEP_LIMIT)));
  return lines.flat();
}

/** Returns those of the runs that have not ended, read consistently. */
export async function getActiveRuns(db: Db, refs: readonly RunRef[]): Promise<Run[]> {
  const runs = await getRuns(db, refs);
  return runs.filter((run) => run !== undefined && !isTerminal(run.state)) as Run[];
}
