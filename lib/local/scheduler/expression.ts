import { nextFires, parseSchedule, type Schedule } from '../../../functions/core/domain/schedule/index.ts';
import { validationError } from './errors.ts';
import type { ScheduleRecord } from './schedule.ts';

/** @throws SchedulerError unless EventBridge Scheduler accepts the expression: `cron()`, `rate()` or `at()` */
export function assertExpression(expression: string): void {
  parse(expression);
}

/** @throws SchedulerError unless the value is an IANA time zone */
export function assertTimezone(timezone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    throw validationError(`Provided ScheduleExpressionTimezone ${timezone} is not an IANA timezone.`);
  }
}

/**
 * Computes the next fire times of a schedule.
 *
 * @param after epoch milliseconds, exclusive
 *
 * @returns epoch milliseconds, ascending, at most `count`
 */
export function nextFireTimes(record: ScheduleRecord, after: number, count: number): readonly number[] {
  const schedule = parse(record.ScheduleExpression);
  // EventBridge ignores the start and end dates of one-time schedules.
  const bounded = schedule.kind !== 'at';
  return nextFires(schedule, {
    timezone: record.ScheduleExpressionTimezone,
    after,
    startAt: bounded ? milliseconds(record.StartDate) : null,
    endAt: bounded ? milliseconds(record.EndDate) : null,
    // Without a start date, a rate starts immediately.
    anchor: milliseconds(record.StartDate) ?? firstFireTime(record),
    count,
  });
}

/** The first fire of a rate without a start date: the time of its creation, in whole seconds like the times of AWS. */
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
