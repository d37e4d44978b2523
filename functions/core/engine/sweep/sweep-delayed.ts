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
import { failuresOf } from './part-runner.ts';
import { DELAYS_BUDGET_MS, DELAYS_CONCURRENCY, DELAYS_PAGE } from './sweep-limits.ts';

/** The progress of a sweep's walk over the delayed runs. */
export interface DelaysProgress {
  /**
   * Time in epoch milliseconds at which the next of the walked runs has to be sent or may be overdue; `null` if there are
   * none.
   */
  readonly nextAt: number | null;
  /** Position behind which the walk continues, if it ended early. */
  readonly after: string | undefined;
  /** Errors of the runs that were not started. */
  readonly failures: readonly unknown[];
}

/**
 * Sends the messages of delayed runs that start within 15 minutes, and starts those whose message was lost.
 *
 * The runs are not ordered by their start. A sweep handles them for a limited time, and the next one continues behind the
 * last page that was handled: runs that fail again and again do not hold up those behind them.
 *
 * @param after position behind which the walk starts
 */
export async function sweepDelayed(
  platform: Platform,
  tenant: TenantId,
  hasTime: HasTime,
  after?: string,
): Promise<DelaysProgress> {
  const endAt = platform.now() + DELAYS_BUDGET_MS;
  const next = new NextSweep();
  const failures: unknown[] = [];
  let last = after;
  let isComplete = true;
  for await (const page of walkOldestActive(platform.db, tenant, 'delay', DELAYS_PAGE, after)) {
    // guard: sweep.delays.time
    isComplete = platform.now() < endAt;
    if (!isComplete) break;
    const runs = await getRuns(platform.db, page.refs);
    const delayed = runs.filter((run) => run !== undefined && isDelayed(run)) as Run[];
    const handle = async (run: Run) => next.include(await advance(platform, run));
    const failed = await failuresOf(delayed, hasTime, handle, DELAYS_CONCURRENCY);
    // guard: sweep.delays.pages-apart
    failures.push(...failed);
    isComplete = hasTime();
    if (!isComplete) break;
    last = page.last ?? last;
  }
  if (failures.length > 0 || !isComplete) next.include(platform.now());
  return { nextAt: next.at, after: isComplete ? undefined : last, failures };
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
