import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_KEY_LIMIT } from '../../../../../functions/core/domain/run-keys.ts';
import { nextStart } from '../../../../../functions/core/domain/throttle.ts';
import { DAY_MS } from '../../../../../functions/core/domain/timing.ts';

const START = Date.UTC(2031, 4, 6, 10);

describe('nextStart', () => {
  it('returns the time of the oldest of the newest starts after the interval', () => {
    const starts = [0, 10, 20].map((seconds) => START + seconds * 1_000);

    const next = nextStart(starts, { limit: 2, perSeconds: 60 }, START + 30_000);

    expect(next.at).toBe(START + 70_000);
  });

  it('does not start before a run that was given a later time', () => {
    const next = nextStart([START + 50_000], { limit: 5, perSeconds: 1 }, START);

    expect(next.at).toBe(START + 50_000);
  });

  it('forgets starts of the day before', () => {
    const next = nextStart([START - DAY_MS, START - DAY_MS + 1], { limit: 1, perSeconds: 60 }, START);

    expect(next).toEqual({ at: START, starts: [START - DAY_MS + 1, START] });
  });

  it('has at most the limit of starts in any interval, in order, and delays no run without need', () => {
    const delays = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 250 });
    fc.assert(
      fc.property(
        delays,
        fc.integer({ min: 1, max: MAX_KEY_LIMIT }),
        fc.integer({ min: 1, max: 120 }),
        (gaps, limit, perSeconds) => {
          const given: number[] = [];
          let starts: readonly number[] = [];
          let now = START;
          for (const gap of gaps) {
            now += gap;
            const next = nextStart(starts, { limit, perSeconds }, now);
            const before = given.filter((start) => start > now - perSeconds * 1_000);
            if (before.length < limit && before.every((start) => start <= now)) expect(next.at).toBe(now);
            expect(next.at).toBeGreaterThanOrEqual(Math.max(now, given.at(-1) ?? 0));
            given.push(next.at);
            starts = next.starts;
            expect(starts.length).toBeLessThanOrEqual(MAX_KEY_LIMIT);
          }
          for (const [i, start] of given.entries()) {
            const other = given[i + limit];
            if (other !== undefined) expect(other - start).toBeGreaterThanOrEqual(perSeconds * 1_000);
          }
        },
      ),
    );
  });
});
