import { describe, expect, it } from 'vitest';
import {
  calendarFieldFor,
  formatDate,
  monthsOf,
  parseCalendarText,
  yearsOf,
} from '../../../../../../functions/console/app/view/calendars.ts';

describe('parseCalendarText', () => {
  it('reads dates that are separated by spaces, commas, semicolons and lines', () => {
    expect(parseCalendarText(' 2026-12-25, 2026-12-26;2027-01-01\n\n2024-02-29\t')).toEqual({
      dates: ['2026-12-25', '2026-12-26', '2027-01-01', '2024-02-29'],
    });
    expect(parseCalendarText('')).toEqual({ dates: [] });
  });

  it('leaves an iCalendar file to the API', () => {
    const text = '\uFEFFBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n';
    expect(parseCalendarText(text)).toEqual({ ical: text });
  });

  it.each(['2026-02-30', '25.12.2026', '2026-1-1', 'Christmas'])('rejects "%s" and names it', (word) => {
    expect(() => parseCalendarText(`2026-12-25 ${word}`)).toThrow(
      expect.objectContaining({ field: 'dates', message: `Must be dates such as 2026-12-25, got "${word}"` }),
    );
  });

  it('shortens a long word in the message', () => {
    expect(() => parseCalendarText('x'.repeat(500))).toThrow(/got "x{80}"$/);
  });
});

it.each([
  ['dates[3]', 'dates'],
  ['dates', 'dates'],
  ['ical', 'dates'],
  ['name', 'name'],
  ['if-none-match', 'name'],
  ['body', undefined],
])('maps the API field %s to the form field %s', (name, field) => {
  expect(calendarFieldFor(name)).toBe(field);
});

describe('yearsOf', () => {
  it('includes every year between the dates and the current year', () => {
    expect(yearsOf(['2024-05-01', '2027-01-01'], 2026)).toEqual([2024, 2025, 2026, 2027]);
    expect(yearsOf(['2030-01-01'], 2028)).toEqual([2028, 2029, 2030]);
    expect(yearsOf([], 2026)).toEqual([2026]);
  });
});

describe('monthsOf', () => {
  it('has the days of each month, in weeks that begin on Monday', () => {
    const months = monthsOf(2024, []);

    expect(months.map(({ name }) => name).slice(0, 2)).toEqual(['January', 'February']);
    const lengths = months.map(({ weeks }) => weeks.flat().filter((day) => day !== undefined).length);
    expect(lengths).toEqual([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]);
    // 1 February 2024 was a Thursday.
    expect(months[1]?.weeks[0]?.map((day) => day?.day)).toEqual([undefined, undefined, undefined, 1, 2, 3, 4]);
    expect(months.flatMap(({ weeks }) => weeks).every((week) => week.length === 7)).toBe(true);
  });

  it('marks and counts the dates of the year only', () => {
    const december = monthsOf(2026, ['2025-12-25', '2026-12-25', '2026-12-26'])[11];

    const marked = december?.weeks.flat().filter((day) => day?.isMarked);
    expect(marked?.map((day) => day?.date)).toEqual(['2026-12-25', '2026-12-26']);
    expect(december?.count).toBe(2);
  });
});

it('formats a date with its weekday', () => {
  expect(formatDate('2026-12-25')).toBe('Fri, 25 Dec 2026');
});
