import type { JobOutline } from '../../domain/job.ts';
import type { JobState } from '../../domain/job-state.ts';
import { NextSweep } from '../../domain/next-sweep.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { walkJobOutlines } from '../../store/jobs.ts';
import { requestOutdated } from '../registration/request-reconcile.ts';
import type { PartRunner } from './part-runner.ts';
import { sweepMissedTicks } from './sweep-missed-ticks.ts';

/** Age in milliseconds at which a missing registration means that its stream record was lost. */
const REGISTRATION_GRACE_MS = 60_000;

/** The progress of a walk over the tenant's definitions. */
export interface DefinitionsProgress {
  /** Id of the job behind which the walk continues; `undefined` after the last job. */
  readonly after: string | undefined;
  /** Time at which something of the walked definitions is due. */
  readonly next: NextSweep;
}

/**
 * Requests the reconciliation of outdated registrations, and records missed ticks, job by job. A job that fails does not
 * hold up the others.
 *
 * @param after id of the job behind which the walk starts
 */
export async function sweepDefinitions(
  platform: Platform,
  tenant: TenantId,
  states: ReadonlyMap<string, JobState>,
  after: string | undefined,
  parts: PartRunner,
  hasTime: HasTime,
): Promise<DefinitionsProgress> {
  const jobs: JobOutline[] = [];
  for await (const page of walkJobOutlines(platform.db, tenant)) jobs.push(...page);
  const next = new NextSweep();
  /** Includes that a part that failed is due. */
  const attempt = async (name: string, part: () => Promise<number | null>) => {
    const at = await parts.run(name, part);
    return at === undefined ? platform.now() : at;
  };
  // guard: sweep.registrations
  next.include(
    await attempt('registrations', () => requestOutdated(platform, tenant, jobs, REGISTRATION_GRACE_MS, hasTime)),
  );
  let last = after;
  for (const job of jobs) {
    if (after !== undefined && job.id <= after) continue;
    // guard: sweep.definitions.time
    if (!hasTime()) return { after: last, next };
    const state = states.get(job.id);
    /* guard: sweep.missed-ticks */ if (state?.incarnation === job.incarnation)
      next.include(await attempt('missed-ticks', () => sweepMissedTicks(platform, job, state)));
    last = job.id;
  }
  return { after: undefined, next };
}
