import { describe, expect, it } from 'vitest';
import { nextFires, parseSchedule, registrationStart } from '../../../../../../functions/core/domain/schedule/index.ts';

describe('registrationStart', () => {
  const now = Date.UTC(2026, 2, 2, 12, 0, 30);

  it('returns the next fire of a rate, so that fires stay aligned with nextFires', () => {
    const schedule = parseSchedule('rate(7 minutes)');
    const job = { timezone: 'UTC', anchor: '2026-01-01T00:00:00.000Z' };

    const startAt = registrationStart(schedule, { ...job, now });

    expect(startAt).toBeGreaterThan(now);
    const registered = nextFires(schedule, { timezone: 'UTC', startAt, after: now, count: 5 });
    expect(registered).toEqual(nextFires(schedule, { ...job, after: now, count: 5 }));
  });

  it('returns the future start date of a cron', () => {
    const schedule = parseSchedule('@daily');
    const startAt = '2026-04-01T00:00:00.000Z';

    expect(registrationStart(schedule, { timezone: 'UTC', startAt, now })).toBe(Date.parse(startAt));
    expect(registrationStart(schedule, { timezone: 'UTC', startAt: '2026-03-02T12:00:30.000Z', now })).toBeNull();
    expect(registrationStart(schedule, { timezone: 'UTC', startAt: null, now })).toBeNull();
  });

  it('returns null for an at() and for a rate that has ended', () => {
    const at = parseSchedule('at(2026-07-01T09:00:00)');
    const over = { timezone: 'UTC', startAt: '2026-01-01T00:00Z', endAt: '2026-02-01T00:00Z', now };

    expect(registrationStart(at, { timezone: 'UTC', startAt: '2026-04-01T00:00Z', now })).toBeNull();
    expect(registrationStart(parseSchedule('rate(1 day)'), over)).toBeNull();
  });
});
