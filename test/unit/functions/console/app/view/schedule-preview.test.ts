import { describe, expect, it } from 'vitest';
import { previewSchedule } from '../../../../../../functions/console/app/view/schedule-preview.ts';
import { datesOf } from '../../../../../../functions/core/domain/calendar-dates.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

const preview = (text: string, timezone = 'Europe/Berlin') => previewSchedule(text, { timezone }, NOW);

describe('previewSchedule', () => {
  it('shows the next five fires', () => {
    expect(preview('30 4 * * *', 'UTC')).toEqual({
      kind: 'fires',
      fires: [23, 24, 25, 26, 27].map((day) => Date.parse(`2026-11-${day}T04:30:00Z`)),
      notes: [],
    });
  });

  it('omits the fires on dates that calendars exclude', () => {
    const calendar = { dates: ['2026-11-23', '2026-11-25'] };
    const dates = datesOf({ excludeCalendars: ['a'], requireCalendars: [] }, new Map([['a', calendar]]));
    const none = datesOf({ excludeCalendars: ['a'], requireCalendars: ['a'] }, new Map([['a', calendar]]));

    expect(previewSchedule('30 4 * * *', { timezone: 'UTC', dates }, NOW)).toMatchObject({
      fires: [24, 26, 27, 28, 29].map((day) => Date.parse(`2026-11-${day}T04:30:00Z`)),
    });
    expect(previewSchedule('30 4 * * *', { timezone: 'UTC', dates: none }, NOW)).toMatchObject({
      kind: 'invalid',
      message: 'Has no future fires on the dates that its calendars leave.',
    });
  });

  it('returns nothing for an empty schedule', () => {
    expect(preview('  ')).toEqual({ kind: 'none' });
  });

  it.each([
    ['75 * * * *', 'schedule', 'Minute must be 0–59, got 75.'],
    ['0 0 30 2 *', 'schedule', 'Never fires: the months it names do not have the days it names.'],
    ['at(2020-01-01T00:00:00)', 'schedule', 'Has no future fires.'],
  ])('explains why %s is invalid', (text, field, message) => {
    expect(preview(text)).toEqual({ kind: 'invalid', field, message });
  });

  it('rejects an unknown time zone', () => {
    expect(preview('0 0 * * *', 'Berlin')).toMatchObject({ kind: 'invalid', field: 'timezone' });
  });

  it('counts a rate from now', () => {
    expect(preview('rate(1 hour)')).toMatchObject({ fires: [1, 2, 3, 4, 5].map((hours) => NOW + hours * 3_600_000) });
  });
});
