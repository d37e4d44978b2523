import { expect, test } from 'vitest';
import { compileFilters, InvalidFilter } from '../../../../../lib/local/event-sources/filter-criteria.ts';

const passes = (pattern: object, event: object) => compileFilters([JSON.stringify(pattern)])(event);

test.each<[object, object, boolean]>([
  [{ a: ['x'] }, { a: 'x' }, true],
  [{ a: ['x'] }, { a: 'y' }, false],
  [{ a: ['x'] }, {}, false],
  [{ a: ['x', 'y'] }, { a: 'y' }, true],
  [{ a: [1] }, { a: 1 }, true],
  [{ a: [1] }, { a: '1' }, false],
  [{ a: [null] }, { a: null }, true],
  [{ a: [null] }, {}, false],
  [{ a: [''] }, { a: '' }, true],
  [{ a: [true] }, { a: true }, true],
  [{ a: ['x'] }, { a: ['w', 'x'] }, true],
  [{ a: ['x'] }, { a: { x: 1 } }, false],
  [{ a: ['x'], b: ['y'] }, { a: 'x', b: 'y' }, true],
  [{ a: ['x'], b: ['y'] }, { a: 'x' }, false],
  [{ a: { b: { c: ['x'] } } }, { a: { b: { c: 'x', d: 1 } } }, true],
  [{ a: { b: { c: ['x'] } } }, { a: { b: 'x' } }, false],
  [{ a: { b: ['x'] } }, { a: [{ b: 'w' }, { b: 'x' }] }, true],
  [{ a: [{ prefix: 'DEF#' }] }, { a: 'DEF#1' }, true],
  [{ a: [{ prefix: 'DEF#' }] }, { a: 'REG#1' }, false],
  [{ a: [{ prefix: { 'equals-ignore-case': 'def' } }] }, { a: 'DEFx' }, true],
  [{ a: [{ suffix: '.js' }] }, { a: 'a.js' }, true],
  [{ a: [{ suffix: '.js' }] }, { a: 'a.jsx' }, false],
  [{ a: [{ 'equals-ignore-case': 'aBc' }] }, { a: 'AbC' }, true],
  [{ a: [{ exists: true }] }, { a: null }, true],
  [{ a: [{ exists: true }] }, {}, false],
  [{ a: [{ exists: false }] }, {}, true],
  [{ a: [{ exists: false }] }, { a: 0 }, false],
  [{ a: { b: [{ exists: false }] } }, {}, true],
  [{ a: [{ 'anything-but': 'x' }] }, { a: 'y' }, true],
  [{ a: [{ 'anything-but': ['x', 1] }] }, { a: 1 }, false],
  [{ a: [{ 'anything-but': ['x'] }] }, {}, false],
  [{ a: [{ 'anything-but': { prefix: 'x' } }] }, { a: 'xy' }, false],
  [{ a: [{ 'anything-but': { suffix: ['x', 'y'] } }] }, { a: 'ay' }, false],
  [{ a: [{ 'anything-but': { 'equals-ignore-case': 'x' } }] }, { a: 'z' }, true],
  [{ a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 5 }, true],
  [{ a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 0 }, false],
  [{ a: [{ numeric: ['=', 3] }] }, { a: '3' }, false],
  [{ a: [{ numeric: ['>=', 3] }, 'none'] }, { a: 'none' }, true],
  [{ $or: [{ a: ['x'] }, { b: ['y'] }] }, { b: 'y' }, true],
  [{ $or: [{ a: ['x'] }, { b: ['y'] }] }, { a: 'y' }, false],
  [{ c: ['z'], $or: [{ a: ['x'] }, { b: ['y'] }] }, { a: 'x' }, false],
])('%j matches %j: %s', (pattern, event, expected) => {
  expect(passes(pattern, event)).toBe(expected);
});

test('compileFilters passes records that match one of several filters, or all records without filters', () => {
  const wanted = compileFilters(['{"a":["x"]}', '{"b":["y"]}']);

  expect([wanted({ a: 'x' }), wanted({ b: 'y' }), wanted({ c: 'z' })]).toEqual([true, true, false]);
  expect(compileFilters([])({})).toBe(true);
});

test.each<[object, string, boolean]>([
  [{ body: { kind: ['x'] } }, '{"kind":"x"}', true],
  [{ body: { kind: ['x'] } }, 'x', false],
  [{ body: { kind: ['x'] } }, '["x"]', false],
  [{ body: ['x'] }, 'x', true],
  [{ body: ['x'] }, '{"kind":"x"}', false],
  [{ body: ['5'] }, '5', true],
])('%j matches the message data %j: %s', (pattern, body, expected) => {
  expect(compileFilters([JSON.stringify(pattern)], 'body')({ body })).toBe(expected);
});

test.each<[string, string]>([
  ['{', 'filter pattern: must be JSON'],
  ['[]', 'filter pattern: must be an object, got []'],
  ['{}', 'an object must not be empty'],
  ['{"a":"x"}', 'filter pattern at a: a value must be in an array, got "x"'],
  ['{"a":{"b":[]}}', 'filter pattern at a.b: an array must not be empty'],
  ['{"a":[["x"]]}', 'arrays must not be nested'],
  ['{"a":[{"exists":1}]}', 'filter pattern at a.exists: must be true or false, got 1'],
  ['{"a":[{"prefix":1}]}', 'filter pattern at a.prefix: must be a string, got 1'],
  ['{"a":[{"like":"x"}]}', 'filter pattern at a: unknown operator "like"; there are prefix'],
  ['{"a":[{"prefix":"x","suffix":"y"}]}', 'a match must name exactly one operator'],
  ['{"a":[{"numeric":[">"]}]}', 'filter pattern at a.numeric: must be like [">", 0, "<=", 5], got [">"]'],
  ['{"a":[{"numeric":["~",1]}]}', 'must be like'],
  ['{"a":[{"anything-but":[]}]}', 'must be a value or an array of values, got []'],
  ['{"$or":[{"a":["x"]}]}', 'filter pattern at $or: must be an array of two or more patterns'],
])('compileFilters rejects %s', (pattern, message) => {
  expect(() => compileFilters([pattern])).toThrow(InvalidFilter);
  expect(() => compileFilters([pattern])).toThrow(message);
});
