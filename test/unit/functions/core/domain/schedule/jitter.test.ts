import { describe, expect, it } from 'vitest';
import { jitterMs } from '../../../../../../functions/core/domain/schedule/index.ts';

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
