import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../../../../../functions/core/domain/exact-json.ts';
import {
  compareCursors,
  currentCursor,
  type Delta,
  fillDelta,
  findCursorProblem,
  findUsableCursor,
  kindOfCursor,
  newestCursor,
  validateDelta,
} from '../../../../../../functions/core/domain/flow/delta.ts';
import type { Json } from '../../../../../../functions/core/domain/json.ts';

const TIMES: Delta = { path: 'updated_at', start: '2026-01-01T00:00:00Z', overlapSeconds: 0 };
const NUMBERS: Delta = { path: 'id', start: '0', overlapSeconds: 0 };
const TEXTS: Delta = { path: 'sku', start: 'A', overlapSeconds: 0 };

describe('kindOfCursor', () => {
  it.each([
    ['0', 'number'],
    ['-12.5', 'number'],
    ['9007199254740993123', 'number'],
    ['2026-01-01', 'time'],
    ['2026-01-01 10:00:00', 'time'],
    ['2026-01-01T10:00:00.123456Z', 'time'],
    ['2026-01-01T10:00+02:00', 'time'],
    ['2026-13-45', 'text'],
    ['2026-02-30', 'text'],
    ['2026-02-30T00:00:00Z', 'text'],
    ['2028-02-29', 'time'],
    ['1e5', 'text'],
    ['A-17', 'text'],
  ])('takes %s as a %s', (cursor, kind) => {
    expect(kindOfCursor(cursor)).toBe(kind);
  });
});

describe('compareCursors', () => {
  it.each<[Delta, string, string]>([
    [NUMBERS, '9', '10'],
    [NUMBERS, '-10', '-9'],
    [NUMBERS, '-1.25', '-1.2'],
    [NUMBERS, '-0.5', '0.25'],
    [NUMBERS, '9007199254740992', '9007199254740993'],
    [TIMES, '2026-01-01T10:00:00+02:00', '2026-01-01T08:30:00Z'],
    [TIMES, '2026-01-01 08:00:00', '2026-01-01T08:00:01Z'],
    [TIMES, '2026-01-01T08:00:00.123456Z', '2026-01-01T08:00:00.123457Z'],
    [TIMES, '2026-01-01T08:00:00.1234Z', '2026-01-01T08:00:00.123456Z'],
    [TIMES, '2026-01-01T08:00:00Z', '2026-01-01T08:00:00.0005Z'],
    [TIMES, '2025-12-31', '2026-01-01T00:00:00Z'],
    [TIMES, '0001-01-01 00:00:00', '1999-12-31 00:00:00'],
    [TIMES, '0001-01-01T00:00:00+0000', '1999-12-31T00:00:00+0000'],
    [TEXTS, 'A10', 'A9'],
  ])('orders by the kind of the start %#: %s', (delta, smaller, larger) => {
    expect(compareCursors(delta, smaller, larger)).toBeLessThan(0);
    expect(compareCursors(delta, larger, smaller)).toBeGreaterThan(0);
    expect(compareCursors(delta, larger, larger)).toBe(0);
  });
});

describe('compareCursors of one time', () => {
  it.each([
    ['2026-01-01T08:00:00Z', '2026-01-01 09:00:00.000+0100'],
    ['2026-01-01T08:00:00.1234Z', '2026-01-01T08:00:00.123400Z'],
  ])('takes %s and %s as equal', (a, b) => {
    expect(compareCursors(TIMES, a, b)).toBe(0);
  });
});

describe('newestCursor', () => {
  it('returns the largest value, and passes over records without one', () => {
    const records = [{ id: 3 }, {}, { id: null }, 'text', { id: '12' }, { id: 7 }] as Json[];

    expect(newestCursor(NUMBERS, '5', records)).toBe('12');
  });

  it('never moves back', () => {
    expect(newestCursor(TIMES, '2026-06-01T00:00:00Z', [{ updated_at: '2026-05-01T00:00:00Z' }])).toBe(
      '2026-06-01T00:00:00Z',
    );
  });

  it('keeps the digits of numbers that a double would round or write with an exponent', () => {
    const records = parseExactJson('[{ "id": 9007199254740993 }, { "id": 1e21 }]') as Json[];

    expect(newestCursor(NUMBERS, '0', records.slice(0, 1))).toBe('9007199254740993');
    expect(newestCursor(NUMBERS, '0', records)).toBe('1000000000000000000000');
  });

  it.each<[Delta, Json]>([
    [TIMES, { updated_at: 1767225600 }],
    [TIMES, { updated_at: 'yesterday' }],
    [NUMBERS, { id: 'a7' }],
    [NUMBERS, { id: [1] }],
    [NUMBERS, { id: true }],
    [NUMBERS, { id: 1e-7 }],
    [TEXTS, { sku: 'a\r\nx-evil: 1' }],
    [TEXTS, { sku: 'x'.repeat(257) }],
    [TEXTS, { sku: '' }],
  ])('refuses a value that cannot be a cursor %#', (delta, record) => {
    expect(() => newestCursor(delta, delta.start, [record])).toThrow(`the value at ${delta.path} must be`);
  });
});

describe('findUsableCursor', () => {
  it.each([
    ['2026-02-01', 'updated_at', true],
    [null, 'updated_at', false],
    ['2026-02-01', 'created_at', false],
    ['17', 'updated_at', false],
  ])('returns the stored cursor %s of %s if it belongs to the definition', (cursor, path, isUsable) => {
    const stored = { cursor, path };

    expect(findUsableCursor(TIMES, stored)).toBe(isUsable ? stored : undefined);
    expect(currentCursor(TIMES, stored)).toBe(isUsable ? cursor : TIMES.start);
  });

  it('returns nothing if no cursor is stored', () => {
    expect(findUsableCursor(TIMES, undefined)).toBeUndefined();
    expect(currentCursor(TIMES, undefined)).toBe(TIMES.start);
  });
});

describe('fillDelta', () => {
  const start = { cursor: '2026-03-01T00:00:30Z', startedAt: null };

  it('replaces each placeholder, escaped for its place', () => {
    const filled = fillDelta(
      'a={{delta.cursor}}&b={{lastRun.cursor}}&c={{lastRun.startedAt}}',
      TIMES,
      start,
      encodeURIComponent,
    );

    expect(filled).toBe('a=2026-03-01T00%3A00%3A30Z&b=2026-03-01T00%3A00%3A30Z&c=2026-03-01T00%3A00%3A30Z');
  });

  it('names the time of the last run once there is one', () => {
    const after = { ...start, startedAt: '2026-03-02T00:00:00.000Z' };

    expect(fillDelta('{{lastRun.startedAt}}', TIMES, after, String)).toBe('2026-03-02T00:00:00.000Z');
  });

  it('moves back the time of the last run by the overlap', () => {
    const after = { ...start, startedAt: '2026-03-02T00:00:00.000Z' };

    expect(fillDelta('{{lastRun.startedAt}}', { ...TIMES, overlapSeconds: 60 }, after, String)).toBe(
      '2026-03-01T23:59:00.000Z',
    );
  });

  it.each([
    ['2026-03-01T00:00:30Z', '2026-02-28T23:59:30Z'],
    ['2026-03-01T00:00:30.500Z', '2026-02-28T23:59:30.500Z'],
    ['2026-03-01T00:00:30.123456Z', '2026-02-28T23:59:30.123456Z'],
    ['2026-03-01T00:30:00+0100', '2026-03-01T00:29:00+0100'],
    ['2026-03-01T01:00:30-05:00', '2026-03-01T00:59:30-05:00'],
    ['2026-03-01 00:00:30', '2026-02-28 23:59:30'],
    ['2026-03-01T00:00', '2026-02-28T23:59'],
    ['2026-03-01', '2026-02-28'],
  ])('moves %s back by the overlap, in the notation of the API', (cursor, expected) => {
    expect(fillDelta('{{delta.cursor}}', { ...TIMES, overlapSeconds: 60 }, { cursor, startedAt: null }, String)).toBe(
      expected,
    );
  });
});

describe('validateDelta', () => {
  const url = 'https://api.test/orders?since={{delta.cursor}}';
  const source = (changes: object) => ({ url, headers: {}, delta: TIMES, ...changes });

  it.each([
    [{ delta: undefined }, 'source.url: must not have the placeholder of a cursor without source.delta'],
    [{ url: 'https://api.test/{{delta.id}}?a={{delta.cursor}}' }, 'source.url: must have no placeholders but'],
    [{ headers: { since: '{{ delta.cursor }}' } }, 'source.headers.since: must have no placeholders but'],
    [{ url: 'https://api.test/orders' }, 'source.delta: must be used'],
    [{ url: 'https://api.test/orders#{{delta.cursor}}' }, 'source.delta: must be used'],
    [{ url: 'https://{{delta.cursor}}.api.test/' }, 'source.url: must not have a placeholder in its host'],
    [{ url: 'https://{{lastRun.startedAt}}/' }, 'source.url: must not have a placeholder in its host'],
    [{ delta: { ...NUMBERS, overlapSeconds: 5 } }, 'source.delta.overlapSeconds: must be 0 unless the start is a time'],
    [{ delta: { ...TEXTS, start: 'a\nb' } }, 'source.delta.start: must be 1–256 printable characters'],
  ])('refuses %j', (changes, message) => {
    expect(() => validateDelta('source', source(changes))).toThrow(message);
  });

  it.each([
    {},
    { url: 'https://api.test/', headers: { since: '{{lastRun.startedAt}}' } },
    { url: 'https://api.test/', body: { filter: [{ since: '{{delta.cursor}}' }] } },
    { delta: { ...TIMES, overlapSeconds: 60 } },
  ])('accepts %j', (changes) => {
    expect(() => validateDelta('source', source(changes))).not.toThrow();
  });

  it('gives a problem of every cursor that is not of the kind of the start', () => {
    expect(findCursorProblem(NUMBERS, 'a')).toBe('must be a number, like the start 0');
    expect(findCursorProblem(TEXTS, '17')).toBeUndefined();
  });
});
