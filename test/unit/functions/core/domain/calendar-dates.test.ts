import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Calendar, calendarTag } from '../../../../../functions/core/domain/calendar.ts';
import { datesOf } from '../../../../../functions/core/domain/calendar-dates.ts';
import { iterations } from '../../../../helpers/iterations.ts';

const DAY = 86_400_000;
const FIRST = Date.UTC(2026, 11, 20) / DAY;
const format = (day: number) => new Date(day * DAY).toISOString().slice(0, 10);

const aCalendar = (name: string, days: readonly number[]): Calendar => {
  const dates = days.toSorted((a, b) => a - b).map(format);
  return { name, dates, tag: calendarTag(dates), createdAt: 'c', updatedAt: 'u' };
};

describe('datesOf', () => {
  it('leaves all dates for a job without calendars', () => {
    expect(datesOf({ excludeCalendars: [], requireCalendars: [] }, new Map())).toBeUndefined();
  });

  it('counts a calendar that does not exist as empty', () => {
    expect(datesOf({ excludeCalendars: ['none'], requireCalendars: [] }, new Map())?.next(FIRST)).toBe(FIRST);
    expect(datesOf({ excludeCalendars: [], requireCalendars: ['none'] }, new Map())?.next(FIRST)).toBeNull();
  });

  it('selects the dates in every required and no excluded calendar', () => {
    const days = fc.uniqueArray(fc.integer({ min: FIRST, max: FIRST + 15 }), { maxLength: 16 });
    const lists = fc.array(days, { maxLength: 2 });
    fc.assert(
      fc.property(lists, lists, fc.integer({ min: -3, max: 18 }), (excluded, required, offset) => {
        const exclude = excluded.map((list, i) => aCalendar(`exclude-${i}`, list));
        const require = required.map((list, i) => aCalendar(`require-${i}`, list));
        const names = {
          excludeCalendars: exclude.map(({ name }) => name),
          requireCalendars: require.map(({ name }) => name),
        };
        const isSelected = (day: number) =>
          excluded.every((list) => !list.includes(day)) && required.every((list) => list.includes(day));
        const all = Array.from({ length: 40 }, (_, i) => FIRST - 10 + i).filter(isSelected);
        const from = FIRST + offset;

        const dates = datesOf(names, new Map([...exclude, ...require].map((one) => [one.name, one])));

        const expected = [all.find((day) => day >= from) ?? null, all.findLast((day) => day <= from) ?? null];
        const hasCalendars = exclude.length + require.length > 0;
        expect(dates ? [dates.next(from), dates.previous(from)] : [from, from]).toEqual(
          hasCalendars ? expected : [from, from],
        );
      }),
      { numRuns: iterations(200, 5_000) },
    );
  });
});
