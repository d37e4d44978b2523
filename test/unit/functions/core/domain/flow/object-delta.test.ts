import { describe, expect, it } from 'vitest';
import {
  advanceObjectCursor,
  findObjectCursorProblem,
  floorOf,
  listAfter,
  movedKey,
  type ObjectDeltaSource,
  parsePrefix,
  shownObjectCursor,
  textAtPlaceholder,
  validateObjectDelta,
} from '../../../../../../functions/core/domain/flow/object-delta.ts';

const BY_OBJECT = { by: 'object' } as const;
const textOf = (prefix: string, key: string) => textAtPlaceholder(parsePrefix(prefix), key);

describe('textAtPlaceholder', () => {
  it.each([
    ['in/{{delta.cursor}}/', 'in/2026-01-05/a.csv', '2026-01-05'],
    ['in/{{delta.cursor}}', 'in/2026-01-05/a.csv', '2026-01-05'],
    ['in/{{delta.cursor}}', 'in/a.csv', 'a.csv'],
    ['in/dt={{lastRun.cursor}}/orders', 'in/dt=2026/orders-1.csv', '2026'],
    ['in/{{lastRun.startedAt}}.csv', 'in/2026-01-05.csv', '2026-01-05'],
    ['in/', 'in/a/b.csv', 'in/a/b.csv'],
  ])('finds the text of %s in %s', (prefix, key, expected) => {
    expect(textOf(prefix, key)).toBe(expected);
  });

  it.each([
    ['in/{{delta.cursor}}/', 'in/a.csv'],
    ['in/{{delta.cursor}}/', 'in//a.csv'],
    ['in/{{delta.cursor}}', 'in/'],
    ['in/{{delta.cursor}}/orders', 'in/2026/01/orders.csv'],
    ['in/', 'out/a.csv'],
  ])('finds no text of %s in %s', (prefix, key) => {
    expect(textOf(prefix, key)).toBeUndefined();
  });
});

describe('floorOf', () => {
  const delta = { ...BY_OBJECT, start: '2026-01-01' };
  const nothing = { cursor: null, startedAt: null };
  const stored = { cursor: '2026-02-01', startedAt: '2026-03-01T23:59:59.000Z' };

  it.each([
    ['in/', stored, ''],
    ['in/{{delta.cursor}}/', nothing, '2026-01-01'],
    ['in/{{delta.cursor}}/', stored, '2026-02-01'],
    ['in/{{lastRun.startedAt}}/', nothing, '2026-01-01'],
    ['in/{{lastRun.startedAt}}/', stored, '2026-03-01'],
    ['in/{{lastRun.startedAt}}/', { ...stored, startedAt: null }, '2026-02-01'],
  ])('of %s with %j is %j', (prefix, cursor, expected) => {
    expect(floorOf(parsePrefix(prefix), delta, cursor)).toBe(expected);
  });
});

describe('listAfter', () => {
  it.each(['2026', '2026-01-05', 'ä', '\u{1f600}'])('precedes the keys of %s and of larger texts', (floor) => {
    const template = parsePrefix('in/{{delta.cursor}}');

    const after = Buffer.from(listAfter(template, floor) ?? '');

    for (const text of [floor, `${floor}-a`, `${floor}0`, '\u{1f601}'])
      expect(after.compare(Buffer.from(`in/${text}`))).toBeLessThan(0);
  });

  it('names no key if everything is read', () => {
    expect(listAfter(parsePrefix('in/'), '')).toBeUndefined();
  });
});

describe('advanceObjectCursor', () => {
  it.each([
    [null, [], [], null],
    [null, ['a', 'c', 'b'], [], 'c'],
    ['d', ['a'], [], 'd'],
    [null, ['a', 'b', 'd'], ['c', 'e'], 'b'],
    [null, ['b'], ['b'], 'b'],
    [null, ['b'], ['a'], null],
    [null, ['\uff5e', '\u{1f600}'], [], '\u{1f600}'],
  ])('moves %j over %j to the first of %j: %j', (former, read, unread, expected) => {
    expect(advanceObjectCursor(former, read, unread)).toBe(expected);
  });
});

describe('movedKey', () => {
  it.each([
    ['in/', 'in/a/b.csv', 'done/a/b.csv'],
    ['in/orders-', 'in/orders-1.csv', 'done/orders-1.csv'],
    ['in/{{delta.cursor}}/', 'in/2026/a.csv', 'done/2026/a.csv'],
    ['orders', 'orders-1.csv', 'done/orders-1.csv'],
  ])('replaces the folder of %s in %s', (prefix, key, expected) => {
    expect(movedKey(parsePrefix(prefix), 'done/', key)).toBe(expected);
  });
});

describe('shownObjectCursor', () => {
  it.each([
    [undefined, ''],
    [{ cursor: 'in/a', path: 'in/' }, 'in/a'],
    [{ cursor: null, path: 'in/' }, ''],
    [{ cursor: 'old/a', path: 'old/' }, ''],
  ])('of %j is %j', (stored, expected) => {
    expect(shownObjectCursor({ prefix: 'in/', delta: BY_OBJECT }, stored)).toBe(expected);
  });
});

describe('findObjectCursorProblem', () => {
  it.each([
    ['in/', 'in/a', 'must be null'],
    ['in/{{delta.cursor}}/', 'a/b', 'must be 1–256 printable characters'],
    ['in/{{delta.cursor}}/', '', 'must be 1–256 printable characters'],
    ['in/{{delta.cursor}}/', 'a'.repeat(257), 'must be 1–256 printable characters'],
  ])('of %s refuses %s', (prefix, cursor, problem) => {
    expect(findObjectCursorProblem({ prefix }, cursor)).toContain(problem);
  });

  it('accepts a text at the placeholder', () => {
    expect(findObjectCursorProblem({ prefix: 'in/{{delta.cursor}}/' }, '2026-01-05')).toBeUndefined();
  });
});

describe('validateObjectDelta', () => {
  const problemOf = (source: Partial<ObjectDeltaSource>): string | undefined => {
    try {
      validateObjectDelta('source', { prefix: 'in/', delta: BY_OBJECT, ...source });
      return undefined;
    } catch (error) {
      return String((error as Error).message);
    }
  };

  it.each<[Partial<ObjectDeltaSource>, string]>([
    [{ prefix: 'in/{{delta.cursor}}', delta: undefined }, 'source.prefix: must not have the placeholder'],
    [{ delta: undefined, afterwards: { move: 'done/' } }, 'source.afterwards: must be absent without source.delta'],
    [{ prefix: '{{delta.cursor}}/{{delta.cursor}}' }, 'source.prefix: must have at most one placeholder'],
    [{ prefix: 'in/{{ delta.cursor }}' }, 'source.prefix: must have at most one placeholder'],
    [{ delta: { ...BY_OBJECT, start: 'a' } }, 'source.delta.start: must be absent'],
    [{ prefix: '{{delta.cursor}}', delta: { ...BY_OBJECT, start: 'a/b' } }, 'source.delta.start: must be 1–256'],
    [{ afterwards: { move: 'done' } }, 'source.afterwards.move: must be a folder'],
    [{ afterwards: { move: '../done/' } }, 'source.afterwards.move: must not contain the path segments'],
    [{ afterwards: { move: 'in/done/' } }, "source.afterwards.move: must be outside of the prefix 'in/'"],
    [{ prefix: 'in/a', afterwards: { move: 'in/' } }, "source.afterwards.move: must be outside of the prefix 'in/a'"],
    [{ prefix: '', afterwards: { move: 'done/' } }, "source.afterwards.move: must be outside of the prefix ''"],
    [{ afterwards: { tag: {} } }, 'source.afterwards.tag: must have 1–10 tags, got 0'],
    [{ afterwards: { tag: { 'aws:a': 'b' } } }, 'source.afterwards.tag: must have names'],
    [{ afterwards: { tag: { a: '<b>' } } }, 'source.afterwards.tag.a: must have at most 256'],
  ])('refuses %j', (source, problem) => {
    expect(problemOf(source)).toContain(problem);
  });

  it.each<Partial<ObjectDeltaSource>>([
    {},
    { prefix: 'in/{{delta.cursor}}/', delta: { ...BY_OBJECT, start: '2026-01-01' } },
    { afterwards: { move: 'done/' } },
    { prefix: 'in/{{lastRun.startedAt}}/', afterwards: { move: 'done/in/' } },
    { afterwards: { tag: { state: 'read', 'cost center': '' } } },
  ])('accepts %j', (source) => {
    expect(problemOf(source)).toBeUndefined();
  });
});
