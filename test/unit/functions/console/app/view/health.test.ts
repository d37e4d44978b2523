import { describe, expect, it } from 'vitest';
import { summarizeHealth } from '../../../../../../functions/console/app/view/health.ts';
import { HEALTH_THRESHOLDS } from '../../../../../../functions/core/domain/health.ts';

const MINUTE = 60_000;

describe('summarizeHealth', () => {
  const verdict = (failedCount: number, oldestPendingAgeMs: number | null) =>
    summarizeHealth({ failedCount, oldestPendingAgeMs }, HEALTH_THRESHOLDS);

  it('returns OK without failures and long waits', () => {
    expect(verdict(0, null)).toEqual({
      health: 'OK',
      reasons: ['No failed runs and no long waiting times.'],
    });
    expect(verdict(0, 10 * MINUTE - 1).health).toBe('OK');
  });

  it('explains a warning', () => {
    expect(verdict(1, null)).toEqual({ health: 'WARN', reasons: ['1 failed run (error threshold: 2).'] });
    expect(verdict(0, 10 * MINUTE)).toEqual({
      health: 'WARN',
      reasons: ['The oldest pending run has been waiting for 10 min (warning threshold: 10 min).'],
    });
  });

  it('explains every error', () => {
    expect(verdict(2, 61 * MINUTE)).toEqual({
      health: 'ERROR',
      reasons: [
        '2 failed runs (error threshold: 2).',
        'The oldest pending run has been waiting for 1 h 1 min (error threshold: 1 h).',
      ],
    });
  });
});
