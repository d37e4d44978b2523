import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type DateFilter,
  findScheduleAt,
  nextTicks,
  parseSchedule,
  previousTick,
  type Timetable,
  ticksBetween,
} from '../../../../../../functions/core/domain/schedule/index.ts';
import { iterations } from '../../../../../helpers/iterations.ts';
import { oracleFires, type WallClock, wallClock } from '../../../../../helpers/oracles/cron-oracle.ts';

const TIMEZONES = ['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Pacific/Auckland'];
/** A year with both clock changes of either hemisphere. */
const FROM = Date.UTC(2027, 8, 1);
const TO = Date.UTC(2028, 8, 1);
const DAY = 86_400_000;
const MINUTE = 60_000;
/** Milliseconds that a test may compute on a machine that is ten times slower than a quiet one. */
const CPU_BOUND_MS = 600_000;
const EXPRESSIONS = ['30 2 * * *', '0 0 * * 1-5', '15 1,2,3 * * 0', '0 9 1 * *', '*/30 1-3 * * *', '59 23 25 12 *'];
const RATES = [7, 45, 600, 1_440, 4_000];
const seed = Number(process.env.TEST_SEED ?? 20_270_901);

let clocks: ReadonlyMap<string, WallClock>;
beforeAll(() => {
  clocks = new Map(TIMEZONES.map((timezone) => [timezone, wallClock(timezone, FROM, TO)]));
}, 60_000);

interface Case {
  readonly schedules: readonly { readonly cron?: string; readonly minutes?: number; readonly timezone: string }[];
  readonly excluded: ReadonlySet<number>;
  readonly required: ReadonlySet<number> | null;
}

const days = fc.uniqueArray(fc.integer({ min: FROM / DAY - 1, max: TO / DAY }), { maxLength: 120 });
const timezone = fc.constantFrom(...TIMEZONES);
const cases: fc.Arbitrary<Case> = fc.record({
  schedules: fc.array(
    fc.oneof(
      fc.record({ cron: fc.constantFrom(...EXPRESSIONS), timezone }),
      fc.record({ minutes: fc.constantFrom(...RATES), timezone }),
    ),
    { minLength: 1, maxLength: 4 },
  ),
  excluded: days.map((list) => new Set(list)),
  required: fc.option(days.map((list) => new Set(list))),
});

/** A filter that looks at one day after the other, independent of the one of calendars. */
function slowFilter(isSelected: (day: number) => boolean): DateFilter {
  const walk = (day: number, step: number): number | null => {
    for (let at = day; at > FROM / DAY - 400 && at < TO / DAY + 400; at += step) if (isSelected(at)) return at;
    return null;
  };
  return { next: (day) => walk(day, 1), previous: (day) => walk(day, -1) };
}

const isSelected =
  ({ excluded, required }: Case) =>
  (day: number): boolean =>
    !excluded.has(day) && (required === null || required.has(day));

function timetable(given: Case): Timetable {
  const dates = slowFilter(isSelected(given));
  return given.schedules.map(({ cron, minutes, timezone }) => ({
    schedule: parseSchedule(cron ?? `rate(${minutes} minutes)`),
    context: { timezone, anchor: FROM, dates },
  }));
}

/** Returns the ticks of each schedule, minute by minute. */
function oracle(given: Case): number[][] {
  return given.schedules.map(({ cron, minutes, timezone }) => {
    const clock = clocks.get(timezone) as WallClock;
    const fires =
      cron === undefined
        ? Array.from(
            { length: Math.ceil((TO - FROM) / ((minutes ?? 0) * MINUTE)) },
            (_, i) => FROM + i * (minutes ?? 0) * MINUTE,
          )
        : oracleFires(clock, [cron]);
    return fires.filter((fire) => {
      const { year, month, day } = clock.dates[clock.dateIndex[(fire - FROM) / MINUTE] ?? 0] ?? {
        year: 0,
        month: 0,
        day: 0,
      };
      return isSelected(given)(Date.UTC(year, month - 1, day) / DAY);
    });
  });
}

const check = (property: (given: Case) => void) =>
  fc.assert(fc.property(cases, property), { numRuns: iterations(15, 300), seed });

describe('the timetable of several schedules on selected dates', () => {
  it(
    'has the ticks of an oracle over a year, each time once, with the first schedule that fires then',
    () =>
      check((given) => {
        const perSchedule = oracle(given).map((fires) => new Set(fires));
        const expected = [...new Set(perSchedule.flatMap((fires) => [...fires]))].sort((a, b) => a - b);

        const ticks = ticksBetween(timetable(given), { from: FROM - 1, to: TO - 1, limit: Number.POSITIVE_INFINITY });

        expect(ticks.length).toBe(expected.length);
        expect(ticks.findIndex((tick, i) => tick !== expected[i])).toBe(-1);
        const sample = ticks.filter((_, i) => i % Math.ceil(ticks.length / 20) === 0);
        for (const tick of sample) {
          expect(findScheduleAt(timetable(given), tick)).toBe(perSchedule.findIndex((fires) => fires.has(tick)));
        }
      }),
    CPU_BOUND_MS,
  );

  it(
    'is the same forwards and backwards',
    () =>
      check((given) => {
        const table = timetable(given);
        const ahead = nextTicks(table, { after: FROM + 200 * DAY, count: 6 });

        const behind = ahead.map((tick) => previousTick(table, { before: tick })).slice(1);

        expect(behind).toEqual(ahead.slice(0, -1));
      }),
    CPU_BOUND_MS,
  );
});
