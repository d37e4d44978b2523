import { describe, expect, it } from 'vitest';
import type { Target } from '../../../../../functions/core/domain/job.ts';
import type { Json } from '../../../../../functions/core/domain/json.ts';
import {
  concurrencyKeyOf as keyOfInput,
  randomKeyStart,
  throttleKeyOf,
  validateRunKeys,
} from '../../../../../functions/core/domain/run-keys.ts';

const SCRIPT: Target = { type: 'script', script: 'echo', args: [], env: {} };

const job = (key: string | null, group: string | null = null, id = 'a') => ({
  id,
  incarnation: 'abc12345',
  target: SCRIPT,
  concurrency: { key, group, limit: 1 },
  throttle: null,
});

/** Returns the key of a run with a payload. */
const concurrencyKeyOf = (keyed: Parameters<typeof keyOfInput>[0], payload: Json | undefined) =>
  keyOfInput(keyed, payload === undefined ? null : { payload });

describe('concurrencyKeyOf', () => {
  it('returns null for a job without a concurrency key', () => {
    expect(concurrencyKeyOf({ ...job('id'), concurrency: null }, { id: 1 })).toBeNull();
  });

  it.each<[Json | undefined, Json | undefined]>([
    [{ id: { a: 1, b: [2] } }, { id: { b: [2], a: 1 } }],
    [{ id: null }, {}],
    [undefined, null],
    ['text', [{ id: 1 }]],
    [{ id: 1, other: 2 }, { id: 1 }],
    [{ id: 1.0 }, { id: 1 }],
  ])('counts the payloads %j and %j together', (one, other) => {
    expect(concurrencyKeyOf(job('id'), one)).toBe(concurrencyKeyOf(job('id'), other));
  });

  it.each<[Json, Json]>([
    [{ id: 1 }, { id: '1' }],
    [{ id: false }, { id: null }],
    [{ id: '' }, {}],
    [{ id: [1, 2] }, { id: [2, 1] }],
  ])('counts the payloads %j and %j apart', (one, other) => {
    expect(concurrencyKeyOf(job('id'), one)).not.toBe(concurrencyKeyOf(job('id'), other));
  });

  const http = { type: 'http', url: 'https://a.test', method: 'POST', headers: {} } as const;
  it.each<[string, Target]>([
    ['the default payload of a function', { type: 'lambda', target: 'report', mode: 'sync', payload: { id: 1 } }],
    ['the JSON in the body of a request', { ...http, body: '{"id":1}' }],
  ])('uses %s', (_, target) => {
    const keyed = { ...job('id'), throttle: { key: 'id', group: null, limit: 1, perSeconds: 1 } };
    const byDefault = { ...keyed, target };

    expect(keyOfInput(byDefault, null)).toBe(concurrencyKeyOf(keyed, { id: 1 }));
    expect(throttleKeyOf(byDefault, null)).toBe(throttleKeyOf(keyed, { payload: { id: 1 } }));
  });

  it('prefers the payload of a run to the default one, and a body of a request to a payload', () => {
    const lambda: Target = { type: 'lambda', target: 'report', mode: 'sync', payload: { id: 1 } };

    const replaced = concurrencyKeyOf({ ...job('id'), target: lambda }, { id: 2 });
    const fixed = concurrencyKeyOf({ ...job('id'), target: { ...http, body: '{"id":1}' } }, { id: 2 });

    expect(replaced).toBe(concurrencyKeyOf(job('id'), { id: 2 }));
    expect(fixed).toBe(concurrencyKeyOf(job('id'), { id: 1 }));
  });

  it('has no value in a body that is no JSON', () => {
    expect(keyOfInput({ ...job('id'), target: { ...http, body: 'id=1' } }, null)).toBe(keyOfInput(job('id'), null));
  });

  it.each([
    ['kunde.größe', { kunde: { größe: 1 } }],
    ['"kunde.größe"', { 'kunde.größe': 1 }],
    ['kunde.`a b`."`"', { kunde: { 'a b': { '`': 1 } } }],
  ])('finds the value at %s', (path, payload) => {
    expect(concurrencyKeyOf({ ...job(path, 'shop') }, payload)).toBe(concurrencyKeyOf(job('id', 'shop'), { id: 1 }));
  });

  it('reads no inherited property', () => {
    expect(concurrencyKeyOf(job('constructor.name'), {})).toBe(concurrencyKeyOf(job('constructor.name'), null));
  });

  it('counts the runs of jobs together only if they have the same group', () => {
    const keyOf = (...given: Parameters<typeof job>) => concurrencyKeyOf(job(...given), { id: 1 });

    expect(keyOf('id', 'shop', 'a')).toBe(keyOf('id', 'shop', 'b'));
    expect(new Set([keyOf('id'), keyOf('id', null, 'b'), keyOf('id', 'shop'), keyOf('id', 'a')]).size).toBe(4);
  });

  it('does not contain the value', () => {
    expect(concurrencyKeyOf(job('id'), { id: 'secret' })).toMatch(/^[\w-]{22}$/);
  });
});

describe('validateRunKeys', () => {
  it.each(['', 'a..b', 'a b', 'a[0]', '$.a', '"a', '""', '"a"b', '"\n"', `${'a.'.repeat(10)}b`])(
    "refuses the path '%s'",
    (path) => {
      expect(() => validateRunKeys(job(path))).toThrow('concurrency.key: must be 1–10 names');
    },
  );

  it.each([null, 'id', 'customer.id', 'a-b_c.0', 'kunde.größe', '顧客.id', '"a b".`c"d`'])(
    'accepts the path %s',
    (path) => {
      expect(() => validateRunKeys(job(path))).not.toThrow();
    },
  );
});

describe('randomKeyStart', () => {
  it('returns two characters of names, in the order of the random number', () => {
    const starts = [0, 0.25, 0.5, 0.75, 0.999_999].map(randomKeyStart);

    expect(starts).toEqual([...starts].sort((a, b) => (a < b ? -1 : 1)));
    expect([starts.at(0), starts.at(-1)]).toEqual(['--', 'zz']);
    expect(new Set(starts).size).toBe(starts.length);
  });
});
