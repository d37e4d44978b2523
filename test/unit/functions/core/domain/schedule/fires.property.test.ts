import { Cron } from 'croner';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { InvalidInput } from '../../../../../../functions/core/domain/errors.ts';
import {
  firesBetween,
  nextFire,
  nextFires,
  parseSchedule,
  previousFire,
  type Schedule,
  toEventBridge,
} from '../../../../../../functions/core/domain/schedule/index.ts';
import { cronExpression } from '../../../../../helpers/arbitraries/cron.ts';
import { iterations } from '../../../../../helpers/iterations.ts';
import { oracleFires, type WallClock, wallClock } from '../../../../../helpers/oracles/cron-oracle.ts';

const TIMEZONES = ['America/New_York', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Auckland'];
/** A year with a 29 February and both clock changes of either hemisphere. */
const FROM = Date.UTC(2027, 8, 1);
const TO = Date.UTC(2028, 8, 1);
const DAY = 86_400_000;
/** Milliseconds that a test may compute on a machine that is ten times slower than a quiet one. */
const CPU_BOUND_MS = 600_000;
const EXPRESSIONS = iterations(15, 500);
/** Set TEST_SEED to test other expressions. */
const seed = Number(process.env.TEST_SEED ?? 20_270_901);

let clocks: readonly WallClock[];
beforeAll(() => {
  clocks = TIMEZONES.map((timezone) => wallClock(timezone, FROM, TO));
}, 60_000);

/** Returns the fires in the year, starting at `FROM` (inclusive for the oracle) and without `TO`. */
function firesInYear(schedule: Schedule, timezone: string): number[] {
  return firesBetween(schedule, { timezone, from: FROM - 1, to: TO - 1, limit: Number.POSITIVE_INFINITY });
}

function union(lists: readonly number[][]): number[] {
  const [only, ...others] = lists;
  return others.length === 0 ? (only ?? []) : [...new Set(lists.flat())].sort((a, b) => a - b);
}

/**
 * Describes the first difference of two lists of instants; null if they are equal. (The lists are too long for a diff.)
 */
function difference(actual: readonly number[], expected: readonly number[]): string | null {
  const i = expected.findIndex((time, index) => actual[index] !== time);
  if (i < 0 && actual.length === expected.length) return null;
  const show = (time: number | undefined): string => (time === undefined ? 'none' : new Date(time).toISOString());
  const at = i < 0 ? expected.length : i;
  return `fire ${at}: got ${show(actual[at])}, expected ${show(expected[at])}`;
}

/** Returns the schedule, or null if it is rejected because it can never fire. */
function parseOrNever(expression: string): Schedule | null {
  try {
    return parseSchedule(expression);
  } catch (error) {
    if (error instanceof InvalidInput && error.message.includes('never fires')) return null;
    throw error;
  }
}

describe(`${EXPRESSIONS} generated expressions, over a year, in 5 time zones`, () => {
  it('cover both clock changes of every zone that has them', () => {
    const changes = Object.fromEntries(clocks.map((clock) => [clock.timezone, clock.changes.length]));

    expect(changes).toEqual({
      'America/New_York': 2,
      'Europe/Berlin': 2,
      'Asia/Kolkata': 0,
      'Australia/Lord_Howe': 2,
      'Pacific/Auckland': 2,
    });
  });

  it(
    'fire at the times of the brute-force oracle, as do the expressions registered with EventBridge',
    () => {
      let compared = 0;
      let fired = 0;
      let twofold = 0;

      fc.assert(
        fc.property(cronExpression(true), (expression) => {
          const schedule = parseOrNever(expression);
          const registered = schedule ? toEventBridge(schedule) : [];
          for (const clock of clocks) {
            const expected = oracleFires(clock, [expression]);
            const actual = schedule ? firesInYear(schedule, clock.timezone) : [];
            const evaluated = union(registered.map((text) => firesInYear(parseSchedule(text), clock.timezone)));
            expect(difference(actual, expected), `${expression} in ${clock.timezone}`).toBeNull();
            expect(difference(oracleFires(clock, registered), expected), registered.join(' and ')).toBeNull();
            expect(difference(evaluated, expected), `${registered.join(' and ')}, evaluated`).toBeNull();
            compared++;
            fired += expected.length;
          }
          if (registered.length === 2) twofold++;
        }),
        { numRuns: EXPRESSIONS, seed },
      );

      expect(compared).toBe(EXPRESSIONS * TIMEZONES.length);
      expect(fired).toBeGreaterThan(100 * EXPRESSIONS);
      expect(twofold).toBeGreaterThan(EXPRESSIONS / 20);
    },
    CPU_BOUND_MS,
  );

  it('return the fires before and after any instant', () => {
    fc.assert(
      fc.property(
        cronExpression(true),
        fc.nat(TIMEZONES.length - 1),
        fc.integer({ min: FROM, max: TO }),
        (expression, zone, instant) => {
          const clock = clocks[zone];
          const schedule = parseOrNever(expression);
          if (!clock || !schedule) return;
          const expected = oracleFires(clock, [expression]);
          const { timezone } = clock;
          const after = expected.filter((fire) => fire > instant).slice(0, 3);
          const before = expected.findLast((fire) => fire < instant);
          const found = nextFires(schedule, { timezone, after: instant, count: 3 }).filter((fire) => fire < TO);
          const previous = previousFire(schedule, { timezone, before: instant });

          expect(found).toEqual(after);
          expect(previous !== null && previous >= FROM ? previous : undefined).toBe(before);
          if (before !== undefined) {
            expect(previousFire(schedule, { timezone, before, inclusive: true })).toBe(before);
            expect(nextFire(schedule, { timezone, after: before - 1 })).toBe(before);
          }
        },
      ),
      { numRuns: 3 * EXPRESSIONS, seed },
    );
  }, 60_000);

  it(
    'agree with croner more than a day away from a clock change',
    () => {
      let compared = 0;

      fc.assert(
        fc.property(cronExpression(false), fc.integer({ min: FROM, max: TO - 60 * DAY }), (expression, from) => {
          const schedule = parseOrNever(expression);
          if (!schedule) return;
          for (const { timezone, changes } of clocks) {
            const settled = (fire: number): boolean => changes.every((change) => Math.abs(fire - change) > 1.5 * DAY);
            const runs = new Cron(expression, { timezone, paused: true }).nextRuns(40, new Date(from));
            const expected = runs.map((run) => run.getTime()).filter((fire) => fire < TO);
            const to = runs.length < 40 || expected.length < 40 ? TO - 1 : (expected.at(-1) ?? TO);
            const actual = firesBetween(schedule, { timezone, from, to, limit: Number.POSITIVE_INFINITY });

            const wanted = expected.filter(settled);
            expect(difference(actual.filter(settled), wanted), `${expression} in ${timezone}`).toBeNull();
            compared += wanted.length;
          }
        }),
        { numRuns: EXPRESSIONS, seed },
      );

      expect(compared).toBeGreaterThan(20 * EXPRESSIONS);
    },
    CPU_BOUND_MS,
  );
});
