import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LookupSpec } from '../../../../../../../functions/core/domain/flow/lookup.ts';
import type { TransformSpec } from '../../../../../../../functions/core/domain/flow/transform.ts';
import type { Json } from '../../../../../../../functions/core/domain/json.ts';
import type { Chain } from '../../../../../../../functions/core/executors/flow/chain.ts';
import type { Lookup, Match } from '../../../../../../../functions/core/executors/flow/lookups/lookup.ts';
import {
  type ChainOptions,
  createChain,
} from '../../../../../../../functions/core/executors/flow/transforms/create-chain.ts';
import { findExpressionFault } from '../../../../../../../functions/core/executors/flow/transforms/expression-fault.ts';
import { bundleExpressionHost } from '../../../../../../helpers/system/expression-host.ts';
import { children } from '../../../../../../helpers/system/processes.ts';
import { waitForAssertion, waitUntil } from '../../../../../../helpers/wait.ts';

const never = new AbortController().signal;
const MB = 1024 * 1024;

let host: Awaited<ReturnType<typeof bundleExpressionHost>>;
beforeAll(async () => {
  host = await bundleExpressionHost();
});
afterAll(() => host.remove());

const filter = (where: string): TransformSpec => ({ type: 'filter', where });
const map = (to: string): TransformSpec => ({ type: 'map', to });
const flatMap = (to: string): TransformSpec => ({ type: 'flatMap', to });

const route = (mode: 'first' | 'all', otherwise: readonly string[] = []): TransformSpec => ({
  type: 'route',
  mode,
  routes: [
    { when: 'total > 9', to: ['large', 'audit'] },
    { when: 'country = "DE"', to: ['audit', 'german'] },
  ],
  otherwise,
});

const chainOf = (transforms: readonly TransformSpec[], options: ChainOptions = {}): Chain =>
  createChain(transforms, { directory: host.directory, ...options });

/** Applies a chain to one page. */
async function apply(transforms: readonly TransformSpec[], records: readonly Json[], options: ChainOptions = {}) {
  await using chain = chainOf(transforms, options);
  return await chain.apply(records, never);
}

/**
 * Returns the message of the only record that a transform fails on. Repeats the page, as a worker does, if the process of
 * the expressions got no processor for long.
 */
async function faultOf(transform: TransformSpec, record: Json = {}, options: ChainOptions = {}): Promise<string> {
  const { errors, outputs } = await waitUntil(() => apply([transform], [record], options));
  expect(outputs).toEqual([]);
  expect(errors).toHaveLength(1);
  return errors[0]?.message ?? '';
}

const counts = (count: Partial<Record<'in' | 'out' | 'errors' | 'ignored', number>>) => ({
  in: 0,
  out: 0,
  errors: 0,
  ignored: 0,
  ...count,
});

describe('a route', () => {
  const records = [
    { total: 10, country: 'DE' },
    { total: 1, country: 'DE' },
    { total: 10, country: 'FR' },
    { total: 1, country: 'FR' },
  ];

  test('sends each record to the sinks of the first branch whose condition is true', async () => {
    const { outputs, counts: counted } = await apply([route('first')], records);

    expect(outputs).toEqual([
      { value: records[0], origin: 0, sinks: ['large', 'audit'] },
      { value: records[1], origin: 1, sinks: ['audit', 'german'] },
      { value: records[2], origin: 2, sinks: ['large', 'audit'] },
    ]);
    expect(counted).toEqual([counts({ in: 4, out: 3, ignored: 1 })]);
  });

  test('sends each record once to every sink of all branches whose condition is true', async () => {
    const { outputs } = await apply([route('all')], records);

    expect(outputs.map(({ sinks }) => sinks)).toEqual([
      ['large', 'audit', 'german'],
      ['audit', 'german'],
      ['large', 'audit'],
    ]);
  });

  test('sends records that take no branch to the sinks of otherwise', async () => {
    const { outputs, counts: counted } = await apply([route('all', ['rest'])], records);

    expect(outputs.at(-1)).toEqual({ value: records[3], origin: 3, sinks: ['rest'] });
    expect(counted).toEqual([counts({ in: 4, out: 4 })]);
  });

  test('fails a record whose condition fails', async () => {
    const { outputs, errors } = await apply([route('first')], [{ total: 'ten' }, records[0] ?? {}]);

    expect(errors).toMatchObject([{ transform: 0, origin: 0, input: { total: 'ten' } }]);
    expect(outputs).toHaveLength(1);
  });

  test('reads conditions by the boolean cast of JSONata, and the payload of the run', async () => {
    const transform: TransformSpec = {
      type: 'route',
      mode: 'first',
      routes: [
        { when: 'missing', to: ['a'] },
        { when: '[]', to: ['b'] },
        { when: '$payload.all', to: ['c'] },
      ],
      otherwise: [],
    };

    const { outputs } = await apply([transform], [{}], { payload: { all: 'yes' } });

    expect(outputs.map(({ sinks }) => sinks)).toEqual([['c']]);
  });
});

describe('a lookup', () => {
  const skus: Lookup & { readonly asked: string[][] } = {
    asked: [],
    async find(keys) {
      skus.asked.push([...keys]);
      return new Map(
        keys.map((key): [string, Match] => {
          if (key === 'broken') return [key, { fault: 'the answer must be JSON in UTF-8' }];
          return [key, key === 'a' || key === '7' ? { value: { name: key } } : { missing: true }];
        }),
      );
    },
  };
  const lookup = (onMiss: 'null' | 'error' | 'drop'): TransformSpec => ({
    type: 'lookup',
    from: { collection: 'skus' },
    key: 'sku',
    as: 'found',
    onMiss,
  });
  const join = (onMiss: 'null' | 'error' | 'drop', records: readonly Json[]) =>
    apply([map('$'), lookup(onMiss)], records, { lookups: new Map([[1, skus]]) });

  test('adds the value of the key to each record, and asks once for a key', async () => {
    skus.asked.length = 0;

    const { outputs, counts: counted } = await join('null', [{ sku: 'a' }, { sku: 7 }, { sku: 'a', found: 1 }]);

    expect(outputs).toEqual([
      { value: { sku: 'a', found: { name: 'a' } }, origin: 0 },
      { value: { sku: 7, found: { name: '7' } }, origin: 1 },
      { value: { sku: 'a', found: { name: 'a' } }, origin: 2 },
    ]);
    expect(counted[1]).toEqual(counts({ in: 3, out: 3 }));
    expect(skus.asked).toEqual([['a', '7']]);
  });

  test.each([
    ['null', [{ sku: 'b', found: null }, { found: null }], 0, []],
    ['drop', [], 2, []],
    ['error', [], 0, ['the key has no match', 'the record has no key']],
  ] as const)('treats records without a match as onMiss says: %s', async (onMiss, values, ignored, messages) => {
    const { outputs, errors, counts: counted } = await join(onMiss, [{ sku: 'b' }, {}]);

    expect(outputs.map(({ value }) => value)).toEqual(values);
    expect(errors.map(({ message }) => message)).toEqual(messages);
    expect(counted[1]).toEqual(counts({ in: 2, out: values.length, ignored, errors: messages.length }));
  });

  test('fails records with a key that is none, with a key whose value is faulty, and that are no objects', async () => {
    const records = [{ sku: ['a'] }, { sku: 'broken' }, 'text', { sku: 'a' }, { sku: '\ud800' }];

    const { outputs, errors, counts: counted } = await join('null', records);

    expect(outputs).toEqual([{ value: { sku: 'a', found: { name: 'a' } }, origin: 3 }]);
    expect(errors.map(({ origin, message }) => [origin, message])).toEqual([
      [0, 'key: must be text or a number'],
      [1, 'the answer must be JSON in UTF-8'],
      [2, 'the record must be an object'],
      [4, 'key: must be text, got half of a surrogate pair'],
    ]);
    expect(counted[1]).toEqual(counts({ in: 5, out: 1, errors: 4 }));
  });

  test('fails a record whose key expression fails, and keeps the others apart from it', async () => {
    const transform: TransformSpec = { ...(lookup('null') as LookupSpec), key: '$number(sku)' };
    const chain = apply([transform], [{ sku: 'x' }, { sku: '7' }], { lookups: new Map([[0, skus]]) });

    const { outputs, errors } = await chain;

    expect(errors).toMatchObject([{ transform: 0, origin: 0, input: { sku: 'x' } }]);
    expect(outputs).toEqual([{ value: { sku: '7', found: { name: '7' } }, origin: 1 }]);
  });

  test('fails the page if its values are too large', async () => {
    const large: Lookup = { find: async (keys) => new Map(keys.map((key) => [key, { value: 'x'.repeat(1_000) }])) };
    const records = Array.from({ length: 20 }, () => ({ sku: 'a' }));

    await expect(
      apply([lookup('null')], records, { lookups: new Map([[0, large]]), pageBytes: 10_000 }),
    ).rejects.toMatchObject({ permanent: true, message: expect.stringContaining('transforms: a page grows to over') });
  });
});

describe('$payload', () => {
  test('has the payload of the run in every expression', async () => {
    const transforms = [filter('day = $payload.day'), map('{ "id": id, "by": $payload.by[0] }')];
    const records = [
      { id: 1, day: 'mon' },
      { id: 2, day: 'tue' },
    ];

    const { outputs } = await apply(transforms, records, { payload: { day: 'tue', by: ['ana'] } });

    expect(outputs.map(({ value }) => value)).toEqual([{ id: 2, by: 'ana' }]);
  });

  test('has no value without a payload', async () => {
    expect((await apply([map('{ "has": $exists($payload) }')], [{}])).outputs[0]?.value).toEqual({ has: false });
  });
});

describe('createChain', () => {
  test('applies transforms in order and keeps the origin of each output', async () => {
    const transforms = [filter('total > 1'), map('{ "sku": sku, "twice": total * 2 }'), flatMap('[sku, twice]')];
    const records = [1, 2, 3].map((total) => ({ sku: `s${total}`, total }));

    const result = await apply(transforms, records);

    expect(result.outputs).toEqual([
      { value: 's2', origin: 1 },
      { value: 4, origin: 1 },
      { value: 's3', origin: 2 },
      { value: 6, origin: 2 },
    ]);
    expect(result.errors).toEqual([]);
    expect(result.counts).toEqual([
      counts({ in: 3, out: 2, ignored: 1 }),
      counts({ in: 2, out: 2 }),
      counts({ in: 2, out: 4 }),
    ]);
  });

  test('passes records through without transforms, and starts no process', async () => {
    const before = children();

    const result = await apply([], [{ a: 1 }, null], { directory: '/nowhere' });

    expect(result).toEqual({
      outputs: [
        { value: { a: 1 }, origin: 0 },
        { value: null, origin: 1 },
      ],
      errors: [],
      counts: [],
      outputsByTransform: [],
    });
    expect(children()).toEqual(before);
  });

  test('continues after a failed record and reports transform, input and message', async () => {
    const result = await apply([map('n'), map('$number($)')], [{ n: '1' }, { n: 'one' }, { n: '3' }]);

    expect(result.outputs).toEqual([
      { value: 1, origin: 0 },
      { value: 3, origin: 2 },
    ]);
    const message = 'Unable to cast value to a number: "one"';
    expect(result.errors).toEqual([{ transform: 1, origin: 1, input: 'one', message }]);
    expect(result.counts).toEqual([counts({ in: 3, out: 3 }), counts({ in: 3, out: 2, errors: 1 })]);
  });

  test('counts a record without outputs as ignored', async () => {
    expect(await apply([map('absent')], [{}])).toMatchObject({ outputs: [], errors: [], counts: [{ ignored: 1 }] });
    expect(await apply([flatMap('absent')], [{}])).toMatchObject({ outputs: [], errors: [], counts: [{ ignored: 1 }] });
    expect(await apply([flatMap('[]')], [{}])).toMatchObject({ outputs: [], errors: [], counts: [{ ignored: 1 }] });
  });

  test('filters by JSONata’s truthiness', async () => {
    const passing = ['true', '"false"', '[0, 1]', '{ "a": null }', '[{ "open": false }, { "open": true }].open'];
    const others = ['1 - 1', '""', 'null', 'absent', '[0, ""]', '[]', '{}', '$sum', '/a/'];
    const page = [...passing, ...others].map((where) => ({ where }));

    const result = await apply([filter('$eval(where)')], page);

    expect(result.outputs.map(({ value }) => value)).toEqual(passing.map((where) => ({ where })));
    expect(result.errors).toEqual([]);
    expect(result.counts).toEqual([counts({ in: 14, out: 5, ignored: 9 })]);
  });

  test('yields plain JSON', async () => {
    const cases: readonly [to: string, value: Json][] = [
      ['null', null],
      ['items.id', [1, 2]],
      ['items[0].id', 1],
      ['[items[0].id]', [1]],
      ['[1..3]', [1, 2, 3]],
      ['{ "list": items.id, "none": absent }', { list: [1, 2] }],
      ['items', [{ id: 1 }, { id: 2 }]],
      ['$match("a-b", /[a-z]/).match', ['a', 'b']],
    ];
    const items = [{ id: 1 }, { id: 2 }];

    const { outputs } = await apply(
      [map('$eval(to)')],
      cases.map(([to]) => ({ to, items })),
    );

    expect(outputs).toStrictEqual(cases.map(([, value], origin) => ({ value, origin })));
  });

  test('treats a list as one record in map and as several in flatMap', async () => {
    const page = [[1, [2], null]];

    expect((await apply([map('$')], page)).outputs).toEqual([{ value: [1, [2], null], origin: 0 }]);
    expect((await apply([flatMap('$')], page)).outputs.map(({ value }) => value)).toEqual([1, [2], null]);
  });

  test('fails on values that JSON cannot represent', async () => {
    const cases: readonly [to: string, message: string][] = [
      ['$sum', 'the result is a function'],
      ['function($x) { $x }', 'the result is a function'],
      ['/a/', 'the result is a function'],
      ['{ "f": $sum }', "'f' in the result is a function"],
      ['1 / 0', 'the result is Infinity, which is not a finite number'],
      ['{ "n": [-1 / 0] }', "'0' in the result is -Infinity, which is not a finite number"],
    ];

    const { outputs, errors } = await apply(
      [map('$eval(to)')],
      cases.map(([to]) => ({ to })),
    );

    expect(outputs).toEqual([]);
    expect(errors.map(({ message }) => message)).toEqual(cases.map(([, message]) => message));
  });

  test('does not start with an invalid expression', async () => {
    const before = children();

    await expect(apply([map('{')], [1])).rejects.toMatchObject({
      name: 'FlowFailure',
      permanent: true,
      message: expect.stringContaining('an expression is not valid'),
    });
    expect(children()).toEqual(before);
  });
});

describe('isolation of records', () => {
  /** Replaces the function that keeps JSONata's transforms from modifying their input. */
  const careless = '($clone := function($x) { $x }; $ ~> | $ | { "changed": true } |)';

  test('keeps records unchanged by an expression that can modify its input', async () => {
    const page = [{ id: 1 }, { id: 2 }];

    const filtered = await apply([filter(`$exists(${careless})`), map('$')], page);
    const failed = await apply([map(`(${careless}; $error("no"))`)], page);

    expect(filtered.outputs.map(({ value }) => value)).toEqual([{ id: 1 }, { id: 2 }]);
    expect(failed.errors.map(({ input }) => input)).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test('hides records from one another', async () => {
    const counting = '($seen := $exists($seen) ? $seen + 1 : 1; $seen)';

    expect((await apply([map(counting), map(`${counting} + $`)], [0, 0])).outputs.map(({ value }) => value)).toEqual([
      2, 2,
    ]);
  });

  test('prevents changes to shared prototypes', async () => {
    const writes = [
      '{ "__proto__": { "x": 1 } }',
      '$merge([$, { "__proto__": { "x": 1 } }])',
      '{} ~> |$|{"__proto__":{"x":1}}|',
    ];
    const page = [JSON.parse('{ "__proto__": { "x": 1 } }') as Json];

    const result = await apply([...writes.map((to) => filter(`$exists(${to})`)), map('$exists({}.x)')], page);

    expect(result.outputs).toEqual([{ value: false, origin: 0 }]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test('prevents access to functions that compile code', async () => {
    const tries = [
      'constructor',
      '$sum.constructor',
      '$lookup($, "constructor")',
      '`__proto__`.constructor',
      '/a/.constructor',
    ];

    const result = await apply(
      tries.map((expression) => filter(`$not($exists(${expression}))`)),
      [{ a: 1 }],
    );

    expect(result.outputs).toHaveLength(1);
  });
});

describe('limits', () => {
  const endless = '($f := function($x) { $f($x + 1) }; $f(1))';
  const catastrophic = '$match($join([1..40].("a")) & "b", /(a+)+$/)';
  const tooLong = { recordMs: 300 };

  test.each([
    ['a loop', endless],
    ['a regular expression that backtracks for ever', catastrophic],
    ['a loop beside a field that fails', `{ "a": $error("no"), "b": ${endless} }`],
    ['a filter', `$exists(${endless})`],
  ])('end %s', async (_, expression) => {
    expect(await faultOf(map(expression), {}, tooLong)).toBe('took longer than 0.3 s');
  });

  test('end a recursion', async () => {
    expect(await faultOf(map('($f := function($x) { 1 + $f($x) }; $f(1))'))).toMatch(/Stack overflow/);
    expect((await apply([map('($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(200))')], [1])).outputs).toEqual([
      { value: 200, origin: 0 },
    ]);
  });

  test('end an expression that exhausts memory without affecting this process', async () => {
    const greedy = [
      '[1..10000000]',
      '$pad("", 400000000)',
      '$length($reduce([1..24], function($a, $b) { $a & $a }, "xxxxxxxxxxxxxxxx"))',
    ];
    const before = process.memoryUsage().rss;

    // On a busy machine the time limit of a record may be reached first.
    const patient = { recordMs: 20_000 };
    for (const expression of greedy) {
      expect(await faultOf(map(expression), {}, patient), expression).toMatch(/^out of memory/);
    }

    expect(process.memoryUsage().rss - before).toBeLessThan(64 * MB);
  });

  test('report the record and the transform that ended the process', async () => {
    const fatal = map('$ = 2 or $ = 5 ? $pad("", 400000000) : $ + 10');
    const page = [0, 1, 2, 3, 4, 5, 6, 7];

    const result = await apply([map('$'), fatal, map('$')], page);

    expect(result.outputs.map(({ value }) => value)).toEqual([10, 11, 13, 14, 16, 17]);
    expect(result.errors).toMatchObject([
      { transform: 1, origin: 2, input: 2 },
      { transform: 1, origin: 5, input: 5 },
    ]);
    expect(result.counts).toEqual([
      counts({ in: 8, out: 8 }),
      counts({ in: 8, out: 6, errors: 2 }),
      counts({ in: 6, out: 6 }),
    ]);
  });

  test('do not fail the record after a large response', async () => {
    const page = ['large', 'endless', 'small'];

    const { outputs, errors } = await apply(
      [map(`$ = "large" ? $pad("", 1000000) : $ = "endless" ? ${endless} : $`)],
      page,
      tooLong,
    );

    expect(outputs.map(({ origin }) => origin)).toEqual([0, 2]);
    expect(errors.map(({ origin }) => origin)).toEqual([1]);
  });

  test('do not fail records while the worker is busy', async () => {
    await using chain = chainOf([map('$sum([1..300000])')], { recordMs: 200 });
    await chain.apply([0], never);

    const applied = chain.apply(
      Array.from({ length: 80 }, (_, i) => i),
      never,
    );
    await setImmediate();
    // Blocks this process, so that no responses are read.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);

    expect((await applied).errors).toEqual([]);
  });

  test.each([
    [map('$pad("", 1048576)'), /makes a record of 1048578 bytes: at most 1048576/],
    [flatMap('[1..10001]'), /makes 10001 records of one: at most 10000/],
    [flatMap('[1..9].$pad("", 1000000)'), /makes more than 4194304 bytes of one record/],
  ])('refuse results that are too large: %j', async (transform, message) => {
    expect(await faultOf(transform)).toMatch(message);
  });

  test('fail a flow whose page grows or takes too much', async () => {
    const ten = Array.from({ length: 10 }, (_, i) => i);

    await expect(apply([map('$pad("", 1000)')], ten, { pageBytes: 9 * 1000 })).rejects.toMatchObject({
      permanent: true,
      message: expect.stringMatching(/grows to over .* MB: make pageSize smaller/),
    });
    await expect(apply([flatMap('[1..10000]')], [...ten, 10])).rejects.toMatchObject({
      permanent: true,
      message: expect.stringContaining('grows to over 100000 records'),
    });
    await expect(apply([map(endless)], ten, { ...tooLong, pageMs: 500 })).rejects.toMatchObject({
      permanent: true,
      message: expect.stringContaining('a page takes over 0.5 s'),
    });
  });
});

describe('a compiled expression', () => {
  const withoutProcess = { directory: '/nowhere' };

  test('needs no process', async () => {
    const branch: TransformSpec = {
      type: 'route',
      mode: 'first',
      routes: [{ when: 'sum > 9', to: ['large'] }],
      otherwise: [],
    };
    const transforms = [filter('total > $payload.least'), map('{ "id": id, "sum": total * 2 }'), branch];
    const records = [1, 2, 30].map((total, i) => ({ id: `r${i}`, total }));

    const options = { ...withoutProcess, payload: { least: 1 } };
    const { outputs, counts: counted } = await apply(transforms, records, options);

    expect(outputs).toEqual([{ value: { id: 'r2', sum: 60 }, origin: 2, sinks: ['large'] }]);
    expect(counted).toEqual([
      counts({ in: 3, out: 2, ignored: 1 }),
      counts({ in: 2, out: 2 }),
      counts({ in: 2, out: 1, ignored: 1 }),
    ]);
  });

  test('leaves records that fail or are unusual to the process, and keeps the order of all', async () => {
    const page = [{ a: 1 }, { a: 'x' }, { a: 3 }, [{ a: 4 }], { a: 5 }, { a: null }];

    const { outputs, errors, counts: counted } = await apply([map('a + 1')], page);

    expect(outputs).toEqual([
      { value: 2, origin: 0 },
      { value: 4, origin: 2 },
      { value: 5, origin: 3 },
      { value: 6, origin: 4 },
    ]);
    const message = 'The left side of the "+" operator must evaluate to a number';
    expect(errors).toEqual([
      { transform: 0, origin: 1, input: { a: 'x' }, message },
      { transform: 0, origin: 5, input: { a: null }, message },
    ]);
    expect(counted).toEqual([counts({ in: 6, out: 4, errors: 2 })]);
  });

  test('keeps the records of a page that ends its process in order', async () => {
    const fatal = map('a > 0 ? a : $pad("", 400000000)');

    const { outputs, errors } = await apply([map('$'), fatal], [{ a: 1 }, { a: 0 }, { a: 2 }]);

    expect(outputs.map(({ value }) => value)).toEqual([1, 2]);
    expect(errors).toMatchObject([{ transform: 1, origin: 1 }]);
  });

  test('fails a page that grows too much', async () => {
    const page = Array.from({ length: 10 }, () => ({ text: 'x'.repeat(1_000) }));
    const double = map('{ "a": text, "b": text }');

    await expect(apply([double], page, { ...withoutProcess, pageBytes: 20_000 })).rejects.toMatchObject({
      permanent: true,
      message: expect.stringMatching(/^transforms: a page grows to over/),
    });
    expect((await apply([double], page, { ...withoutProcess, pageBytes: 20_240 })).outputs).toHaveLength(10);
  });

  test('does not begin on an aborted page', async () => {
    await using chain = chainOf([map('$')], withoutProcess);
    const reason = new Error('the lease is lost');

    await expect(chain.apply([1], AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('expression process', () => {
  const spawned = async (before: readonly number[]): Promise<number> => {
    // Compared by id, because a process of an earlier test may just be ending.
    const fresh = () => children().find((pid) => !before.includes(pid));
    await waitForAssertion(() => expect(fresh()).toBeDefined());
    return fresh() ?? 0;
  };

  /** An expression that is not compiled. */
  const same = map('($x := $; $x)');

  test('serves all pages with an empty environment and ends with the chain', async () => {
    const before = children();
    const chain = chainOf([same]);
    await chain.apply([1], never);
    const pid = await spawned(before);

    expect((await chain.apply([2], never)).outputs).toEqual([{ value: 2, origin: 0 }]);
    expect(children().filter((child) => !before.includes(child))).toEqual([pid]);
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8').replaceAll(/LD_LIBRARY_PATH=[^\0]*\0/g, '')).toBe('');

    await chain[Symbol.asyncDispose]();
    expect(children()).not.toContain(pid);
  });

  test('ends when a page is aborted, and is replaced for the next one', async () => {
    await using chain = chainOf([map('$ = 1 ? ($f := function($x) { $f($x) }; $f(1)) : $')]);
    const controller = new AbortController();
    const reason = new Error('the lease is lost');
    const before = children();

    const applied = chain.apply([1], controller.signal);
    applied.catch(() => {});
    await spawned(before);
    controller.abort(reason);

    await expect(applied).rejects.toBe(reason);
    expect((await chain.apply([2], never)).outputs).toEqual([{ value: 2, origin: 0 }]);
  });

  test('fails the slice and no record if it is killed from outside', async () => {
    await using chain = chainOf([map('$ = 1 ? ($f := function($x) { $f($x) }; $f(1)) : $')], { recordMs: 10_000 });
    const before = children();
    const applied = chain.apply([1], never);
    applied.catch(() => {});

    process.kill(await spawned(before), 'SIGKILL');

    await expect(applied).rejects.toMatchObject({ name: 'FlowFailure', permanent: false });
  });

  test('fails the slice and no record if it cannot start', async () => {
    await expect(apply([same], [1], { directory: '/nowhere' })).rejects.toMatchObject({
      name: 'FlowFailure',
      permanent: false,
    });
  });
});

describe('findExpressionFault', () => {
  test.each(['total > 0', '$map(items, function($i) { $i.id })', '/a(b)/', 'a.`b c`'])('accepts %s', (expression) => {
    expect(findExpressionFault(expression)).toBeUndefined();
  });

  test.each([
    ['{ "a": ', 7, 'Expected "}" before end of expression'],
    ['', 0, 'Unexpected end of expression'],
    ['/(?<a)/', 0, 'Invalid regular expression: /(?<a)/g: Invalid capture group name'],
    ['['.repeat(100_000), 0, 'nested too deep'],
  ])('returns the reason and the position of an invalid expression: %#', (expression, position, message) => {
    expect(findExpressionFault(expression)).toEqual({ message, position });
  });
});
