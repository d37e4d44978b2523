import * as fc from 'fast-check';
import { parseExactJson } from '../../../functions/core/domain/exact-json.ts';
import type { Json } from '../../../functions/core/domain/json.ts';

/** Names of fields: common ones, members of prototypes, and names by which JSONata marks its own values. */
const NAMES = [
  ['a', 'a', 'a', 'a', 'a', 'a', 'b', 'b', 'b', 'b', 'b', 'c', 'c', 'items', 'items', 'items', 'id', '1', 'a b', ''],
  ['outerWrapper', 'tupleStream', 'sequence', 'keepSingleton', 'cons', 'length', 'then', 'toJSON', 'rawJSON'],
  ['_jsonata_function', '_jsonata_lambda', '__proto__', 'constructor', 'toString', 'hasOwnProperty'],
].flat();

const names = fc.constantFrom(...NAMES);
const texts = fc.oneof(
  fc.constantFrom(
    '',
    'x',
    'X ß',
    ' a  b\t',
    '12',
    '-0.50',
    '1e3',
    '0x1F',
    'true',
    'é😀',
    '\ud800',
    '"\\\n',
    'ﬁ',
    'a,b,,c',
    '[',
  ),
  fc.string({ maxLength: 6 }),
);
const numbers = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    1,
    -1,
    2,
    3,
    0.5,
    1.5,
    2.5,
    -2.5,
    0.1,
    1.005,
    1e21,
    1e-7,
    1e308,
    -1e308,
    5e-324,
    123456789.1234567,
  ),
  fc.integer({ min: -9, max: 9 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const exactNumbers = fc.constantFrom('9007199254740993', '0.1234567890123456789').map(parseExactJson);

/** A record as a source may yield it. */
export const records: fc.Arbitrary<Json> = fc.letrec<{ value: Json; object: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(texts, numbers, fc.boolean(), fc.constant(null), fc.constantFrom(1, 2, 'x')) as fc.Arbitrary<Json>,
    exactNumbers,
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
    fc.array(tie('object'), { maxLength: 3 }),
    fc.array(numbers, { maxLength: 4 }),
    fc.array(texts, { maxLength: 3 }),
  ),
  // Parsed, so that `__proto__` is a field like others.
  object: fc.array(fc.tuple(names, tie('value')), { maxLength: 6 }).map((fields) => Object.fromEntries(fields) as Json),
})).object;

const LITERALS = ['0', '1', '2', '-1', '0.5', '1e300', '-0', '"x"', '""', '"12"', '"["', 'true', 'false', 'null'];
const BINARY = ['+', '-', '*', '/', '%', '=', '!=', '<', '<=', '>', '>=', 'and', 'or', '&', 'in', '??', '?:'];
const OF_ONE = [
  ['exists', 'not', 'boolean', 'string', 'number', 'uppercase', 'lowercase', 'trim', 'length', 'abs', 'floor'],
  ['ceil', 'round', 'count', 'sum', 'average', 'max', 'min', 'join', 'reverse', 'keys', 'type', 'sqrt'],
].flat();
const OF_TWO = ['round', 'substring', 'substringBefore', 'substringAfter', 'contains', 'join', 'split', 'append'];
/** Parts that no compiled expression may contain; `%` stands for a smaller expression. */
const OTHERS = [
  ['(%)[0]', '(%)[]', 'items[a = 1].b', 'items.{ "k": a }', '(%).b', 'items[-1]', '($x := %; $x)', '(a; %)', '[1..3]'],
  [
    '% ~> $string',
    'items^(a).b',
    '*',
    '**.a',
    'items{ a: b }',
    '$map(items, function($i) { $i.a })',
    '$.items@$i.a',
    '$uppercase()',
  ],
  [
    'a.(%)',
    'items.[a, b]',
    '[a, b].c',
    'items#$i.a',
    '$sum',
    '/a/',
    '{ %: 1 }',
    '"a".b',
    '$missing',
    '$substring(%)',
    'items.a[]',
  ],
].flat();

const quoted = names.map((name) => (name === '' || name.includes('`') ? 'a' : `\`${name}\``));
const paths = fc
  .tuple(fc.constantFrom('', '', '', '', '$.', '$$.', '$payload.'), fc.array(quoted, { minLength: 1, maxLength: 3 }))
  .map(([start, steps]) => `${start}${steps.join('.')}`);

/** The text of an expression. Some are not valid. */
export const expressions: fc.Arbitrary<string> = fc.letrec<{ any: string }>((tie) => {
  const any = tie('any');
  return {
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 6, arbitrary: paths },
      { weight: 2, arbitrary: fc.constantFrom(...LITERALS) },
      { weight: 1, arbitrary: fc.constantFrom('$', '$$', '$payload') },
      {
        weight: 6,
        arbitrary: fc.tuple(any, fc.constantFrom(...BINARY), any).map(([a, operator, b]) => `(${a} ${operator} ${b})`),
      },
      { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...OF_ONE), any).map(([name, a]) => `$${name}(${a})`) },
      {
        weight: 2,
        arbitrary: fc.tuple(fc.constantFrom(...OF_TWO), any, any).map(([name, a, b]) => `$${name}(${a}, ${b})`),
      },
      { weight: 1, arbitrary: fc.tuple(any, any, any).map(([a, b, c]) => `$substring(${a}, ${b}, ${c})`) },
      { weight: 2, arbitrary: fc.tuple(any, any, any).map(([a, b, c]) => `(${a} ? ${b} : ${c})`) },
      { weight: 1, arbitrary: fc.tuple(any, any).map(([a, b]) => `(${a} ? ${b})`) },
      { weight: 1, arbitrary: any.map((a) => `-${a}`) },
      { weight: 2, arbitrary: fc.array(any, { maxLength: 3 }).map((items) => `[${items.join(', ')}]`) },
      {
        weight: 3,
        arbitrary: fc
          .array(fc.tuple(names, any), { maxLength: 3 })
          .map((fields) => `{ ${fields.map(([name, value]) => `${JSON.stringify(name)}: ${value}`).join(', ')} }`),
      },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.constantFrom(...OTHERS), any).map(([part, a]) => part.replace('%', () => a)),
      },
    ),
  };
}).any;

/** A value as a field may have it; small numbers and texts are frequent, so that values are often equal or comparable. */
const values: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: fc.oneof(texts, numbers) as fc.Arbitrary<Json> },
  { weight: 1, arbitrary: fc.oneof(fc.boolean(), fc.constant(null)) as fc.Arbitrary<Json> },
  { weight: 1, arbitrary: exactNumbers },
  { weight: 2, arbitrary: fc.array(fc.oneof(texts, numbers), { maxLength: 3 }) as fc.Arbitrary<Json> },
  {
    weight: 2,
    arbitrary: fc.array(
      fc.oneof(
        fc.record({ b: fc.oneof(texts, numbers, fc.array(numbers, { maxLength: 2 })) }, { requiredKeys: [] }),
        fc.array(numbers, { maxLength: 2 }),
        numbers,
      ),
      { maxLength: 3 },
    ) as unknown as fc.Arbitrary<Json>,
  },
  { weight: 1, arbitrary: records },
);

/** A record whose fields `a`, `b` and `c` have values, or a value that is no object. */
export const filledRecords: fc.Arbitrary<Json> = fc.oneof(
  { weight: 9, arbitrary: fc.record({ a: values, b: values, c: values }) as unknown as fc.Arbitrary<Json> },
  { weight: 1, arbitrary: values },
);

/** Paths, conditions, and what is made of fields. */
const FIELD_EXPRESSIONS = [
  'a.b',
  'a.b.b',
  '$.a',
  '$',
  '$$.a.b',
  '-a',
  'a ? b : c',
  'a ? b',
  '[a, b]',
  '[[a], b]',
  '{ "x": a, "y": b }',
  'a & b & c',
  'a + b * c',
  '$string(a) & $string(b)',
  '$round(a, 1)',
  '$sum(a.b)',
  '$count(a.b)',
  '"" & a',
  '$payload.a',
];

/** An expression of one operator or function on the fields of a filled record. */
export const singleOperations: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...BINARY).map((operator) => `a ${operator} b`),
  fc.tuple(fc.constantFrom(...BINARY), fc.constantFrom(...LITERALS)).map(([operator, b]) => `a ${operator} ${b}`),
  fc.constantFrom(...OF_ONE).map((name) => `$${name}(a)`),
  fc.constantFrom(...OF_TWO).map((name) => `$${name}(a, b)`),
  fc.tuple(fc.constantFrom(...OF_TWO), fc.integer({ min: -4, max: 4 })).map(([name, b]) => `$${name}(a, ${b})`),
  fc
    .tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -2, max: 5 }))
    .map(([start, length]) => `$substring(a, ${start}, ${length})`),
  fc.constantFrom(...FIELD_EXPRESSIONS),
);
