import * as fc from 'fast-check';

const MONTHS = ['jan', 'Feb', 'MAR', 'apr', 'may', 'JUN', 'jul', 'aug', 'sep', 'OCT', 'nov', 'DEC'];
const WEEKDAYS = ['sun', 'Mon', 'TUE', 'wed', 'thu', 'FRI', 'sat'];

const value = (min: number, max: number) => fc.integer({ min, max }).map(String);

function range(min: number, max: number, wrap: boolean) {
  return fc
    .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
    .map(([a, b]) => (wrap || a <= b ? `${a}-${b}` : `${b}-${a}`));
}

/** A numeric field other than `*`: values, lists, ranges and steps. With `exotic`, ranges may wrap. */
function numbers(min: number, max: number, exotic: boolean) {
  const step = fc.integer({ min: 1, max: max - min }).map(String);
  const item = fc.oneof(
    { weight: 4, arbitrary: value(min, max) },
    { weight: 2, arbitrary: range(min, max, exotic) },
    { weight: 1, arbitrary: fc.tuple(range(min, max, exotic), step).map((parts) => parts.join('/')) },
    ...(exotic ? [{ weight: 1, arbitrary: fc.tuple(value(min, max), step).map((parts) => parts.join('/')) }] : []),
  );
  return fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(','));
}

function steps(most: number) {
  return fc.integer({ min: 2, max: most }).map((step) => `*/${step}`);
}

function named(words: readonly string[], exotic: boolean) {
  const index = fc.integer({ min: 0, max: words.length - 1 });
  const pair = fc.uniqueArray(index, { minLength: 2, maxLength: 2 });
  const ordered = exotic ? pair : pair.map((list) => list.toSorted((a, b) => a - b));
  return fc.oneof(
    index.map((i) => words[i] ?? ''),
    ordered.map(([a = 0, b = 0]) => `${words[a]}-${words[b]}`),
    fc.array(index, { minLength: 2, maxLength: 3 }).map((list) => list.map((i) => words[i]).join(',')),
  );
}

function dayFields(exotic: boolean) {
  const dates = fc.oneof(
    { weight: 5, arbitrary: numbers(1, 31, exotic) },
    { weight: 1, arbitrary: fc.constant('L') },
    { weight: 1, arbitrary: fc.constant('LW') },
    { weight: 1, arbitrary: value(1, 28).map((day) => `${day}W`) },
    ...(exotic ? [{ weight: 1, arbitrary: value(1, 30).map((n) => `L-${n}`) }] : []),
  );
  const weekdays = fc.oneof(
    { weight: 3, arbitrary: numbers(0, 7, false) },
    { weight: 3, arbitrary: named(WEEKDAYS, exotic) },
    { weight: 1, arbitrary: fc.tuple(value(0, 7), value(1, 5)).map(([day, nth]) => `${day}#${nth}`) },
    { weight: 1, arbitrary: value(0, 7).map((day) => `${day}L`) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...WEEKDAYS), value(1, 5)).map(([day, nth]) => `${day}#${nth}`) },
  );
  const any = exotic ? fc.constantFrom('*', '?') : fc.constant('*');
  return fc.oneof(
    { weight: 1, arbitrary: fc.tuple(any, any) },
    { weight: 3, arbitrary: fc.tuple(dates, any) },
    { weight: 3, arbitrary: fc.tuple(any, weekdays) },
    { weight: 1, arbitrary: fc.tuple(steps(31), any) },
    { weight: 1, arbitrary: fc.tuple(any, steps(6)) },
    { weight: 3, arbitrary: fc.tuple(dates, weekdays) },
  );
}

/**
 * Unix cron expressions of 5 fields. `exotic` adds the syntax that croner reads differently or not at all: wrapping
 * ranges, `a/n`, `?` and `L-n`. Hours at night are more frequent, because clocks change then.
 */
export function cronExpression(exotic: boolean): fc.Arbitrary<string> {
  const minute = fc.oneof(
    { weight: 5, arbitrary: value(0, 59) },
    { weight: 2, arbitrary: numbers(0, 59, exotic) },
    { weight: 2, arbitrary: steps(59) },
    { weight: 1, arbitrary: fc.constant('*') },
  );
  const hour = fc.oneof(
    { weight: 4, arbitrary: value(0, 3) },
    { weight: 3, arbitrary: numbers(0, 23, exotic) },
    { weight: 1, arbitrary: steps(23) },
    { weight: 2, arbitrary: fc.constant('*') },
  );
  const month = fc.oneof(
    { weight: 5, arbitrary: fc.constant('*') },
    { weight: 2, arbitrary: numbers(1, 12, exotic) },
    { weight: 2, arbitrary: named(MONTHS, exotic) },
    { weight: 1, arbitrary: steps(12) },
  );
  return fc
    .tuple(minute, hour, dayFields(exotic), month)
    .map(([m, h, [dayOfMonth, dayOfWeek], mon]) => [m, h, dayOfMonth, mon, dayOfWeek].join(' '));
}
