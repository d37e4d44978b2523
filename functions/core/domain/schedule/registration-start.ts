import { nextFire, type ScheduleContext } from './fires.ts';
import type { Schedule } from './types.ts';

/**
 * Returns the `StartDate` of a schedule that is registered at `now` in epoch milliseconds, or null for none.
 *
 * A rate starts at its next fire, so that EventBridge counts intervals from the same origin as `nextFires` whenever the
 * schedule is registered. A cron starts at its future `startAt`: EventBridge rejects a start date more than 5 minutes
 * old. For an `at()` EventBridge ignores the date.
 */
export function registrationStart(
  schedule: Schedule,
  context: ScheduleContext & { readonly now: number },
): number | null {
  if (schedule.kind === 'at') return null;
  if (schedule.kind === 'rate') return nextFire(schedule, { ...context, after: context.now });
  const start = context.startAt == null ? 0 : new Date(context.startAt).getTime();
  return start > context.now ? start : null;
}
