import { expect, it } from 'vitest';
import { parseExactJson } from '../../../../../../../../functions/core/domain/exact-json.ts';
import type { Json } from '../../../../../../../../functions/core/domain/json.ts';
import { compilePrograms } from '../../../../../../../../functions/core/executors/flow/transforms/compiled/compile-programs.ts';

async function compiled(expression: string, payload?: Json) {
  const [program] = await compilePrograms([{ type: 'map', expression }], payload);
  return program;
}

async function evaluate(expression: string, record: Json, payload?: Json) {
  const program = await compiled(expression, payload);
  if (!program) throw new Error(`${expression} is not compiled`);
  return program.evaluate([record])[0];
}

const record = {
  id: 7,
  name: 'Straße',
  price: 2.5,
  open: true,
  none: null,
  address: { city: 'Köln', tags: ['a', 'b'] },
  lines: [{ sku: 'x', n: 1 }, { sku: 'y', n: 2 }, {}],
};

it.each<[string, Json | undefined]>([
  ['id', 7],
  ['$.address.city', 'Köln'],
  ['$$.lines.sku', ['x', 'y']],
  ['address.tags', ['a', 'b']],
  ['$payload.day', 'mon'],
  ['missing.deeper', undefined],
  ['lines.missing', undefined],
  ['{ "id": id, "none": missing, "list": [lines.n, [id]] }', { id: 7, list: [1, 2, [7]] }],
  ['id > 5 and open and name != "x" or missing', true],
  ['price * 2 - -id % 4', 8],
  ['name & " " & price & none & missing', 'Straße 2.5null'],
  ['id in [1, 7] ? "in" : "out"', 'in'],
  ['missing ?? "default"', 'default'],
  ['name ?: "default"', 'Straße'],
  ['$uppercase(name)', 'STRASSE'],
  ['$substring(name, -2)', 'ße'],
  ['$round(price)', 2],
  ['$sum(lines.n) + $count(lines)', 6],
  ['$join($split("a-b", "-"), "+")', 'a+b'],
  ['$number("12.50") + $length($trim("  a  b "))', 15.5],
  ['$contains(name, "aß") and $not($exists(missing))', true],
])('%s is evaluated without a process', async (expression, value) => {
  const answer = await evaluate(expression, record, { day: 'mon' });

  expect(answer?.values).toEqual(value === undefined ? [] : [value]);
  expect(answer?.bytes).toBe(value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value)));
});

it.each([
  ['a function of JSONata', '$map(lines, function($l) { $l.sku })'],
  ['a predicate', 'lines[0].sku'],
  ['a kept array', 'lines.sku[]'],
  ['a mapped object', 'lines.{ "sku": sku }'],
  ['a variable', '($x := id; $x)'],
  ['an unknown variable', '$other'],
  ['a name of a prototype', 'constructor'],
  ['a computed field', '{ name: id }'],
  ['two fields of one name', '{ "a": id, "a": name }'],
  ['a reserved field', '{ "__proto__": id }'],
  ['more nodes than JSONata evaluates at once', `[${'id,'.repeat(1_000)}id]`],
  ['an invalid expression', '{'],
])('%s is left to JSONata', async (_, expression) => {
  expect(await compiled(expression)).toBeUndefined();
});

it('compiles none of several programs if one is not valid', async () => {
  const programs = await compilePrograms(
    [
      { type: 'map', expression: 'id' },
      { type: 'map', expression: '{' },
    ],
    undefined,
  );

  expect(programs).toEqual([undefined, undefined]);
});

it.each<[string, string, Json]>([
  ['a failed operation', 'id + name', record],
  ['a comparison of different types', 'id < name', record],
  ['an infinite result', 'id / 0', record],
  ['a computation with an exact number', 'id + 1', { id: parseExactJson('9007199254740993') }],
  ['a negative zero', '{ "n": -(id - 7) }', record],
  ['a list as record', 'id', [record]],
  ['a condition on a list', 'lines ? 1 : 2', record],
  ['lists in lists', 'a.b', { a: [[{ b: 1 }]] }],
  ['a record that looks like a value of JSONata', '$', { outerWrapper: true }],
  ['a result that looks like a function', 'a', { a: { _jsonata_function: true } }],
  ['a long text', '$uppercase(text)', { text: 'x'.repeat(300_000) }],
  ['a result of over a megabyte', '[a, a, a, a, a, a]', { a: ['x'.repeat(200_000)] }],
])('%s leaves the record to JSONata', async (_, expression, given) => {
  expect(await evaluate(expression, given)).toBeUndefined();
});

it('keeps the digits of exact numbers', async () => {
  const id = parseExactJson('9007199254740993');

  expect(JSON.stringify(await evaluate('{ "id": id }', { id }))).toBe(
    '{"values":[{"id":9007199254740993}],"bytes":23}',
  );
});

it('leaves the rest of a page that takes much work', async () => {
  const program = await compiled('a & ""');
  const page = Array.from({ length: 100 }, () => ({ a: 'x'.repeat(100_000) }));

  const answers = program?.evaluate(page) ?? [];

  const decided = answers.filter((answer) => answer !== undefined).length;
  expect(decided).toBeGreaterThan(10);
  expect(decided).toBeLessThan(100);
  expect(answers.lastIndexOf(undefined)).toBe(99);
});

it('bounds the work of an expression that repeats a long text', async () => {
  const page = [{ a: 'x'.repeat(60_000) }];
  const program = await compiled(Array.from({ length: 100 }, () => 'a').join(' & '));

  expect(program?.evaluate(page)).toEqual([undefined]);
});
