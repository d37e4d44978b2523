import { nextFires, parseSchedule, type Schedule } from '../../../functions/core/domain/schedule/index.ts';
import { validationError } from './errors.ts';
import type { ScheduleRecord } from './schedule.ts';

/** @throws SchedulerRefusal unless EventBridge Scheduler would take the expression: `cron()`, `rate()` or `at()`. */
export function assertExpression(expression: string): void {
  parse(expression);
}

/** @throws SchedulerRefusal unless it is an IANA timezone. */
export function assertTimezone(timezone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    throw validationError(`Provided ScheduleExpressionTimezone ${timezone} is not an IANA timezone.`);
  }
}

/**
 * The next fires of a schedule.
 *
 * @param after epoch milliseconds; a fire at this very time is not among them.
 * @returns epoch milliseconds, ascending, at most `count`.
 */
export function nextFireTimes(record: ScheduleRecord, after: number, count: number): readonly number[] {
  const schedule = parse(record.ScheduleExpression);
  // EventBridge ignores start and end of a one-time schedule.
  const bounded = schedule.kind !== 'at';
  return nextFires(schedule, {
    timezone: record.ScheduleExpressionTimezone,
    after,
    startAt: bounded ? milliseconds(record.StartDate) : null,
    endAt: bounded ? milliseconds(record.EndDate) : null,
    // Without a start date a rate begins at once.
    anchor: milliseconds(record.StartDate) ?? firstFireTime(record),
    count,
  });
}

/** When a rate without a start date fires first: as soon as the schedule is there. Whole seconds, like AWS's times. */
export function firstFireTime(record: ScheduleRecord): number {
  return Math.floor(record.LastModificationDate) * 1_000;
}

function milliseconds(epochSeconds: number | undefined): number | null {
  return epochSeconds === undefined ? null : Math.round(epochSeconds * 1_000);
}

function parse(expression: string): Schedule {
  if (/^(cron|rate|at)\(.+\)$/.test(expression)) {
    try {
      return parseSchedule(expression);
    } catch (error) {
      throw validationError(
        `Invalid Schedule Expression ${expression}. ${error instanceof Error ? error.message : ''}`.trim(),
      );
    }
  }
  throw validationError(`Invalid Schedule Expression ${expression}.`);
}
