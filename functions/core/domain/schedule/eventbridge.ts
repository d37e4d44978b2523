import { isEveryDay } from './days.ts';
import { AWS_WEEKDAY, DAY_OF_MONTH, type Field, HOUR, MINUTE, MONTH, YEAR } from './fields.ts';
import type { CronSchedule, DayRule, Schedule } from './types.ts';

/** Maximum length of EventBridge Scheduler's `ScheduleExpression`, in characters. */
export const MAX_EXPRESSION_LENGTH = 256;

/**
 * Returns the expressions to register with EventBridge Scheduler: one, or two for a Unix cron that restricts both day
 * fields. The job fires at their union; an instant at which both fire is one tick, because a run's id derives from the
 * instant. Only documented syntax is used: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function toEventBridge(schedule: Schedule): readonly string[] {
  switch (schedule.kind) {
    case 'cron':
      return schedule.days.map((rule) => cronExpression(schedule, rule));
    case 'rate':
      return [`rate(${schedule.value} ${schedule.unit}${schedule.value === 1 ? '' : 's'})`];
    case 'at':
      return [`at(${new Date(schedule.local).toISOString().slice(0, 19)})`];
  }
}

function cronExpression(cron: CronSchedule, rule: DayRule): string {
  const [dayOfMonth, dayOfWeek] = dayFields(rule);
  const minute = formatField(MINUTE, cron.minutes);
  const hour = formatField(HOUR, cron.hours);
  return `cron(${minute} ${hour} ${dayOfMonth} ${formatField(MONTH, cron.months)} ${dayOfWeek} ${formatField(YEAR, cron.years)})`;
}

/** Returns day-of-month and day-of-week: one of them is always `?`. Weekdays are numbered 1–7 from Sunday. */
function dayFields(rule: DayRule): readonly [string, string] {
  if (isEveryDay(rule)) return ['*', '?'];
  switch (rule.kind) {
    case 'dates':
      return [formatField(DAY_OF_MONTH, rule.days), '?'];
    case 'last-date':
      return [rule.before === 0 ? 'L' : `L-${rule.before}`, '?'];
    case 'last-workday':
      return ['LW', '?'];
    case 'nearest-workday':
      return [`${rule.day}W`, '?'];
    case 'weekdays':
      return ['?', formatRanges(rule.days.map((day) => day + AWS_WEEKDAY.min))];
    case 'nth-weekday':
      return ['?', `${rule.day + AWS_WEEKDAY.min}#${rule.nth}`];
    case 'last-weekday':
      return ['?', `${rule.day + AWS_WEEKDAY.min}L`];
  }
}

/** Returns the values of a field in EventBridge's syntax: `*`, `0/15`, or a list of values and ascending ranges. */
function formatField(field: Field, values: readonly number[]): string {
  if (values.length === field.max - field.min + 1) return '*';
  const [first = field.min, second = first] = values;
  const step = second - first;
  const even = values.every((value, i) => value === first + i * step);
  const toTheEnd = (values.at(-1) ?? first) + step > field.max;
  return values.length > 2 && step > 1 && even && toTheEnd ? `${first}/${step}` : formatRanges(values);
}

/** Returns a list in which three or more consecutive values form a range. */
function formatRanges(values: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < values.length; ) {
    let end = i;
    while (values[end + 1] === (values[end] ?? 0) + 1) end++;
    if (end - i < 2) end = i;
    parts.push(end === i ? `${values[i]}` : `${values[i]}-${values[end]}`);
    i = end + 1;
  }
  return parts.join(',');
}
