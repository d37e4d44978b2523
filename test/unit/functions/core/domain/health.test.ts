import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Health, healthOf } from '../../../../../functions/core/domain/health.ts';

const MINUTE = 60_000;
const health = (failedCount: number, oldestPendingAgeMs: number | null) =>
  healthOf({ failedCount, oldestPendingAgeMs });

describe('healthOf', () => {
  test.each<[Health, number, number | null]>([
    ['OK', 0, 0],
    ['OK', 0, 120_000],
    ['OK', 0, 10 * MINUTE - 1],
    ['OK', 0, null],
    ['WARN', 0, 10 * MINUTE],
    ['WARN', 0, 60 * MINUTE],
    ['WARN', 1, null],
    ['WARN', 1, 0],
    ['WARN', 1, 60 * MINUTE],
    ['ERROR', 2, null],
    ['ERROR', 2, 0],
    ['ERROR', 1_000, 10 * MINUTE],
    ['ERROR', 0, 60 * MINUTE + 1],
    ['ERROR', 1, 60 * MINUTE + 1],
  ])('returns %s for %i failures and a run pending for %s ms', (expected, failures, age) => {
    expect(health(failures, age)).toBe(expected);
  });

  test('applies the thresholds of the deployment as passed in the environment', () => {
    const strict = JSON.parse('{"warnPendingSeconds":5,"errorPendingSeconds":30,"errorFailedRuns":1}');

    expect(healthOf({ failedCount: 0, oldestPendingAgeMs: 4_999 }, strict)).toBe('OK');
    expect(healthOf({ failedCount: 0, oldestPendingAgeMs: 5_000 }, strict)).toBe('WARN');
    expect(healthOf({ failedCount: 0, oldestPendingAgeMs: 30_001 }, strict)).toBe('ERROR');
    expect(healthOf({ failedCount: 1, oldestPendingAgeMs: null }, strict)).toBe('ERROR');
  });

  test('never improves with more failures or a longer wait', () => {
    const rank: readonly Health[] = ['OK', 'WARN', 'ERROR'];
    const age = fc.option(fc.nat(2 * 60 * MINUTE));
    fc.assert(
      fc.property(fc.nat(5), age, fc.nat(5), fc.nat(60 * MINUTE), (failures, since, more, longer) => {
        const worse = health(failures + more, since === null ? null : since + longer);
        expect(rank.indexOf(worse)).toBeGreaterThanOrEqual(rank.indexOf(health(failures, since)));
      }),
    );
  });
});
