import { describe, expect, it } from 'vitest';
import { retryDelayMs } from '../../../../../functions/core/domain/retry.ts';

describe('retryDelayMs', () => {
  const policy = { attempts: 5, backoff: 'exponential', delaySeconds: 10, maxDelaySeconds: 60 } as const;

  it('doubles the delay up to its maximum, half fixed and half random', () => {
    const bounds = [1, 2, 3, 4, 40].map((made) => [
      retryDelayMs(policy, made, 0),
      retryDelayMs(policy, made, 0.999_999),
    ]);

    expect(bounds).toEqual([
      [5_000, 10_000],
      [10_000, 20_000],
      [20_000, 40_000],
      [30_000, 60_000],
      [30_000, 60_000],
    ]);
  });

  it('keeps a fixed delay constant', () => {
    expect([1, 2, 9].map((made) => retryDelayMs({ ...policy, backoff: 'fixed' }, made, 0.5))).toEqual([
      7_500, 7_500, 7_500,
    ]);
  });
});
