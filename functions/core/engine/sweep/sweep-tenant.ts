import { NextSweep } from '../../domain/next-sweep.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { MINUTE_MS } from '../../domain/timing.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { listJobStates } from '../../store/job-states.ts';
import { getLimits } from '../../store/limits.ts';
import { sweepWaiting } from '../finalize/admit-waiting.ts';
import { PartRunner, throwFailures } from './part-runner.ts';
import { type SweeperPlatform, sweepDeletedJobs } from './purge.ts';
import { sweepActiveRuns } from './sweep-active-runs.ts';
import { sweepBackfills } from './sweep-backfills.ts';
import { sweepDefinitions } from './sweep-definitions.ts';
import { type DelaysProgress, sweepDelayed } from './sweep-delayed.ts';
import { sweepChildren } from './sweep-flows.ts';
import { sweepKeys } from './sweep-keys.ts';
import { SWEEP_LIMIT } from './sweep-limits.ts';
import { sweepLocks } from './sweep-locks.ts';
import { sweepNotifications } from './sweep-notifications.ts';
import { sweepOpenEnds } from './sweep-open-ends.ts';
import { purgeTenant } from './sweep-purge.ts';

/** The parts of a sweep that are not always due. */
export interface SweepParts {
  /**
   * `true` walks the definitions, for missed ticks and registrations. Reads every definition.
   *
   * @defaultValue true
   */
  readonly definitions?: boolean;
  /** Id of the job behind which the walk continues. @defaultValue the first job */
  readonly after?: string | undefined;
  /**
   * Position behind which the walk over the runs that wait for a retry continues.
   *
   * @defaultValue the oldest run
   */
  readonly retriesAfter?: string | undefined;
  /** `true` reads the runs that are to start later. @defaultValue true */
  readonly delays?: boolean;
  /** Position behind which the walk over the delayed runs continues. @defaultValue the oldest run */
  readonly delaysAfter?: string | undefined;
  /** `false` leaves expired rows. @defaultValue true */
  readonly purge?: boolean;
  /** `false` ends the sweep early. @defaultValue no limit */
  readonly hasTime?: HasTime;
}

/** Times in epoch milliseconds at which the parts of the next sweep are due; `null` if nothing is. */
export interface SweepResult {
  /** Runs, locks, deliveries and deleted jobs. */
  readonly nextAt: number | null;
  /** `undefined` if the definitions were not walked. */
  readonly definitionsAt: number | null | undefined;
  /** Delayed runs; `undefined` if they were not read. */
  readonly delaysAt: number | null | undefined;
  /** Position behind which the walk over the delayed runs continues, if it ended early. */
  readonly delaysAfter: string | undefined;
  /** Id of the job behind which the walk continues, if it ended early. */
  readonly after: string | undefined;
  /** Position behind which the walk over the runs that wait for a retry continues, if it ended early. */
  readonly retriesAfter: string | undefined;
  /** `undefined` if no rows were purged. */
  readonly purgeAt: number | null | undefined;
}

/** Some parts of a sweep failed; the others were made. */
export class SweepFailedError extends AggregateError {
  /** The times of the next sweep, at which the failed parts are due. */
  readonly result: SweepResult;

  constructor(failures: readonly unknown[], result: SweepResult) {
    super(failures, `${failures.length} parts of the sweep failed; first: ${String(failures[0])}`);
    this.name = 'SweepFailedError';
    this.result = result;
  }
}

/**
 * Repairs one tenant after crashes and lost messages.
 *
 * A sweep without time ends early. Each part makes progress: what it repairs or removes is not found again. Memory is
 * bounded: a part reads outlines of definitions, and pages of at most 1,000 rows.
 *
 * @returns the times at which the tenant must be swept again
 * @throws SweepFailedError after all parts, if some failed
 */
export async function sweepTenant(
  platform: SweeperPlatform,
  tenant: TenantId,
  {
    definitions = true,
    delays = true,
    delaysAfter,
    after,
    retriesAfter,
    purge = true,
    hasTime = () => true,
  }: SweepParts = {},
): Promise<SweepResult> {
  const next = new NextSweep();
  const parts = new PartRunner(platform, tenant);
  const states = await parts.run('job-states', () => listJobStates(platform.db, tenant));
  // guard: sweep.locks
  if (states) next.include((await parts.run('locks', () => sweepLocks(platform, tenant, states, hasTime))) ?? null);
  const limits = await parts.run('limits', () => getLimits(platform.db, tenant, platform.defaultLimits));
  const active = await sweepActiveRuns(platform, tenant, parts, { limits, hasTime, retriesAfter });
  if (active.hasRuns) next.include(platform.now() + MINUTE_MS);
  let delayed: DelaysProgress | undefined;
  const handleDelays = async () => {
    delayed = await sweepDelayed(platform, tenant, hasTime, delaysAfter);
    throwFailures(delayed.failures, 'delayed runs were not started');
  };
  // guard: sweep.delays
  if (delays) await parts.run('delays', handleDelays);
  // Only runs of these jobs have followers.
  const hasFollowers = !states || [...states.values()].some(({ followed }) => followed);
  // guard: sweep.open-ends
  if (hasFollowers)
    next.include((await parts.run('open-ends', () => sweepOpenEnds(platform, tenant, hasTime))) ?? null);
  // guard: sweep.backfills
  if (!limits || limits.usesBackfills)
    next.include((await parts.run('backfills', () => sweepBackfills(platform, tenant, hasTime))) ?? null);
  // guard: sweep.children
  await parts.run('children', () => sweepChildren(platform, tenant, hasTime));
  // guard: sweep.queued.limit
  await parts.run('waiting', () => sweepWaiting(platform, tenant, SWEEP_LIMIT, limits, hasTime));
  // guard: sweep.keys
  if (active.hasKeyedRuns) await parts.run('keys', () => sweepKeys(platform, tenant, hasTime));
  // guard: sweep.notifications
  next.include((await parts.run('notifications', () => sweepNotifications(platform, tenant, hasTime))) ?? null);
  const walk =
    definitions && states
      ? await parts.run('definitions', () => sweepDefinitions(platform, tenant, states, after, parts, hasTime))
      : undefined;
  // guard: sweep.deleted-jobs
  next.include((await parts.run('deleted-jobs', () => sweepDeletedJobs(platform, tenant, hasTime))) ?? null);
  const purged =
    purge && hasTime() ? await parts.run('purge', () => purgeTenant(platform, tenant, hasTime)) : undefined;
  if (!hasTime() || parts.failures.length > 0) next.include(platform.now());
  const result = {
    nextAt: next.at,
    definitionsAt: walk?.next.at,
    delaysAt: delayed?.nextAt,
    // A walk of which nothing was read continues where it was to start.
    delaysAfter: delayed ? delayed.after : delaysAfter,
    after: walk?.after,
    retriesAfter: active.retriesAfter,
    purgeAt: purged?.at,
  };
  if (parts.failures.length > 0) throw new SweepFailedError(parts.failures, result);
  return result;
}
