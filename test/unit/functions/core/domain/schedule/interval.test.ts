import { describe, expect, it } from 'vitest';
import { minimumIntervalMs, parseSchedule } from '../../../../../../functions/core/domain/schedule/index.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../../../functions/core/domain/timing.ts';

describe('minimumIntervalMs', () => {
  it.each([
    ['* * * * *', MINUTE_MS],
    ['*/15 * * * *', 15 * MINUTE_MS],
    ['*/40 * * * *', 20 * MINUTE_MS],
    ['0 */5 * * *', 4 * HOUR_MS],
    ['0,59 0,23 * * *', MINUTE_MS],
    ['0 9 * * *', DAY_MS],
    ['0 9 * * 1', 7 * DAY_MS],
    ['0 9 * * 1,3', 2 * DAY_MS],
    ['0 9,17 * * 1,3', 8 * HOUR_MS],
    ['5 0,23 * * 1,2', HOUR_MS],
    ['0 0 1 * *', 28 * DAY_MS],
    ['0 0 L * *', 28 * DAY_MS],
    ['0 0 1,31 * *', DAY_MS],
    ['0 0 31 * 1', DAY_MS],
    ['0 0 29 2 *', (3 * 365 + 366) * DAY_MS],
    ['cron(0 0 1 1 ? 2026,2031)', (5 * 365 + 1) * DAY_MS],
    ['cron(0 0 1 1 ? 2026)', Number.POSITIVE_INFINITY],
    ['rate(7 minutes)', 7 * MINUTE_MS],
    ['rate(2 days)', 2 * DAY_MS],
    ['at(2026-07-01T09:00:00)', Number.POSITIVE_INFINITY],
  ])('returns the minimum interval of %s', (expression, expected) => {
    expect(minimumIntervalMs(parseSchedule(expression))).toBe(expected);
  });
});
