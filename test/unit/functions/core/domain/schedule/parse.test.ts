import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../../../../../functions/core/domain/errors.ts';
import {
  MAX_EXPRESSION,
  parseSchedule,
  toEventBridge,
} from '../../../../../../functions/core/domain/schedule/index.ts';

/** Returns the error for an invalid schedule expression. */
function refusal(expression: string): InvalidInput {
  try {
    parseSchedule(expression);
  } catch (error) {
    if (error instanceof InvalidInput) return error;
    throw error;
  }
  throw new Error(`'${expression}' was taken`);
}

describe('EventBridge expressions', () => {
  it.each([
    // Values, lists, ranges, steps.
    ['* * * * *', 'cron(* * * * ? *)'],
    ['3 * * * *', 'cron(3 * * * ? *)'],
    ['  0   9\t* * * ', 'cron(0 9 * * ? *)'],
    ['007 09 * * *', 'cron(7 9 * * ? *)'],
    ['30,0,15 9 * * *', 'cron(0,15,30 9 * * ? *)'],
    ['0-10,40 * * * *', 'cron(0-10,40 * * * ? *)'],
    ['1,2 * * * *', 'cron(1,2 * * * ? *)'],
    ['*/15 * * * *', 'cron(0/15 * * * ? *)'],
    ['5/20 * * * *', 'cron(5/20 * * * ? *)'],
    ['*/1 */1 */1 */1 */1', 'cron(* * * * ? *)'],
    ['*/40 * * * *', 'cron(0,40 * * * ? *)'],
    ['10-40/10 * * * *', 'cron(10,20,30,40 * * * ? *)'],
    ['0 0-23/2 * * *', 'cron(0 0/2 * * ? *)'],
    ['0 0 */2 * *', 'cron(0 0 1/2 * ? *)'],
    ['0 0 1 */3 *', 'cron(0 0 1 1/3 ? *)'],
    // Ranges that wrap around.
    ['0 22-2 * * *', 'cron(0 0-2,22,23 * * ? *)'],
    ['0 22-4/3 * * *', 'cron(0 1,4,22 * * ? *)'],
    ['50-10/10 * * * *', 'cron(0,10,50 * * * ? *)'],
    ['0 0 30-2 * *', 'cron(0 0 1,2,30,31 * ? *)'],
    ['0 0 1 nov-feb *', 'cron(0 0 1 1,2,11,12 ? *)'],
    ['0 0 * * fri-mon', 'cron(0 0 ? * 1,2,6,7 *)'],
    // Names, and Unix weekdays from 0 against AWS weekdays from 1.
    ['0 0 1 JAN,jul Tue', ['cron(0 0 1 1,7 ? *)', 'cron(0 0 ? 1,7 3 *)']],
    ['0 0 * * 0', 'cron(0 0 ? * 1 *)'],
    ['0 0 * * 7', 'cron(0 0 ? * 1 *)'],
    ['0 0 * * 1-5', 'cron(0 0 ? * 2-6 *)'],
    ['0 0 * * mon-fri', 'cron(0 0 ? * 2-6 *)'],
    ['0 0 * * 5-7', 'cron(0 0 ? * 1,6,7 *)'],
    ['0 0 * * 7-2', 'cron(0 0 ? * 1-3 *)'],
    ['0 0 * * 7-7', 'cron(0 0 ? * 1 *)'],
    ['0 0 * * sun-sun', 'cron(0 0 ? * 1 *)'],
    ['0 0 * * 1-7/2', 'cron(0 0 ? * 1,2,4,6 *)'],
    ['0 0 * * */2', 'cron(0 0 ? * 1,3,5,7 *)'],
    ['0 0 * * */7', 'cron(0 0 ? * 1 *)'],
    ['0 0 * * 0-7', 'cron(0 0 * * ? *)'],
    // L, W and #.
    ['0 0 L * *', 'cron(0 0 L * ? *)'],
    ['0 0 l-3 * *', 'cron(0 0 L-3 * ? *)'],
    ['0 0 LW * ?', 'cron(0 0 LW * ? *)'],
    ['0 0 15w * *', 'cron(0 0 15W * ? *)'],
    ['0 0 31W jan,mar *', 'cron(0 0 31W 1,3 ? *)'],
    ['0 0 ? * 5L', 'cron(0 0 ? * 6L *)'],
    ['0 0 * * 7L', 'cron(0 0 ? * 1L *)'],
    ['0 0 * * friL', 'cron(0 0 ? * 6L *)'],
    ['0 0 * * 5#2', 'cron(0 0 ? * 6#2 *)'],
    ['0 0 * * 0#1', 'cron(0 0 ? * 1#1 *)'],
    ['0 0 * * MON#5', 'cron(0 0 ? * 2#5 *)'],
    // Day of month or day of week.
    ['0 0 ? * ?', 'cron(0 0 * * ? *)'],
    ['0 0 13 * 5', ['cron(0 0 13 * ? *)', 'cron(0 0 ? * 6 *)']],
    ['0 0 L * 1#1', ['cron(0 0 L * ? *)', 'cron(0 0 ? * 2#1 *)']],
    ['0 0 1-31/2 * 1', ['cron(0 0 1/2 * ? *)', 'cron(0 0 ? * 2 *)']],
    ['0 0 1-31 * 1', 'cron(0 0 * * ? *)'],
    ['0 0 13 * 0-6', 'cron(0 0 * * ? *)'],
    ['0 0 */1 * 1', 'cron(0 0 ? * 2 *)'],
    ['0 0 */2 * 1-7', 'cron(0 0 1/2 * ? *)'],
    ['0 0 30 2 1', 'cron(0 0 ? 2 2 *)'],
    // A seconds field of 0.
    ['0 30 9 * * 1', 'cron(30 9 ? * 2 *)'],
    ['00 30 9 * * ?', 'cron(30 9 * * ? *)'],
    // Aliases.
    ['@hourly', 'cron(0 * * * ? *)'],
    ['@daily', 'cron(0 0 * * ? *)'],
    ['@midnight', 'cron(0 0 * * ? *)'],
    ['@Weekly', 'cron(0 0 ? * 1 *)'],
    ['@monthly', 'cron(0 0 1 * ? *)'],
    ['@yearly', 'cron(0 0 1 1 ? *)'],
    ['@annually', 'cron(0 0 1 1 ? *)'],
    // EventBridge's own forms.
    ['cron(0 12 * * ? *)', 'cron(0 12 * * ? *)'],
    ['cron( 0  12 ? * * * )', 'cron(0 12 * * ? *)'],
    ['cron(0/15 8-17 ? * MON-FRI *)', 'cron(0/15 8-17 ? * 2-6 *)'],
    ['cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)', 'cron(0-15 8 ? * 2-7 *)'],
    ['cron(0 18 ? * FRI-MON 2027)', 'cron(0 18 ? * 1,2,6,7 2027)'],
    ['cron(0 0 ? * 3#2 2026-2030/2)', 'cron(0 0 ? * 3#2 2026,2028,2030)'],
    ['cron(0 0 ? * L *)', 'cron(0 0 ? * 7 *)'],
    ['cron(0 0 ? * 6L 2030/10)', 'cron(0 0 ? * 6L 2030/10)'],
    ['cron(0 0 L-2 1/6 ? 2026-2028)', 'cron(0 0 L-2 1,7 ? 2026-2028)'],
    ['cron(0 0 29 2 ? 2028)', 'cron(0 0 29 2 ? 2028)'],
    ['rate(1 minute)', 'rate(1 minute)'],
    ['rate( 90  minutes )', 'rate(90 minutes)'],
    ['rate(1 hour)', 'rate(1 hour)'],
    ['rate(12 hours)', 'rate(12 hours)'],
    ['rate(1 day)', 'rate(1 day)'],
    ['rate(7 days)', 'rate(7 days)'],
    ['at(2027-02-28T23:59:00)', 'at(2027-02-28T23:59:00)'],
  ])('%s', (expression, expected) => {
    expect(toEventBridge(parseSchedule(expression))).toEqual([expected].flat());
  });

  it('parses its own output to the same schedule', () => {
    const schedule = parseSchedule('*/10 22-2 LW nov-feb *');

    const [registered = ''] = toEventBridge(schedule);

    expect(parseSchedule(registered)).toEqual(schedule);
  });
});

describe('invalid expressions', () => {
  it.each([
    // Values out of range, by field.
    ['75 * * * *', 'minute must be 0–59, got 75'],
    ['0 24 * * *', 'hour must be 0–23, got 24'],
    ['0 0 0 * *', 'day-of-month must be 1–31, got 0'],
    ['0 0 32 * *', 'day-of-month must be 1–31, got 32'],
    ['0 0 1 13 *', 'month must be 1–12 or JAN–DEC, got 13'],
    ['0 0 1 janu *', 'month must be 1–12 or JAN–DEC, got janu'],
    ['0 0 * * 8', 'day-of-week must be 0–7 or SUN–SAT, got 8'],
    ['0 0 * * monday', 'day-of-week must be 0–7 or SUN–SAT, got monday'],
    ['0 0-24 * * *', 'hour must be 0–23, got 24'],
    ['99999 * * * *', 'minute must be 0–59, got 99999'],
    ['mon * * * *', 'minute must be 0–59, got mon'],
    ['cron(0 0 ? * 0 *)', 'day-of-week must be 1–7 or SUN–SAT, got 0'],
    ['cron(0 0 ? * 8#1 *)', 'day-of-week must be 1–7 or SUN–SAT, got 8'],
    ['cron(0 0 1 1 ? 1969)', 'year must be 1970–2199, got 1969'],
    ['cron(0 0 1 1 ? 2200)', 'year must be 1970–2199, got 2200'],
    ['cron(0 0 1 1 ? 2030-2026)', 'year range must ascend, got 2030-2026'],
    // Steps.
    ['*/0 * * * *', 'minute step must be 1–59, got 0'],
    ['*/60 * * * *', 'minute step must be 1–59, got 60'],
    ['0 */24 * * *', 'hour step must be 1–23, got 24'],
    ['0 0 */32 * *', 'day-of-month step must be 1–31, got 32'],
    ['0 0 1 */13 *', 'month step must be 1–12, got 13'],
    ['0 0 * * */8', 'day-of-week step must be 1–7, got 8'],
    ['*/x * * * *', 'minute step must be 1–59, got x'],
    // Form.
    ['1- * * * *', "minute must be a value, a range, a step or a list of these (0–59), got '1-'"],
    ['-1 * * * *', "minute must be a value, a range, a step or a list of these (0–59), got '-1'"],
    ['1,,2 * * * *', "minute must be a value, a range, a step or a list of these (0–59), got ''"],
    ['1-2-3 * * * *', "minute must be a value, a range, a step or a list of these (0–59), got '1-2-3'"],
    ['*-5 * * * *', "minute must be a value, a range, a step or a list of these (0–59), got '*-5'"],
    ['1.5 * * * *', "minute must be a value, a range, a step or a list of these (0–59), got '1.5'"],
    ['? * * * *', "minute must be a value, a range, a step or a list of these (0–59), got '?'"],
    ['0 0 1,? * *', "day-of-month must be a value, a range, a step or a list of these (1–31), got '?'"],
    ['0 L * * *', 'hour must be 0–23, got L'],
    // L, W and #.
    ['0 0 1,L * *', "day-of-month takes L, L-n, LW and nW only alone, got '1,L'"],
    ['0 0 1W-5 * *', "day-of-month takes L, L-n, LW and nW only alone, got '1W-5'"],
    ['0 0 W * *', "day-of-month takes L, L-n, LW and nW only alone, got 'W'"],
    ['0 0 L-31 * *', 'day-of-month L-n takes n from 1–30, got L-31'],
    ['0 0 L-0 * *', 'day-of-month L-n takes n from 1–30, got L-0'],
    ['0 0 32W * *', 'day-of-month must be 1–31, got 32'],
    ['0 0 31W * *', 'day-of-month 31W needs months that always have a day 31, got month 2; use LW'],
    ['0 0 29W 1-3 *', 'day-of-month 29W needs months that always have a day 29, got month 2; use LW'],
    ['0 0 * * L', 'day-of-week L needs its day, such as 5L for the last Friday'],
    ['0 0 * * 8L', 'day-of-week must be 0–7 or SUN–SAT, got 8'],
    ['0 0 * * 1,5L', "day-of-week takes dL and d#n only alone, got '1,5L'"],
    ['0 0 * * 1#1,3#2', "day-of-week takes dL and d#n only alone, got '1#1,3#2'"],
    ['0 0 * * 1#6', 'day-of-week d#n takes n from 1–5, got 1#6'],
    ['0 0 * * 1#0', 'day-of-week d#n takes n from 1–5, got 1#0'],
    // Both day fields.
    [
      '0 0 */2 * 1',
      'day-of-month */2 and day-of-week 1 must hold at once in cron, because one starts with *, ' +
        'and EventBridge cannot say that; write a range, such as 1-31/2 for */2, to fire on the days of either',
    ],
    [
      '0 0 1 * */2',
      'day-of-month 1 and day-of-week */2 must hold at once in cron, because one starts with *, ' +
        'and EventBridge cannot say that; write a range, such as 1-31/2 for */2, to fire on the days of either',
    ],
    ['cron(0 12 * * * *)', 'cron(…) must have ? in exactly one of day-of-month and day-of-week, got * and *'],
    ['cron(0 12 ? * ? *)', 'cron(…) must have ? in exactly one of day-of-month and day-of-week, got ? and ?'],
    ['cron(0 12 * * ?)', 'cron(…) must have 6 fields (minute hour day-of-month month day-of-week year), got 5'],
    // Seconds.
    [
      '*/10 * * * * *',
      "seconds, the first of 6 fields, must be 0 because the scheduler's grain is a minute, got */10 " +
        "(EventBridge's own 6 fields are written cron(…))",
    ],
    [
      '0 12 * * ? *',
      "6 fields start with the seconds, so '?' stands for the month; EventBridge's own 6 fields are written cron(…)",
    ],
    [
      '0 12 ? * MON-FRI *',
      "6 fields start with the seconds, so '?' stands for the hour; EventBridge's own 6 fields are written cron(…)",
    ],
    // Aliases, rates, one-time schedules.
    ['@reboot', 'alias must be one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually, got @reboot'],
    ['rate(0 minutes)', 'rate value must be a whole number 1–999999, got 0'],
    ['rate(-1 minutes)', 'rate value must be a whole number 1–999999, got -1'],
    ['rate(1.5 hours)', 'rate value must be a whole number 1–999999, got 1.5'],
    ['rate(1000000 days)', 'rate value must be a whole number 1–999999, got 1000000'],
    ['rate(1 minutes)', 'rate(1 minutes) must be rate(1 minute)'],
    ['rate(5 minute)', 'rate(5 minute) must be rate(5 minutes)'],
    ['rate(30 seconds)', 'rate must be rate(n unit) with the unit minutes, hours or days, got rate(30 seconds)'],
    ['rate(5)', 'rate must be rate(n unit) with the unit minutes, hours or days, got rate(5)'],
    ['at(2027-01-01)', 'at must be at(yyyy-mm-ddThh:mm:ss), a local time without an offset, got at(2027-01-01)'],
    [
      'at(2027-01-01T00:00:00Z)',
      'at must be at(yyyy-mm-ddThh:mm:ss), a local time without an offset, got at(2027-01-01T00:00:00Z)',
    ],
    ['at(2027-01-01T00:00:30)', "at seconds must be 00 because the scheduler's grain is a minute, got 30"],
    ['at(2027-02-29T00:00:00)', 'at must name a date and time that exist, got at(2027-02-29T00:00:00)'],
    ['at(2027-01-01T24:00:00)', 'at must name a date and time that exist, got at(2027-01-01T24:00:00)'],
    ['at(2200-01-01T00:00:00)', 'at year must be 1970–2199, got 2200'],
    // Schedules that can never fire.
    ['0 0 30 2 *', 'never fires: the months it names do not have the days it names'],
    ['0 0 31 4,6,9,11 *', 'never fires: the months it names do not have the days it names'],
    ['0 0 L-30 feb,apr *', 'never fires: the months it names do not have the days it names'],
    ['cron(0 0 29 2 ? 2027)', 'never fires: the months it names do not have the days it names'],
    ['cron(0 0 ? 2 2#5 2027)', 'never fires: the months it names do not have the days it names'],
    // Size.
    [
      'cron(0 0 1 1 ? 1970-2199/3,1971,1975)',
      'is 410 characters long as EventBridge writes it, which takes 256; name fewer values',
    ],
    [`0 ${'1,'.repeat(MAX_EXPRESSION / 2)}1 * * *`, 'must have at most 256 characters, got 265'],
  ])('%s', (expression, message) => {
    const error = refusal(expression);

    expect(error.message).toBe(`schedule: ${message}`);
    expect(error.field).toBe('schedule');
  });

  it.each([
    ['', 'must not be empty; it is a cron expression of 5 fields'],
    ['   ', 'must not be empty'],
    ['every day', "got 2 fields: 'every day'"],
    ['*', "got 1 field: '*'"],
    ['* * * * * * *', "got 7 fields: '* * * * * * *'"],
    ['interval(5 minutes)', 'or rate(…), cron(…) or at(…), got interval(…)'],
  ])("lists the allowed forms for '%s'", (expression, part) => {
    expect(refusal(expression).message).toContain(part);
  });
});
