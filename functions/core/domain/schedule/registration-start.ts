import { nextFire, type ScheduleContext } from './fires.ts';
import type { Schedule } from './types.ts';

/**
 * The `StartDate` to register a schedule with at `now`, in epoch milliseconds, or null to register none.
 *
 * A rate gets its next fire, so that EventBridge counts from the same grid as `nextFires` whenever it is registered.
 * A cron gets its start while that lies ahead: EventBridge refuses a start date more than 5 minutes old. An `at()`
 * gets none: it would be ignored.
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
