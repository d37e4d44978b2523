import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  JsonSyntaxError,
  jsonRanges,
  rangeAt,
  stringCharOffset,
} from '../../../../../../functions/console/app/view/json-ranges.ts';

/** Returns every value in a JSON value, by its path. */
function valuesIn(value: unknown, path = ''): (readonly [path: string, value: unknown])[] {
  const own = [path, value] as const;
  if (Array.isArray(value)) return [own, ...value.flatMap((one, i) => valuesIn(one, `${path}[${i}]`))];
  if (typeof value !== 'object' || value === null) return [own];
  const below = Object.entries(value).flatMap(([name, one]) => valuesIn(one, path ? `${path}.${name}` : name));
  return [own, ...below];
}

const name = fc.stringMatching(/^[A-Za-z_-]{1,8}$/);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.string({ unit: 'binary' }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean()),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

it('finds every value at its path, regardless of the layout', () => {
  fc.assert(
    fc.property(json, fc.integer({ min: 0, max: 3 }), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const places = jsonRanges(text);

      const found = [...places].map(([path, { start, end }]) => [path, JSON.parse(text.slice(start, end)) as unknown]);
      expect(new Map(found as [string, unknown][])).toEqual(
        new Map(valuesIn(JSON.parse(text) as unknown).map(([path, one]) => [path, one])),
      );
    }),
    { numRuns: 300 },
  );
});

it('accepts a text exactly if it is JSON', () => {
  const broken = fc
    .tuple(json, fc.nat(), fc.constantFrom('', ',', '"', '}', ']', ':', '1', '\\', '\n', 'x', '-', '.', '01'))
    .map(([value, at, put]) => {
      const text = JSON.stringify(value, null, 1);
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + put + text.slice(cut + 1);
    });
  const isJson = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(broken, (text) => {
      if (isJson(text)) jsonRanges(text);
      else expect(() => jsonRanges(text)).toThrow(JsonSyntaxError);
    }),
    { numRuns: 1_000 },
  );
});

it('finds a character of a string after escapes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.nat(), (value, at) => {
      const text = JSON.stringify(value);
      const position = at % value.length;
      const found = stringCharOffset(text, { start: 0, end: text.length }, position);

      expect(JSON.parse(`"${text.slice(1, found)}"`)).toBe(value.slice(0, position));
    }),
    { numRuns: 300 },
  );
});

it('locates a missing value at its parent', () => {
  const places = jsonRanges('{"flow": {"sources": [{"type": "s3"}]}}');
  expect(rangeAt(places, 'flow.sources[0].prefix')).toEqual(places.get('flow.sources[0]'));
  expect(rangeAt(places, 'flow.sources[7].prefix')).toEqual(places.get('flow.sources'));
  expect(rangeAt(places, 'name')).toEqual(places.get(''));
});
