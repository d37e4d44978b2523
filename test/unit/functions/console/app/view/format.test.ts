import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  browserTimeZone,
  formatBytes,
  formatCount,
  formatDuration,
  formatLatency,
  formatMinute,
  formatPercent,
  formatRate,
  formatRelativeTime,
  formatTime,
  pluralize,
} from '../../../../../../functions/console/app/view/format.ts';

const NOON = Date.parse('2026-11-22T12:00:00Z');

const MINUTE = 60_000;

const HOUR = 60 * MINUTE;

describe('browserTimeZone', () => {
  afterEach(() => vi.restoreAllMocks());
  const reported = (timeZone: string) => {
    const options = new Intl.DateTimeFormat().resolvedOptions();
    vi.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions').mockReturnValue({ ...options, timeZone });
  };

  it.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['Etc/Unknown', 'UTC'],
    ['', 'UTC'],
  ])('resolves the reported zone %j to %s', (zone, expected) => {
    reported(zone);
    expect(browserTimeZone()).toBe(expected);
  });

  it('falls back to UTC for times in an unsupported zone', () => {
    expect(formatTime(NOON, 'Mars/Olympus_Mons')).toBe('22 Nov 2026, 12:00:00 UTC');
    expect(formatMinute(NOON, 'Mars/Olympus_Mons')).toBe('Sun 22 Nov, 12:00 UTC');
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 KB'],
    [9_999, '9.9 KB'],
    [12_345, '12 KB'],
    [2_400_000, '2.4 MB'],
    [5e15, '5000 TB'],
  ])('formats %d as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('formatPercent', () => {
  it.each([
    [0, '0 %'],
    [0.004, '0.4 %'],
    [0.156, '16 %'],
    [1, '100 %'],
    [null, '–'],
  ])('formats %j as %s', (share, text) => expect(formatPercent(share)).toBe(text));
});

it('formats an unknown latency as a dash', () => {
  expect([undefined, null, 12.4].map(formatLatency)).toEqual(['–', '–', '12 ms']);
});

it('formats rates below ten with two digits', () => {
  expect([1_234.4, 10, 7.46, 0.0412, 0].map(formatRate)).toEqual(['1,234/s', '10/s', '7.5/s', '0.041/s', '0/s']);
});

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [1_000, '1.0 s'],
    [9_999, '9.9 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [90_000, '1 min 30 s'],
    [3_599_999, '59 min 59 s'],
    [2 * HOUR, '2 h'],
    [51 * HOUR, '2 d 3 h'],
  ])('formats %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('formatRelativeTime', () => {
  it.each([
    [NOON - 2_000, 'just now'],
    [NOON + 2_000, 'now'],
    [NOON - 12_000, '12 s ago'],
    [NOON - 3 * MINUTE, '3 min ago'],
    [NOON + 5 * HOUR, 'in 5 h'],
    [NOON - 50 * HOUR, '2 d ago'],
  ])('formats %i as %s', (time, text) => {
    expect(formatRelativeTime(time, NOON)).toBe(text);
  });

  it('formats times with their zone', () => {
    expect(formatTime(NOON, 'Europe/Berlin')).toBe('22 Nov 2026, 13:00:00 CET');
    expect(formatMinute(NOON, 'UTC')).toBe('Sun 22 Nov, 12:00 UTC');
  });

  it('formats counts with separators and plurals', () => {
    expect(formatCount(12_345)).toBe('12,345');
    expect([pluralize(1, 'run'), pluralize(2, 'run'), pluralize(0, 'match', 'matches')]).toEqual([
      '1 run',
      '2 runs',
      '0 matches',
    ]);
  });
});
