import { datesOf, daysInMonth } from './calendar.ts';
import { isEveryDay, parseDayOfMonth, parseDayOfWeek } from './days.ts';
import { MAX_EXPRESSION_LENGTH, toEventBridge } from './eventbridge.ts';
import { AWS_WEEKDAY, HOUR, MINUTE, MONTH, parseField, UNIX_WEEKDAY, YEAR } from './fields.ts';
import { rejectSchedule } from './reject-schedule.ts';
import {
  type AtSchedule,
  type CronSchedule,
  type DayRule,
  FIRST_YEAR,
  LAST_YEAR,
  type RateSchedule,
  type Schedule,
} from './types.ts';

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
]);

const FORMS =
  'a cron expression of 5 fields (minute hour day-of-month month day-of-week), an alias such as @daily, ' +
  'or rate(…), cron(…) or at(…)';

const AWS_FORM = "EventBridge's own 6 fields are written cron(…)";

/**
 * Parses a schedule expression: Unix cron, its aliases, or one of EventBridge's forms.
 *
 * Unix cron is ambiguous in several points: 0 and 7 are Sunday; `a/n` counts from a to the end of the field; ranges may
 * wrap (`22-2`). If both day fields are restricted, the schedule fires on the days of either field, unless one of them
 * starts with `*` (`*` + `/2`): cron then requires both, which EventBridge cannot express, so such expressions are
 * rejected. A seconds field must be 0, because EventBridge has a resolution of one minute.
 *
 * @throws InvalidInput (field `schedule`) with the field, its value and the allowed values; also if the schedule can
 * never fire
 */
export function parseSchedule(expression: string): Schedule {
  const text = expression.trim().replace(/\s+/g, ' ');
  if (text === '') return rejectSchedule(`must not be empty; it is ${FORMS}`);
  if (text.length > MAX_EXPRESSION_LENGTH)
    return rejectSchedule(`must have at most ${MAX_EXPRESSION_LENGTH} characters, got ${text.length}`);
  if (text.startsWith('@')) return parseAlias(text);
  const call = /^([a-z]+) ?\((.*)\)$/i.exec(text);
  if (call?.[1] === undefined || call[2] === undefined) return parseUnix(text.split(' '));
  const inner = call[2].trim();
  switch (call[1]) {
    case 'rate':
      return parseRate(inner);
    case 'cron':
      return parseEventBridge(inner.split(' '));
    case 'at':
      return parseAt(inner);
    default:
      return rejectSchedule(`must be ${FORMS}, got ${call[1]}(…)`);
  }
}

function parseAlias(text: string): CronSchedule {
  const fields = ALIASES.get(text.toLowerCase());
  if (fields) return parseUnix(fields.split(' '));
  return rejectSchedule(`alias must be one of ${[...ALIASES.keys()].join(', ')}, got ${text}`);
}

function parseUnix(fields: readonly string[]): CronSchedule {
  if (fields.length !== 5 && fields.length !== 6) {
    return rejectSchedule(
      `must be ${FORMS}, got ${fields.length} field${fields.length === 1 ? '' : 's'}: '${fields.join(' ')}'`,
    );
  }
  const [second, minute, hour, dayOfMonth, month, dayOfWeek] = fields.length === 6 ? fields : ['0', ...fields];
  if (!/^0+$/.test(second ?? '')) {
    return rejectSchedule(
      `seconds, the first of 6 fields, must be 0 because the scheduler's grain is a minute, got ${second} ` +
        `(${AWS_FORM})`,
    );
  }
  if (hour === '?' || month === '?') {
    return rejectSchedule(
      `6 fields start with the seconds, so '?' stands for ${hour === '?' ? 'the hour' : 'the month'}; ${AWS_FORM}`,
    );
  }
  return cron({ minute, hour, month, year: '*' }, unixDays(dayOfMonth ?? '', dayOfWeek ?? ''));
}

/** Returns the days that Unix cron's day fields select. The rule of `*` follows Vixie cron's crontab(5). */
function unixDays(dayOfMonth: string, dayOfWeek: string): DayRule[] {
  if (/^L$/i.test(dayOfWeek)) return rejectSchedule(`day-of-week L needs its day, such as 5L for the last Friday`);
  const dates = parseDayOfMonth(dayOfMonth);
  const weekdays = parseDayOfWeek(UNIX_WEEKDAY, dayOfWeek);
  const both = /^[*?]/.test(dayOfMonth) || /^[*?]/.test(dayOfWeek);
  if (!both) return isEveryDay(dates) || isEveryDay(weekdays) ? [everyDay()] : [dates, weekdays];
  if (isEveryDay(weekdays)) return [dates];
  if (isEveryDay(dates)) return [weekdays];
  return rejectSchedule(
    `day-of-month ${dayOfMonth} and day-of-week ${dayOfWeek} must hold at once in cron, because one starts with *, ` +
      'and EventBridge cannot say that; write a range, such as 1-31/2 for */2, to fire on the days of either',
  );
}

function everyDay(): DayRule {
  return parseDayOfMonth('*');
}

function parseEventBridge(fields: readonly string[]): CronSchedule {
  if (fields.length !== 6) {
    return rejectSchedule(
      `cron(…) must have 6 fields (minute hour day-of-month month day-of-week year), got ${fields.length}`,
    );
  }
  const [minute, hour, dayOfMonth = '', month, dayOfWeek = '', year] = fields;
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    return rejectSchedule(
      `cron(…) must have ? in exactly one of day-of-month and day-of-week, got ${dayOfMonth} and ${dayOfWeek}`,
    );
  }
  const rule = dayOfWeek === '?' ? parseDayOfMonth(dayOfMonth) : awsWeekdays(dayOfWeek);
  return cron({ minute, hour, month, year }, [isEveryDay(rule) ? everyDay() : rule]);
}

/** EventBridge reads a bare `L` as the last day of the week: Saturday. */
function awsWeekdays(text: string): DayRule {
  return parseDayOfWeek(AWS_WEEKDAY, /^L$/i.test(text) ? 'SAT' : text);
}

type FieldTexts = Readonly<Record<'minute' | 'hour' | 'month' | 'year', string | undefined>>;

function cron(fields: FieldTexts, days: readonly DayRule[]): CronSchedule {
  const minutes = parseField(MINUTE, fields.minute ?? '');
  const hours = parseField(HOUR, fields.hour ?? '');
  const months = parseField(MONTH, fields.month ?? '');
  const years = parseField(YEAR, fields.year ?? '');
  const possible = days.filter((rule) => isPossible(rule, months, years));
  if (possible.length === 0) return rejectSchedule('never fires: the months it names do not have the days it names');
  const schedule: CronSchedule = { kind: 'cron', minutes, hours, days: possible, months, years };
  const longest = Math.max(...toEventBridge(schedule).map((text) => text.length));
  if (longest <= MAX_EXPRESSION_LENGTH) return schedule;
  return rejectSchedule(
    `is ${longest} characters long as EventBridge writes it, which takes ${MAX_EXPRESSION_LENGTH}; name fewer values`,
  );
}

function isPossible(rule: DayRule, months: readonly number[], years: readonly number[]): boolean {
  if (rule.kind === 'nearest-workday') assertDayExists(rule.day, months);
  return years.some((year) => months.some((month) => datesOf(rule, year, month).length > 0));
}

/** Rejects days such as 31W in a month of 30 days, because EventBridge does not document their meaning. */
function assertDayExists(day: number, months: readonly number[]): void {
  const nonLeapYear = 2001;
  const missing = months.find((month) => day > daysInMonth(nonLeapYear, month));
  if (missing)
    rejectSchedule(`day-of-month ${day}W needs months that always have a day ${day}, got month ${missing}; use LW`);
}

function parseRate(text: string): RateSchedule {
  const [, digits, word] = /^(\S+) (\S+)$/.exec(text) ?? [];
  const [, unit, plural] = /^(minute|hour|day)(s?)$/.exec(word ?? '') ?? [];
  if (digits === undefined || (unit !== 'minute' && unit !== 'hour' && unit !== 'day')) {
    return rejectSchedule(`rate must be rate(n unit) with the unit minutes, hours or days, got rate(${text})`);
  }
  const value = /^\d{1,6}$/.test(digits) ? Number(digits) : 0;
  if (value < 1) return rejectSchedule(`rate value must be a whole number 1–999999, got ${digits}`);
  const right = value === 1 ? unit : `${unit}s`;
  if ((plural === '') !== (value === 1)) return rejectSchedule(`rate(${text}) must be rate(${value} ${right})`);
  return { kind: 'rate', value, unit };
}

function parseAt(text: string): AtSchedule {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/.exec(text);
  if (!match)
    return rejectSchedule(`at must be at(yyyy-mm-ddThh:mm:ss), a local time without an offset, got at(${text})`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  if (year < FIRST_YEAR || year > LAST_YEAR)
    return rejectSchedule(`at year must be ${FIRST_YEAR}–${LAST_YEAR}, got ${year}`);
  if (second !== 0)
    return rejectSchedule(`at seconds must be 00 because the scheduler's grain is a minute, got ${match[6]}`);
  const local = Date.UTC(year, month - 1, day, hour, minute);
  if (new Date(local).toISOString().slice(0, 19) === text) return { kind: 'at', local };
  return rejectSchedule(`at must name a date and time that exist, got at(${text})`);
}
