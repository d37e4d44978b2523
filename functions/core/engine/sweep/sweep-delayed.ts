import { NextSweep } from '../../domain/next-sweep.ts';
import type { Run } from '../../domain/run.ts';
import { isDelayed } from '../../domain/run-counts.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { MAX_QUEUE_DELAY_MS, RESEND_AFTER_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { walkOldestActive } from '../../store/run-lists.ts';
import { getRuns, markDelaySent } from '../../store/runs.ts';
import { sendWhenDue } from '../start/delay-run.ts';
import { startDelayedRun, startTime } from '../start/start-delayed.ts';
import { failuresOf, throwFailures } from './part-runner.ts';

/** Delayed runs that are read together: one BatchGetItem. */
const PAGE = 100;

/**
 * Sends the messages of delayed runs that start within 15 minutes, and starts those whose message was lost.
 *
 * @returns the time in epoch milliseconds at which the next of them has to be sent or may be overdue; `null` without
 * delayed runs
 * @throws AggregateError after the last run, if some failed
 */
export async function sweepDelayed(platform: Platform, tenant: TenantId, hasTime: HasTime): Promise<number | null> {
  const next = new NextSweep();
  const failures: unknown[] = [];
  for await (const { refs } of walkOldestActive(platform.db, tenant, 'delay', PAGE)) {
    const runs = await getRuns(platform.db, refs);
    const delayed = runs.filter((run) => run !== undefined && isDelayed(run)) as Run[];
    const failed = await failuresOf(delayed, hasTime, async (run) => {
      next.include(await advance(platform, run));
    });
    // guard: sweep.delays.pages-apart
    failures.push(...failed);
    if (!hasTime()) break;
  }
  throwFailures(failures, 'delayed runs were not started');
  return hasTime() ? next.at : platform.now();
}

/** @returns the time at which the run has to be looked at again */
async function advance(platform: Platform, run: Run): Promise<number> {
  const now = platform.now();
  const at = startTime(run);
  if (at - now > MAX_QUEUE_DELAY_MS) return at - MAX_QUEUE_DELAY_MS;
  if (/* guard: sweep.delays.overdue */ now - at >= RESEND_AFTER_MS) await startDelayedRun(platform, run);
  else if (/* guard: sweep.delays.send */ run.sentAt === null) {
    await sendWhenDue(platform, run);
    await markDelaySent(platform.db, run, new Date(now).toISOString());
  }
  return Math.max(at, now) + RESEND_AFTER_MS;
}
