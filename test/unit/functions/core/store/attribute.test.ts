import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Attributes, toAttributes } from '../../../../../functions/core/store/attribute.ts';
import { iterations } from '../../../../helpers/iterations.ts';

const back = (attributes: Attributes) => unmarshall(attributes as Parameters<typeof unmarshall>[0]);

test('converts an item like AWS’s library', () => {
  const number = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      number,
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
      fc.constantFrom(null, undefined, true, false, new Uint8Array([1, 2])),
      fc.array(tie('tree')),
      // Without names of built-in object members, which the library converts differently (see below).
      fc.dictionary(
        fc.string().filter((name) => !(name in {})),
        tie('tree'),
      ),
    ),
  }));

  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tree), (item) => {
      expect(toAttributes(item)).toEqual(marshall(item, { removeUndefinedValues: true }));
    }),
    { numRuns: iterations(100, 1_000) },
  );
});

test.each([
  [{ constructor: 'text' }],
  [{ constructor: 7, toString: 'text', valueOf: null }],
  [{ constructor: { name: 'Set' } }],
  [{ constructor: { name: 'Uint8Array' }, byteLength: 3 }],
  [{ hasOwnProperty: 1, isPrototypeOf: [{ constructor: [] }] }],
])('preserves the fields of an object with any names: %j', (value) => {
  expect(back(toAttributes({ value, list: [value] }))).toEqual({ value, list: [value] });
});

test('makes text well-formed in values and in names at any depth', () => {
  const half = '\ud83d';

  expect(back(toAttributes({ [half]: half, list: [`a${half}`, { [`b${half}`]: `${half}c` }], whole: '😀' }))).toEqual({
    '\ufffd': '\ufffd',
    list: ['a\ufffd', { 'b\ufffd': '\ufffdc' }],
    whole: '😀',
  });
});

test('rejects values that DynamoDB would not store unchanged', () => {
  for (const value of [2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => toAttributes({ value })).toThrow();
});
