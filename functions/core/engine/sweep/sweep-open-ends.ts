import { NextSweep } from '../../domain/next-sweep.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { MAX_RESEND_DELAY_MS, RESEND_AFTER_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { type OpenEnd, postponeOpenEnd, walkOpenEnds } from '../../store/open-ends.ts';
import { startFollowers } from '../start/start-followers.ts';
import { failuresOf, throwFailures } from './part-runner.ts';
import { OPEN_ENDS_BUDGET_MS, OPEN_ENDS_PAGE } from './sweep-limits.ts';

/**
 * Starts the runs after ends of upstream runs whose message was lost or could not be handled. The delay doubles with each
 * attempt, so that ends whose followers cannot be started leave time for others.
 *
 * @returns the time of the next attempt
 * @throws AggregateError after the last end, if some failed
 */
export async function sweepOpenEnds(platform: Platform, tenant: TenantId, hasTime: HasTime): Promise<NextSweep> {
  const { db, now, log } = platform;
  const endAt = now() + OPEN_ENDS_BUDGET_MS;
  const mayContinue = () => hasTime() && now() < endAt;
  const next = new NextSweep();
  const failures: unknown[] = [];
  const start = async (end: OpenEnd) => {
    const dueAt = now() + Math.min(RESEND_AFTER_MS * 2 ** (end.attempts + 1), MAX_RESEND_DELAY_MS);
    if (!(await postponeOpenEnd(db, end, dueAt))) return;
    log.info('run.end_repeated', { tenant, job: end.ref.jobId, run: end.ref.ulid, attempts: end.attempts + 1 });
    await startFollowers(platform, end.ref).catch((error: unknown) => {
      next.include(dueAt);
      throw error;
    });
  };
  for await (const ends of walkOpenEnds(db, tenant, OPEN_ENDS_PAGE)) {
    const isDue = ({ dueAt }: OpenEnd) => dueAt <= now();
    for (const { dueAt } of ends.filter((end) => !isDue(end))) next.include(dueAt);
    failures.push(...(await failuresOf(ends.filter(isDue), mayContinue, start)));
    if (!mayContinue()) {
      next.include(now());
      break;
    }
  }
  throwFailures(failures, 'ends of upstream runs were not handled');
  return next;
}
