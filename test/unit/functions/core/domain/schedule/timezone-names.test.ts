import { describe, expect, it } from 'vitest';
import {
  findTimezone,
  isTimezone,
  nextFire,
  parseSchedule,
} from '../../../../../../functions/core/domain/schedule/index.ts';

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
