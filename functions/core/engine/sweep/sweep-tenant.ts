import { NextSweep } from '../../domain/next-sweep.ts';
import { isFlowRun } from '../../domain/run.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { MINUTE_MS } from '../../domain/timing.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { listJobStates } from '../../store/job-states.ts';
import { type ActiveRuns, getActiveRuns, listActiveRuns } from './active-runs.ts';
import { JobOutlines } from './job-outlines.ts';
import { type SweeperPlatform, sweepDeletedJobs } from './purge.ts';
import { sweepDefinitions } from './sweep-definitions.ts';
import { sweepChildren, sweepFlows } from './sweep-flows.ts';
import { sweepLateness } from './sweep-lateness.ts';
import { sweepLeases } from './sweep-leases.ts';
import { sweepLocks } from './sweep-locks.ts';
import { sweepNotifications } from './sweep-notifications.ts';
import { purgeTenant } from './sweep-purge.ts';
import { sweepQueued } from './sweep-queued.ts';

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
  /** Id of the job behind which the walk continues, if it ended early. */
  readonly after: string | undefined;
  /** `undefined` if no rows were purged. */
  readonly purgeAt: number | null | undefined;
}

/**
 * Repairs one tenant after crashes and lost messages.
 *
 * A sweep without time ends early. Each part makes progress: what it repairs or removes is not found again. Memory is
 * bounded: a part reads outlines of definitions, page by page, and at most 1,000 rows of a kind.
 *
 * @returns the times at which the tenant must be swept again
 */
export async function sweepTenant(
  platform: SweeperPlatform,
  tenant: TenantId,
  { definitions = true, after, purge = true, hasTime = () => true }: SweepParts = {},
): Promise<SweepResult> {
  const { db } = platform;
  const next = new NextSweep();
  const active = await listActiveRuns(db, tenant);
  if (Object.values(active).some(({ length }) => length > 0)) next.include(platform.now() + MINUTE_MS);
  await sweepActiveRuns(platform, tenant, active, hasTime);
  const states = await listJobStates(db, tenant);
  // guard: sweep.locks
  next.include(await sweepLocks(platform, tenant, states, hasTime));
  // guard: sweep.queued
  await sweepQueued(platform, tenant, active, hasTime);
  // guard: sweep.notifications
  next.include(await sweepNotifications(platform, tenant, hasTime));
  const walk = definitions ? await sweepDefinitions(platform, tenant, states, after, hasTime) : undefined;
  // guard: sweep.deleted-jobs
  next.include(await sweepDeletedJobs(platform, tenant, hasTime));
  const purged = purge && hasTime() ? await purgeTenant(platform, tenant, hasTime) : undefined;
  if (!hasTime()) next.include(platform.now());
  return { nextAt: next.at, definitionsAt: walk?.next.at, after: walk?.after, purgeAt: purged?.at };
}

async function sweepActiveRuns(
  platform: SweeperPlatform,
  tenant: TenantId,
  active: ActiveRuns,
  hasTime: HasTime,
): Promise<void> {
  const jobs = new JobOutlines(platform.db, tenant);
  const runs = await getActiveRuns(platform.db, active.admitted);
  // guard: sweep.leases
  await sweepLeases(platform, runs, hasTime);
  // guard: sweep.flows
  await sweepFlows(platform, jobs, runs.filter(isFlowRun), hasTime);
  // guard: sweep.children
  await sweepChildren(platform, tenant, hasTime);
  await sweepLateness(platform, jobs, active, hasTime);
}
