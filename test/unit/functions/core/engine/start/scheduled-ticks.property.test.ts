import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { scheduledTicksBetween } from '../../../../../../functions/core/engine/start/job-schedule.ts';
import { aJob } from '../../../../../helpers/builders/jobs.ts';
import { iterations } from '../../../../../helpers/iterations.ts';
import { oracleFires, type WallClock, wallClock } from '../../../../../helpers/oracles/cron-oracle.ts';

const TIMEZONES = ['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Pacific/Auckland'];
/** A year with both clock changes of either hemisphere. */
const FROM = Date.UTC(2027, 8, 1);
const TO = Date.UTC(2028, 8, 1);
const MINUTE_MS = 60_000;
const EXPRESSIONS = ['30 2 * * *', '0 0 * * 1-5', '15 1,2,3 * * 0', '0 9 1 * *', '*/30 1-3 * * *', '59 23 25 12 *'];
const seed = Number(process.env.TEST_SEED ?? 20_270_901);
const iso = (time: number) => new Date(time).toISOString();

let clocks: ReadonlyMap<string, WallClock>;
beforeAll(() => {
  clocks = new Map(TIMEZONES.map((timezone) => [timezone, wallClock(timezone, FROM, TO)]));
}, 60_000);

const time = fc.integer({ min: FROM / MINUTE_MS, max: TO / MINUTE_MS - 1 }).map((minute) => minute * MINUTE_MS);
const range = fc.tuple(time, time).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }));

describe('scheduledTicksBetween', () => {
  it('returns the ticks of an independent oracle in any range before the creation of a job, across clock changes', () => {
    const cases = fc.record({
      schedule: fc.constantFrom(...EXPRESSIONS),
      timezone: fc.constantFrom(...TIMEZONES),
      range,
    });

    fc.assert(
      fc.property(cases, ({ schedule, timezone, range: { from, to } }) => {
        const job = aJob({ schedule, timezone, createdAt: iso(TO) });

        const ticks = scheduledTicksBetween(job, { from: iso(from), to: iso(to), limit: 100_000 }, undefined);

        const clock = clocks.get(timezone) as WallClock;
        const expected = oracleFires(clock, [schedule]).filter((fire) => fire >= from && fire <= to);
        expect(ticks).toEqual(expected.map(iso));
      }),
      { seed, numRuns: iterations(60, 1_000) },
    );
  });

  it('continues the intervals of a rate from its anchor into the past', () => {
    const cases = fc.record({ minutes: fc.integer({ min: 1, max: 5_000 }), anchor: time, range });

    fc.assert(
      fc.property(cases, ({ minutes, anchor, range: { from, to } }) => {
        const job = aJob({
          schedule: `rate(${minutes} minutes)`.replace('(1 minutes)', '(1 minute)'),
          createdAt: iso(anchor),
        });

        const ticks = scheduledTicksBetween(job, { from: iso(from), to: iso(to), limit: 300 }, undefined);

        const interval = minutes * MINUTE_MS;
        // The first time not before `from` whose distance to the anchor is a multiple of the interval.
        const first = from + ((((anchor - from) % interval) + interval) % interval);
        const count = Math.min(300, Math.max(0, Math.floor((to - first) / interval) + 1));
        expect(ticks).toEqual(Array.from({ length: count }, (_, i) => iso(first + i * interval)));
      }),
      { seed, numRuns: iterations(100, 2_000) },
    );
  });
});
