import { describe, expect, it } from 'vitest';
import {
  findTimezone,
  isTimezone,
  jitterMs,
  minimumIntervalMs,
  nextFire,
  nextFires,
  parseSchedule,
  registrationStart,
} from '../../../../../../functions/core/domain/schedule/index.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('isTimezone', () => {
  it.each([
    'UTC',
    'Etc/UTC',
    'Etc/GMT+5',
    'GB',
    'EST5EDT',
    'Europe/Kyiv',
    'US/East-Indiana',
    'America/Argentina/Buenos_Aires',
    'GMT',
    'Europe/Berlin',
    'America/New_York',
    'US/Eastern',
    'Asia/Kolkata',
    'Asia/Calcutta',
  ])('accepts %s', (name) => {
    expect(isTimezone(name)).toBe(true);
    expect(nextFire(parseSchedule('@daily'), { timezone: name, after: 0 })).not.toBeNull();
  });

  it.each(['', 'europe/berlin', 'US/eastern', 'utc', '+05:30', 'PST', 'Mars/Olympus', 'Europe/Berlin ', 'Z'])(
    "rejects '%s'",
    (name) => {
      expect(isTimezone(name)).toBe(false);
    },
  );

  it.each([
    ['utc', 'UTC'],
    ['europe/berlin', 'Europe/Berlin'],
    ['US/eastern', 'US/Eastern'],
    ['ETC/gmt+5', 'Etc/GMT+5'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['Mars/Olympus', undefined],
    ['+05:30', undefined],
    ['', undefined],
  ])('accepts the spelling that findTimezone returns for %j', (given, name) => {
    expect(findTimezone(given)).toBe(name);
    if (name !== undefined) expect(isTimezone(name)).toBe(true);
  });

  it('rejects an unknown time zone before a schedule is evaluated', () => {
    const evaluate = () => nextFire(parseSchedule('@daily'), { timezone: 'CEST', after: 0 });

    expect(evaluate).toThrow("timezone: must be an IANA name such as Europe/Berlin or UTC, got 'CEST'");
  });
});

describe('minimumIntervalMs', () => {
  it.each([
    ['* * * * *', MINUTE],
    ['*/15 * * * *', 15 * MINUTE],
    ['*/40 * * * *', 20 * MINUTE],
    ['0 */5 * * *', 4 * HOUR],
    ['0,59 0,23 * * *', MINUTE],
    ['0 9 * * *', DAY],
    ['0 9 * * 1', 7 * DAY],
    ['0 9 * * 1,3', 2 * DAY],
    ['0 9,17 * * 1,3', 8 * HOUR],
    ['5 0,23 * * 1,2', HOUR],
    ['0 0 1 * *', 28 * DAY],
    ['0 0 L * *', 28 * DAY],
    ['0 0 1,31 * *', DAY],
    ['0 0 31 * 1', DAY],
    ['0 0 29 2 *', (3 * 365 + 366) * DAY],
    ['cron(0 0 1 1 ? 2026,2031)', (5 * 365 + 1) * DAY],
    ['cron(0 0 1 1 ? 2026)', Number.POSITIVE_INFINITY],
    ['rate(7 minutes)', 7 * MINUTE],
    ['rate(2 days)', 2 * DAY],
    ['at(2026-07-01T09:00:00)', Number.POSITIVE_INFINITY],
  ])('returns the minimum interval of %s', (expression, expected) => {
    expect(minimumIntervalMs(parseSchedule(expression))).toBe(expected);
  });
});

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

describe('jitterMs', () => {
  const keys = Array.from({ length: 2_000 }, (_, i) => `acme/job-${i}`);

  it('returns a constant delay per job, and 0 without jitter', () => {
    expect(jitterMs('acme/sync', 60)).toBe(jitterMs('acme/sync', 60));
    expect(keys.map((key) => jitterMs(key, 0)).every((ms) => ms === 0)).toBe(true);
  });

  it('distributes jobs evenly over 0 to jitterSeconds, in whole milliseconds', () => {
    const delays = keys.map((key) => jitterMs(key, 10));
    const tenths = Array.from({ length: 10 }, (_, i) => delays.filter((ms) => Math.floor(ms / 1000) === i).length);

    expect(delays.every((ms) => Number.isInteger(ms) && ms >= 0 && ms <= 10_000)).toBe(true);
    expect(Math.min(...tenths)).toBeGreaterThan(140);
    expect(Math.max(...tenths)).toBeLessThan(260);
  });
});
