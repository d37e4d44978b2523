import { describe, expect, it } from 'vitest';
import {
  firesBetween,
  nextFire,
  nextFires,
  parseSchedule,
  previousFire,
  requireFire,
  type ScheduleContext,
} from '../../../../../../functions/core/domain/schedule/index.ts';

/** Returns the next fires of an expression as ISO times with minutes. */
function next(expression: string, after: string, count: number, context: Partial<ScheduleContext> = {}): string[] {
  const fires = nextFires(parseSchedule(expression), { timezone: 'UTC', ...context, after, count });
  return fires.map(minute);
}

function previous(expression: string, before: string, context: Partial<ScheduleContext> = {}): string | null {
  const fire = previousFire(parseSchedule(expression), { timezone: 'UTC', ...context, before });
  return fire === null ? null : minute(fire);
}

function minute(time: number): string {
  return new Date(time).toISOString().replace(':00.000Z', 'Z');
}

describe('cron', () => {
  it('fires after the given instant, never at it', () => {
    expect(next('*/30 * * * *', '2026-03-02T01:00Z', 3)).toEqual([
      '2026-03-02T01:30Z',
      '2026-03-02T02:00Z',
      '2026-03-02T02:30Z',
    ]);
    expect(next('*/30 * * * *', '2026-03-02T00:59:59.999Z', 1)).toEqual(['2026-03-02T01:00Z']);
  });

  it.each([
    ['0 0 29 2 *', ['2028-02-29T00:00Z', '2032-02-29T00:00Z']],
    ['0 0 31 * *', ['2026-03-31T00:00Z', '2026-05-31T00:00Z']],
    ['0 0 L * *', ['2026-03-31T00:00Z', '2026-04-30T00:00Z']],
    ['0 0 L-30 * *', ['2026-05-01T00:00Z', '2026-07-01T00:00Z']],
    ['0 0 LW * *', ['2026-03-31T00:00Z', '2026-04-30T00:00Z', '2026-05-29T00:00Z']],
    // 1 August 2026 is a Saturday, 1 November a Sunday; 15 March 2026 is a Sunday, 28 February 2027 too.
    ['0 0 1W 8,11 *', ['2026-08-03T00:00Z', '2026-11-02T00:00Z']],
    ['0 0 15W 3,8 *', ['2026-03-16T00:00Z', '2026-08-14T00:00Z']],
    ['0 0 28W 2 *', ['2027-02-26T00:00Z', '2028-02-28T00:00Z']],
    ['0 0 31W 5,10 *', ['2026-05-29T00:00Z', '2026-10-30T00:00Z']],
    ['0 0 * * 5#5', ['2026-05-29T00:00Z', '2026-07-31T00:00Z']],
    // 31 May 2026 is a Sunday.
    ['0 0 * 5 0L', ['2026-05-31T00:00Z', '2027-05-30T00:00Z']],
    ['0 0 * * 1L', ['2026-03-30T00:00Z', '2026-04-27T00:00Z']],
    ['0 0 13 * 5', ['2026-03-06T00:00Z', '2026-03-13T00:00Z', '2026-03-20T00:00Z']],
    ['cron(0 0 ? * 6 2028-2029)', ['2028-01-07T00:00Z', '2028-01-14T00:00Z']],
    ['cron(0 0 29 2 ? 2030-2199/3)', ['2036-02-29T00:00Z', '2048-02-29T00:00Z']],
  ])('fires %s', (expression, expected) => {
    expect(next(expression, '2026-03-02T00:00Z', expected.length)).toEqual(expected);
  });

  it('ends with the last year of the schedule', () => {
    expect(next('cron(0 0 31 12 ? 2026,2027)', '2026-03-02T00:00Z', 5)).toEqual([
      '2026-12-31T00:00Z',
      '2027-12-31T00:00Z',
    ]);
    expect(next('cron(0 0 1 1 ? 2020)', '2026-03-02T00:00Z', 5)).toEqual([]);
    expect(previous('cron(0 0 1 1 ? 2030)', '2026-03-02T00:00Z')).toBeNull();
  });

  it('finds a 29 February on a Monday, which occurs every 28 years, without iterating over minutes', () => {
    const mondays = next('0 0 29 2 *', '2026-03-02T00:00Z', 40).filter((fire) => new Date(fire).getUTCDay() === 1);

    expect(mondays).toEqual([
      '2044-02-29T00:00Z',
      '2072-02-29T00:00Z',
      '2112-02-29T00:00Z',
      '2140-02-29T00:00Z',
      '2168-02-29T00:00Z',
    ]);
    expect(next('cron(0 0 29 2 ? 2196)', '2026-03-02T00:00Z', 2)).toEqual(['2196-02-29T00:00Z']);
  });

  it('returns the fire before an instant, and optionally at it', () => {
    const schedule = parseSchedule('0 9 * * 1-5');
    const monday = Date.UTC(2026, 2, 2, 9);

    expect(previous('0 9 * * 1-5', '2026-03-02T09:00Z')).toBe('2026-02-27T09:00Z');
    expect(previous('0 9 * * 1-5', '2026-03-02T09:00:00.001Z')).toBe('2026-03-02T09:00Z');
    expect(previousFire(schedule, { timezone: 'UTC', before: monday, inclusive: true })).toBe(monday);
    expect(previous('0 0 29 2 *', '2026-03-02T00:00Z')).toBe('2024-02-29T00:00Z');
  });

  it('lists the fires between two instants, excluding the first and including the last, up to a limit', () => {
    const schedule = parseSchedule('*/15 * * * *');
    const range = { timezone: 'UTC', from: '2026-03-02T01:00Z', to: '2026-03-02T02:00Z' };

    const all = firesBetween(schedule, { ...range, limit: 100 }).map(minute);
    const two = firesBetween(schedule, { ...range, limit: 2 }).map(minute);

    expect(all).toEqual(['2026-03-02T01:15Z', '2026-03-02T01:30Z', '2026-03-02T01:45Z', '2026-03-02T02:00Z']);
    expect(two).toEqual(['2026-03-02T01:15Z', '2026-03-02T01:30Z']);
    expect(firesBetween(schedule, { ...range, limit: 0 })).toEqual([]);
    expect(firesBetween(schedule, { ...range, to: range.from, limit: 100 })).toEqual([]);
  });

  it('respects start and end, both inclusive', () => {
    const bounds = { startAt: '2026-03-05T00:00Z', endAt: '2026-03-07T00:00Z' };
    const context = { timezone: 'UTC', ...bounds };

    expect(next('@daily', '2026-03-02T00:00Z', 9, bounds)).toEqual([
      '2026-03-05T00:00Z',
      '2026-03-06T00:00Z',
      '2026-03-07T00:00Z',
    ]);
    expect(next('@daily', '2026-03-02T00:00Z', 9, { endAt: '2026-03-02T23:59:59.999Z' })).toEqual([]);
    expect(next('@daily', '2026-03-02T00:00Z', 1, { startAt: '2026-03-05T00:00:00.001Z' })).toEqual([
      '2026-03-06T00:00Z',
    ]);
    expect(previous('@daily', '2026-04-01T00:00Z', bounds)).toBe('2026-03-07T00:00Z');
    expect(previous('@daily', '2026-03-05T00:00Z', bounds)).toBeNull();
    const march = { ...context, from: '2026-03-01T00:00Z', to: '2026-03-06T00:00Z', limit: 9 };
    expect(firesBetween(parseSchedule('@daily'), march).map(minute)).toEqual([
      '2026-03-05T00:00Z',
      '2026-03-06T00:00Z',
    ]);
    expect(next('@daily', '2026-03-02T00:00Z', 1, { startAt: null, endAt: null })).toEqual(['2026-03-03T00:00Z']);
  });
});

describe('clock changes', () => {
  it('skips a local time that does not exist', () => {
    // New York, 8 March 2026: 02:00 EST becomes 03:00 EDT, at 07:00 UTC.
    const context = { timezone: 'America/New_York' };

    expect(next('30 2 * * *', '2026-03-07T00:00Z', 2, context)).toEqual(['2026-03-07T07:30Z', '2026-03-09T06:30Z']);
    expect(next('*/30 1-3 * * *', '2026-03-08T00:00Z', 4, context)).toEqual([
      '2026-03-08T06:00Z',
      '2026-03-08T06:30Z',
      '2026-03-08T07:00Z',
      '2026-03-08T07:30Z',
    ]);
    expect(previous('30 2 * * *', '2026-03-09T00:00Z', context)).toBe('2026-03-07T07:30Z');
  });

  it('fires once, at the first occurrence of a repeated local time', () => {
    // New York, 1 November 2026: 02:00 EDT becomes 01:00 EST, at 06:00 UTC.
    const context = { timezone: 'America/New_York' };

    expect(next('30 1 * * *', '2026-11-01T00:00Z', 2, context)).toEqual(['2026-11-01T05:30Z', '2026-11-02T06:30Z']);
    expect(next('*/30 * * * *', '2026-11-01T05:00Z', 3, context)).toEqual([
      '2026-11-01T05:30Z',
      '2026-11-01T07:00Z',
      '2026-11-01T07:30Z',
    ]);
    expect(previous('30 1 * * *', '2026-11-01T06:45Z', context)).toBe('2026-11-01T05:30Z');
  });

  it('handles changes of half an hour', () => {
    // Lord Howe: 02:00 becomes 02:30 on 4 October 2026 (15:30 UTC the day before), 01:30 again on 5 April (15:00 UTC).
    const context = { timezone: 'Australia/Lord_Howe' };

    expect(next('15,45 2 * * *', '2026-10-03T12:00Z', 2, context)).toEqual(['2026-10-03T15:45Z', '2026-10-04T15:15Z']);
    expect(next('15,45 1 * * *', '2026-04-04T12:00Z', 3, context)).toEqual([
      '2026-04-04T14:15Z',
      '2026-04-04T14:45Z',
      '2026-04-05T14:45Z',
    ]);
  });

  it('handles a change at midnight and a skipped day', () => {
    // Santiago, 6 September 2026: 00:00 becomes 01:00. Apia had no 30 December 2011.
    expect(next('0 0 * * *', '2026-09-05T12:00Z', 1, { timezone: 'America/Santiago' })).toEqual(['2026-09-07T03:00Z']);
    expect(next('0 12 * * *', '2011-12-29T12:00Z', 2, { timezone: 'Pacific/Apia' })).toEqual([
      '2011-12-29T22:00Z',
      '2011-12-30T22:00Z',
    ]);
  });

  it('handles a change that falls on the next UTC day', () => {
    // Nuuk: 23:00 becomes 00:00 on 28 March 2026, 00:00 becomes 23:00 again on 24 October (both at 01:00 UTC).
    const context = { timezone: 'America/Nuuk' };

    expect(next('30 23 * * *', '2026-03-27T12:00Z', 2, context)).toEqual(['2026-03-28T01:30Z', '2026-03-30T00:30Z']);
    expect(next('30 23 * * *', '2026-10-24T12:00Z', 2, context)).toEqual(['2026-10-25T00:30Z', '2026-10-26T01:30Z']);
  });

  it('behaves the same in zones far from UTC', () => {
    expect(next('0 0 1 * *', '2026-01-15T00:00Z', 1, { timezone: 'Pacific/Kiritimati' })).toEqual([
      '2026-01-31T10:00Z',
    ]);
    expect(next('59 23 L * *', '2026-01-15T00:00Z', 1, { timezone: 'Etc/GMT+12' })).toEqual(['2026-02-01T11:59Z']);
    expect(next('0 9 * * *', '2026-01-15T00:00Z', 1, { timezone: 'Asia/Kathmandu' })).toEqual(['2026-01-15T03:15Z']);
  });
});

describe('rate', () => {
  it('starts at its start date, which is the first fire', () => {
    const startAt = '2026-03-02T01:07Z';

    expect(next('rate(20 minutes)', '2026-03-01T00:00Z', 3, { startAt })).toEqual([
      '2026-03-02T01:07Z',
      '2026-03-02T01:27Z',
      '2026-03-02T01:47Z',
    ]);
    expect(next('rate(20 minutes)', '2026-03-02T01:27Z', 1, { startAt })).toEqual(['2026-03-02T01:47Z']);
    expect(previous('rate(20 minutes)', '2026-03-02T01:47Z', { startAt })).toBe('2026-03-02T01:27Z');
    expect(previous('rate(20 minutes)', '2026-03-02T01:07Z', { startAt })).toBeNull();
  });

  it('starts at the next whole minute of its anchor, without a start date', () => {
    const anchor = '2026-03-02T01:07:12.345Z';

    expect(next('rate(2 hours)', '2026-03-01T00:00Z', 2, { anchor })).toEqual([
      '2026-03-02T01:08Z',
      '2026-03-02T03:08Z',
    ]);
    expect(next('rate(2 hours)', '2026-03-01T00:00Z', 1, { anchor, startAt: '2026-04-01T00:00Z' })).toEqual([
      '2026-04-01T00:00Z',
    ]);
  });

  it('counts a day as 24 hours across a clock change', () => {
    const context = { timezone: 'America/New_York', startAt: '2026-03-07T17:00Z' };

    expect(next('rate(1 day)', '2026-03-07T17:00Z', 2, context)).toEqual(['2026-03-08T17:00Z', '2026-03-09T17:00Z']);
  });

  it('ends at its end date, inclusive', () => {
    const bounds = { startAt: '2026-03-02T00:00Z', endAt: '2026-03-02T02:00Z' };

    expect(next('rate(1 hour)', '2026-03-02T00:30Z', 9, bounds)).toEqual(['2026-03-02T01:00Z', '2026-03-02T02:00Z']);
    expect(previous('rate(1 hour)', '2026-04-01T00:00Z', bounds)).toBe('2026-03-02T02:00Z');
  });

  it('requires a start date or an anchor', () => {
    expect(() => next('rate(1 hour)', '2026-03-02T00:00Z', 1)).toThrow('a rate needs startAt or anchor');
  });
});

describe('at', () => {
  it('fires once, at its local time', () => {
    const context = { timezone: 'Europe/Berlin' };

    expect(next('at(2026-07-01T09:00:00)', '2026-03-02T00:00Z', 5, context)).toEqual(['2026-07-01T07:00Z']);
    expect(next('at(2026-07-01T09:00:00)', '2026-07-01T07:00Z', 5, context)).toEqual([]);
    expect(previous('at(2026-07-01T09:00:00)', '2026-07-01T07:00Z', context)).toBeNull();
    expect(previous('at(2026-07-01T09:00:00)', '2026-07-01T07:01Z', context)).toBe('2026-07-01T07:00Z');
  });

  it('fires at the first occurrence of a repeated local time, and never at a skipped one', () => {
    const context = { timezone: 'America/New_York' };

    expect(next('at(2026-11-01T01:30:00)', '2026-03-02T00:00Z', 5, context)).toEqual(['2026-11-01T05:30Z']);
    expect(next('at(2026-03-08T02:30:00)', '2026-03-02T00:00Z', 5, context)).toEqual([]);
  });

  it('ignores start and end date, as EventBridge does', () => {
    const bounds = { startAt: '2027-01-01T00:00Z', endAt: '2026-01-01T00:00Z' };
    const schedule = parseSchedule('at(2026-07-01T09:00:00)');
    const july = { timezone: 'UTC', ...bounds, from: '2026-06-01T00:00Z', limit: 5 };

    expect(next('at(2026-07-01T09:00:00)', '2026-03-02T00:00Z', 5, bounds)).toEqual(['2026-07-01T09:00Z']);
    expect(firesBetween(schedule, { ...july, to: '2026-08-01T00:00Z' })).toHaveLength(1);
    expect(firesBetween(schedule, { ...july, to: '2026-06-15T00:00Z' })).toEqual([]);
  });
});

describe('schedule without a future fire', () => {
  it('returns null, and fails the assertion', () => {
    const lastYear = parseSchedule('cron(0 0 1 1 ? 2025)');
    const now = { timezone: 'Europe/Berlin', after: '2026-03-02T00:00Z' };

    expect(nextFire(lastYear, now)).toBeNull();
    expect(() => requireFire(lastYear, now)).toThrow(
      'schedule: never fires after 2026-03-02T00:00:00.000Z in Europe/Berlin',
    );
    expect(() => requireFire(parseSchedule('@yearly'), { ...now, endAt: '2026-04-01T00:00Z' })).toThrow(
      'schedule: never fires after 2026-03-02T00:00:00.000Z and until 2026-04-01T00:00:00.000Z in Europe/Berlin',
    );
    expect(() => requireFire(parseSchedule('@yearly'), now)).not.toThrow();
  });

  it('rejects malformed times', () => {
    expect(() => next('@daily', 'yesterday', 1)).toThrow('not a time: yesterday');
  });
});
