import { describe, expect, test, vi } from 'vitest';
import { toDefinitionView } from '../../../../../functions/api/definition/definition-view.ts';
import { flowJobRequest, jobRequest } from '../../../../../functions/api/definition/job-request.ts';
import { toDefinition } from '../../../../../functions/api/definition/to-definition.ts';
import { applyChange } from '../../../../../functions/api/definition/write-job.ts';
import { validate } from '../../../../../functions/api/http/validate.ts';
import { type Definition, validateDefinition } from '../../../../../functions/core/domain/definition.ts';
import type { Flow } from '../../../../../functions/core/domain/flow/flow.ts';
import type { Job } from '../../../../../functions/core/domain/job.ts';
import { findExpressionFault } from '../../../../../functions/core/executors/flow/transforms/expression-fault.ts';
import { aJob } from '../../../../helpers/builders/jobs.ts';

vi.mock('../../../../../functions/core/platform/known-scripts.ts', () => ({ readKnownScripts: () => ['echo'] }));

const NOW = Date.parse('2026-03-02T01:00:30.000Z');
const minimal = { sources: [{ type: 'inline', records: [1] }], sinks: [{ type: 'preview' }] };

/** Validates the body of `POST /jobs` as the API does. */
function define(body: object): Definition {
  const definition = toDefinition(validate(jobRequest(), body, 'body'));
  const known = {
    knownScripts: ['echo'],
    scriptsWithRole: [],
    mayName: ({ target }: { readonly target: string }) => target !== 'other',
    validateExpression: findExpressionFault,
    plainHttp: false,
  };
  const context = { ...known, now: NOW, createdAt: '2026-03-01T00:00:00.000Z' };
  validateDefinition(definition, context);
  return definition;
}

const job = (flow: object, fields: object = {}) => ({ id: 'orders', name: 'Orders', type: 'flow', flow, ...fields });

function flowOf(flow: object): Flow {
  const { target } = define(job({ ...minimal, ...flow }));
  if (target.type !== 'flow') throw new Error(`is of type ${target.type}`);
  return target.flow;
}
const sourceOf = (source: object) => flowOf({ sources: [source] }).sources[0];
const sinkOf = (sink: object) => flowOf({ sinks: [sink] }).sinks[0];

const FLOW_RETRY = { attempts: 20, backoff: 'exponential', delaySeconds: 1, maxDelaySeconds: 300 };
const http = { type: 'http', url: 'https://api.test/orders' };
const COLUMN_TYPE_RULE =
  'boolean, integer, double, string, json, timestamp, date or decimal(precision,scale) with a precision of 1–38';

describe('a flow request', () => {
  test('fills in defaults for every field except sources and sinks', () => {
    expect(define(job(minimal))).toMatchObject({ timeoutMs: null, retry: FLOW_RETRY, overlapPolicy: 'skip' });
    expect(flowOf({})).toEqual({
      pageSize: 100,
      parallelism: 1,
      onError: 'continue',
      checkpoints: { everySeconds: 60, keep: 5 },
      sources: [{ id: 'source_1', name: 'inline', type: 'inline', records: [1] }],
      transforms: [],
      sinks: [{ id: 'sink_1', name: 'preview', type: 'preview' }],
    });
  });

  test('derives the type flow from the field flow', () => {
    const { type: _, ...body } = job(minimal);

    expect(define(body).target).toMatchObject({ type: 'flow' });
    expect(define({ ...body, type: null }).target).toMatchObject({ type: 'flow' });
  });

  test('names operators by position, and transforms by position within their type', () => {
    const { sources, transforms, sinks } = flowOf({
      sources: [minimal.sources[0], { ...minimal.sources[0], id: 'more', name: 'More' }, minimal.sources[0]],
      transforms: [
        { type: 'filter', where: 'true' },
        { type: 'map', to: '$' },
        { type: 'filter', where: 'true' },
        { type: 'flatMap', to: '$', id: 'lines' },
      ],
      sinks: [{ type: 'preview' }, { type: 'preview', name: 'Look' }],
    });

    const called = (list: readonly { id: string; name: string }[]) => list.map(({ id, name }) => `${id} ${name}`);
    expect(called(sources)).toEqual(['source_1 inline', 'more More', 'source_3 inline']);
    expect(called(transforms)).toEqual(['filter_1 filter', 'map_1 map', 'filter_2 filter', 'lines lines']);
    expect(called(sinks)).toEqual(['sink_1 preview', 'sink_2 Look']);
  });

  test.each<[object, object]>([
    [http, { ...http, headers: {}, records: null, paging: { type: 'none' } }],
    [
      { ...http, headers: { authorization: 'Bearer {{secret:shop}}' }, records: 'data.items' },
      { headers: { authorization: 'Bearer {{secret:shop}}' }, records: 'data.items' },
    ],
    [
      { type: 's3', prefix: 'in/' },
      { prefix: 'in/', format: 'ndjson' },
    ],
    [
      { type: 's3', prefix: '', format: 'csv' },
      { prefix: '', format: 'csv' },
    ],
    [{ type: 'inline', records: [null, [1], 'a', { b: true }] }, { records: [null, [1], 'a', { b: true }] }],
    [
      { type: 'generate', count: 1e9 },
      { count: 1e9, rate: null, shape: null, seed: 1 },
    ],
    [
      { type: 'generate', count: 1, rate: 0.5, seed: 0, shape: { id: '{{index}}', tags: ['{{word}}', 7] } },
      { rate: 0.5, seed: 0, shape: { id: '{{index}}', tags: ['{{word}}', 7] } },
    ],
    [{ type: 'sqs', queue: 'in_1-a' }, { queue: 'in_1-a' }],
  ])('accepts the source %j', (given, taken) => {
    expect(sourceOf(given)).toMatchObject({ id: 'source_1', ...taken });
  });

  test.each<[unknown, object]>([
    [null, { type: 'none' }],
    ['none', { type: 'none' }],
    ['link', { type: 'link' }],
    [{ type: 'link' }, { type: 'link' }],
    ['page', { type: 'page', param: 'page', start: 1, sizeParam: null, size: null }],
    [
      { type: 'page', size: 50 },
      { type: 'page', param: 'page', start: 1, sizeParam: null, size: 50 },
    ],
    [
      { type: 'page', param: 'page[number]', start: 0, sizeParam: 'page[size]' },
      { type: 'page', param: 'page[number]', start: 0, sizeParam: 'page[size]', size: 100 },
    ],
    ['offset', { type: 'offset', param: 'offset', limitParam: 'limit', limit: 100 }],
    [
      { type: 'cursor', path: 'meta.next' },
      { type: 'cursor', param: 'cursor', path: 'meta.next' },
    ],
    [
      { type: 'nextUrl', path: "['@odata.nextLink']" },
      { type: 'nextUrl', path: "['@odata.nextLink']" },
    ],
  ])('accepts the paging %j', (given, paging) => {
    expect(sourceOf({ ...http, paging: given })).toHaveProperty('paging', paging);
  });

  test('accepts a route as the last transform and fills in its defaults', () => {
    const { transforms } = flowOf({
      transforms: [{ type: 'route', routes: [{ when: 'total > 9', to: ['sink_1'] }] }],
    });

    expect(transforms).toEqual([
      {
        id: 'route_1',
        name: 'route',
        type: 'route',
        mode: 'first',
        routes: [{ when: 'total > 9', to: ['sink_1'] }],
        otherwise: [],
      },
    ]);
  });

  test('accepts lookups in collections, APIs and files', () => {
    const http = { url: 'https://api.test/skus/{{key}}', headers: { authorization: 'Bearer {{secret:a}}' } };
    const origins = [{ collection: 'skus' }, { http }, { s3: { key: 'skus.csv', format: 'csv', keyField: 'id' } }];

    const { transforms } = flowOf({
      transforms: origins.map((from) => ({
        type: 'lookup',
        from: { ...from, collection: 'collection' in from ? 'skus' : null },
        key: 'sku',
        as: 'sku',
      })),
    });

    expect(transforms).toEqual(
      origins.map((from, i) => ({
        id: `lookup_${i + 1}`,
        name: 'lookup',
        type: 'lookup',
        from,
        key: 'sku',
        as: 'sku',
        onMiss: 'null',
      })),
    );
  });

  test('accepts the dialect of CSV, and omits what is not given', () => {
    const csv = { quote: null, header: ['id', 'name'], encoding: 'latin1' };
    const source = { id: 'source_1', name: 's3', type: 's3', prefix: 'in/', format: 'csv', csv };

    expect(sourceOf({ ...source, id: undefined, compression: null, csv: { ...csv, delimiter: null } })).toEqual(source);
  });

  test('accepts the columns of an s3 sink, and omits what is not given', () => {
    const sink = { id: 'sink_1', name: 's3', type: 's3', key: '{page}.parquet', format: 'parquet' };
    const id = { name: 'id', type: 'decimal(10,2)', required: true };

    expect(sinkOf({ ...sink, columns: [id, { name: 'at', type: 'timestamp', required: false }] })).toEqual({
      ...sink,
      columns: [id, { name: 'at', type: 'timestamp' }],
    });
    expect(sinkOf({ ...sink, columns: null })).toEqual(sink);
  });

  test('accepts a body of an http source, and omits none', () => {
    const body = { query: 'orders', after: ['{{paging}}', null] };

    expect(sourceOf({ ...http, body, paging: { type: 'cursor', path: 'next' } })).toHaveProperty('body', body);
    expect(sourceOf({ ...http, body: null })).not.toHaveProperty('body');
  });

  test.each<[object, object]>([
    [http, { ...http, headers: {}, method: 'POST', mode: 'batch', concurrency: 4 }],
    [
      { ...http, method: 'PUT', mode: 'single', concurrency: 16, headers: { 'content-type': 'application/x+json' } },
      { method: 'PUT', mode: 'single', concurrency: 16, headers: { 'content-type': 'application/x+json' } },
    ],
    [
      { type: 's3', key: 'out/bestellungen ü/{page}.ndjson' },
      { key: 'out/bestellungen ü/{page}.ndjson', format: 'ndjson' },
    ],
    [
      { type: 's3', key: '..a/{page}', format: 'csv' },
      { key: '..a/{page}', format: 'csv' },
    ],
    [
      { type: 'dynamodb', collection: 'orders' },
      { collection: 'orders', key: null },
    ],
    [{ type: 'dynamodb', collection: 'a_B-1', key: '$string(id)' }, { key: '$string(id)' }],
    [{ type: 'preview' }, {}],
  ])('accepts the sink %j', (given, taken) => {
    expect(sinkOf(given)).toMatchObject({ id: 'sink_1', ...taken });
  });

  test('accepts a timeout of 30 days', () => {
    expect(define(job(minimal, { timeout_ms: 2_592_000_000 })).timeoutMs).toBe(2_592_000_000);
  });

  test('fills in the retry defaults of flows', () => {
    expect(define(job(minimal, { retry: { attempts: 3 } })).retry).toEqual({ ...FLOW_RETRY, attempts: 3 });
    expect(define(job(minimal, { retry: { attempts: 3, delay_seconds: 900 } })).retry).toMatchObject({
      delaySeconds: 900,
      maxDelaySeconds: 900,
    });
  });

  test('accepts its own response: the view of a flow defines an equal flow', () => {
    const whole = define(
      job({
        pageSize: 1_000,
        parallelism: 64,
        onError: 'stop',
        sources: [
          { ...http, paging: { type: 'page', sizeParam: 'size' } },
          { ...http, paging: 'offset' },
          { ...http, paging: { type: 'cursor', path: 'next' } },
          { ...http, paging: 'link' },
          { type: 's3', prefix: 'in/' },
          { type: 'generate', count: 5, shape: { z: 1, a: 2 } },
          { type: 'sqs', queue: 'in' },
        ],
        transforms: [
          { type: 'filter', where: 'total > 0' },
          { type: 'flatMap', to: 'lines' },
        ],
        sinks: [http, { type: 's3', key: '{page}' }, { type: 'dynamodb', collection: 'c', key: 'id' }],
      }),
    );

    const shown = { ...toDefinitionView(aJob(whole)), id: 'orders' };

    expect(define(shown)).toEqual(whole);
    expect(JSON.stringify(define(shown).target)).toBe(JSON.stringify(whole.target));
  });
});

describe('an invalid flow request', () => {
  const source = (fields: object) => job({ ...minimal, sources: [fields] });
  const sink = (fields: object) => job({ ...minimal, sinks: [fields] });
  const paged = (paging: unknown) => source({ ...http, paging });
  const transform = (fields: object) => job({ ...minimal, transforms: [fields] });
  const lookedUp = (fields: object) =>
    transform({ type: 'lookup', from: { collection: 'skus' }, key: 'sku', as: 'sku', ...fields });
  const routed = (route: object, fields: object = {}) =>
    job({
      ...minimal,
      transforms: [{ type: 'route', routes: [route], otherwise: ['sink_2'], ...fields }],
      sinks: [{ type: 'preview' }, { type: 'preview' }],
    });
  const many = (count: number, item: object) => Array.from({ length: count }, () => item);
  const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

  test.each<[object, string]>([
    [job({}), 'flow.sources: must be a list; flow.sinks: must be a list'],
    [job({ ...minimal, sources: [] }), 'flow.sources: must have 1–10 entries, got 0'],
    [job({ ...minimal, sources: many(11, http) }), 'flow.sources: must have 1–10 entries, got 11'],
    [job({ ...minimal, sinks: [] }), 'flow.sinks: must have 1–10 entries, got 0'],
    [
      job({ ...minimal, transforms: many(21, { type: 'map', to: '$' }) }),
      'flow.transforms: must have at most 20 entries, got 21',
    ],
    [job({ ...minimal, pageSize: 1_001 }), 'flow.pageSize: must be 1–1000, got 1001'],
    [job({ ...minimal, parallelism: 0 }), 'flow.parallelism: must be 1–64, got 0'],
    [job({ ...minimal, onError: 'skip' }), 'flow.onError: must be continue or stop, got "skip"'],
    [job({ ...minimal, page_size: 5 }), "flow: unknown field 'page_size'; did you mean 'pageSize'?"],
    [
      job({ ...minimal, steps: [] }),
      "flow: unknown field 'steps'; known are pageSize, parallelism, onError, checkpoints, sources, transforms, sinks",
    ],
    [{ ...job(minimal), flow: null }, "flow: is required: the job's type is flow"],
    [{ ...job(minimal), flow: [] }, 'flow: must be a JSON object'],
    [job(minimal, { script: 'echo' }), "script: must be absent: the job's type is flow"],
    [job(minimal, { env: {} }), "env: must be absent: the job's type is flow"],
    [job(minimal, { http: { url: 'https://a.test/' } }), "http: must be absent: the job's type is flow"],
    [job(minimal, { type: 'http' }), "flow: must be absent: the job's type is http"],
    [job(minimal, { type: 'script', script: 'echo' }), "flow: must be absent: the job's type is script"],
    [job(minimal, { timeout_ms: 999 }), 'timeout_ms: must be 1000–2592000000, got 999'],
    [job(minimal, { timeout_ms: 2_592_000_001 }), 'timeout_ms: must be 1000–2592000000, got 2592000001'],
    [
      job(minimal, { retry: { attempts: 2, max_delay_seconds: 0 } }),
      'retry.max_delay_seconds: must be at least retry.delay_seconds (1), got 0',
    ],

    [source({}), 'flow.sources[0].type: is required (http or s3 or inline or generate or sqs)'],
    [source({ type: 'ftp' }), 'flow.sources[0].type: must be http or s3 or inline or generate or sqs, got "ftp"'],
    [job({ ...minimal, sources: [5] }), 'flow.sources[0]: must be a JSON object'],
    [
      source({ type: 'sqs', queue: 'q', url: 'x' }),
      "flow.sources[0]: unknown field 'url'; known are id, name, tap, type, queue",
    ],
    [source({ ...http, id: 'a b' }), 'flow.sources[0].id: must be 1–64 of A–Z a–z 0–9 _ -, got "a b"'],
    [
      source({ ...http, name: '\ta' }),
      'flow.sources[0].name: must not hold control or direction characters (U+0009), got "\\ta"',
    ],
    [source({ ...http, name: '' }), 'flow.sources[0].name: must be text of 1–200 characters, got ""'],
    [source({ type: 'http' }), 'flow.sources[0].url: is required (text of 1–2048 characters)'],
    [source({ ...http, records: 'a..b' }), 'flow.sources[0].records: must be 1–256 characters: names joined by dots,'],
    [source({ type: 's3' }), 'flow.sources[0].prefix: is required (text of at most 512 characters)'],
    [
      source({ type: 's3', prefix: 'a', format: 'xml' }),
      'flow.sources[0].format: must be ndjson or json or csv or parquet, got',
    ],
    [source({ type: 's3', prefix: '/a' }), "flow.sources[0].prefix: must not begin with /, got '/a'"],
    [
      source({ type: 's3', prefix: '../b' }),
      "flow.sources[0].prefix: must not contain the path segments . or .., got '../b'",
    ],
    [source({ type: 'inline', records: [] }), 'flow.sources[0].records: must have 1–10000 entries, got 0'],
    [
      source({ type: 'inline', records: [1, { a: JSON.parse('1e999') }] }),
      'flow.sources[0].records[1]: must not contain numbers beyond the range of a double',
    ],
    [
      source({ type: 'inline', records: [nested(33)] }),
      'flow.sources[0].records[0]: must be nested at most 32 levels deep',
    ],
    [source({ type: 'generate' }), 'flow.sources[0].count: is required (1–1000000000)'],
    [
      source({ type: 'generate', count: 1, rate: 0 }),
      'flow.sources[0].rate: must be over 0 and at most 1000000, got 0',
    ],
    [source({ type: 'generate', count: 1, shape: [] }), 'flow.sources[0].shape: must be an object of names and values'],
    [source({ type: 'generate', count: 1, seed: 1.5 }), 'flow.sources[0].seed: must be 0–4294967295, got 1.5'],
    [
      source({ type: 'sqs', queue: 'a'.repeat(41) }),
      `flow.sources[0].queue: must be 1–39 of A–Z a–z 0–9 _ -, got "${'a'.repeat(41)}"`,
    ],

    [
      paged('pages'),
      'flow.sources[0].paging.type: must be none or page or offset or cursor or nextUrl or link, got "pages"',
    ],
    [paged(5), 'flow.sources[0].paging: must be a JSON object'],
    [paged('cursor'), 'flow.sources[0].paging.path: is required (1–256 characters: names joined by dots'],
    [
      paged({ type: 'page', param: 'a b' }),
      'flow.sources[0].paging.param: must be 1–64 printable ASCII characters without spaces, got "a b"',
    ],
    [paged({ type: 'page', size: 0 }), 'flow.sources[0].paging.size: must be 1–10000, got 0'],
    [
      paged({ type: 'page', sizeParam: 'page' }),
      "flow.sources[0].paging.sizeParam: must be unique: flow.sources[0].paging.param is 'page' already",
    ],
    [
      paged({ type: 'offset', limitParam: 'offset' }),
      "flow.sources[0].paging.limitParam: must be unique: flow.sources[0].paging.param is 'offset' already",
    ],
    [paged({ type: 'link', param: 'x' }), "flow.sources[0].paging: unknown field 'param'; known are type"],

    [
      transform({ type: 'reduce' }),
      'flow.transforms[0].type: must be filter or map or flatMap or lookup or route, got "reduce"',
    ],
    [transform({ type: 'map', where: 'a' }), 'flow.transforms[0].to: is required (text of 1–8192 characters)'],
    [transform({ type: 'filter', where: 'total >' }), 'flow.transforms[0].where: must be JSONata: '],
    [transform({ type: 'flatMap', to: 'a ? ]' }), 'flow.transforms[0].to: must be JSONata: '],
    [sink({ type: 'dynamodb', collection: 'c', key: '(' }), 'flow.sinks[0].key: must be JSONata: '],

    [sink({}), 'flow.sinks[0].type: is required (http or s3 or dynamodb or preview)'],
    [sink({ ...http, method: 'GET' }), 'flow.sinks[0].method: must be POST or PUT or PATCH, got "GET"'],
    [sink({ ...http, mode: 'stream' }), 'flow.sinks[0].mode: must be batch or single, got "stream"'],
    [sink({ ...http, concurrency: 17 }), 'flow.sinks[0].concurrency: must be 1–16, got 17'],
    [sink({ type: 's3', key: 'out.ndjson' }), "flow.sinks[0].key: must hold {page} once, got 'out.ndjson'"],
    [sink({ type: 's3', key: '{page}/{page}' }), "flow.sinks[0].key: must hold {page} once, got '{page}/{page}'"],
    [sink({ type: 's3', key: '/{page}' }), "flow.sinks[0].key: must not begin with /, got '/{page}'"],
    [
      sink({ type: 's3', key: 'a/../{page}' }),
      "flow.sinks[0].key: must not contain the path segments . or .., got 'a/../{page}'",
    ],
    [
      sink({ type: 's3', key: '{page}/..' }),
      "flow.sinks[0].key: must not contain the path segments . or .., got '{page}/..'",
    ],
    [sink({ type: 's3', key: 'a\n{page}' }), 'flow.sinks[0].key: must be printable characters'],
    [sink({ type: 's3', key: `${'ü'.repeat(256)}{page}` }), 'flow.sinks[0].key: must have at most 512 bytes, got 518'],
    [
      sink({ type: 's3', key: '{page}', format: 'xml' }),
      'flow.sinks[0].format: must be ndjson or json or csv or parquet, got "xml"',
    ],
    [
      sink({ type: 'dynamodb', collection: 'a.b' }),
      'flow.sinks[0].collection: must be 1–64 of A–Z a–z 0–9 _ -, got "a.b"',
    ],
    [
      job({ ...minimal, sinks: many(2, { type: 's3', key: '{page}' }) }),
      "flow.sinks[1].key: must be unique: flow.sinks[0].key is '{page}' already",
    ],
    [
      job({ ...minimal, sinks: [{ type: 'preview', id: 'source_1' }] }),
      "flow.sinks[0].id: must be unique: flow.sources[0].id is 'source_1' already",
    ],

    [source({ ...http, url: 'ftp://a.test/' }), 'flow.sources[0].url: must be an http or https URL with a host, got'],
    [
      sink({ ...http, url: 'https://ana:x@a.test/' }),
      'flow.sinks[0].url: must not hold credentials; send them in flow.sinks[0].headers',
    ],
    [sink({ ...http, headers: { Host: 'x' } }), 'flow.sinks[0].headers.Host: is reserved for the platform'],
    [
      sink({ ...http, headers: { 'Idempotency-Key': 'x' } }),
      'flow.sinks[0].headers.Idempotency-Key: is reserved for the platform',
    ],
    [source({ ...http, headers: { A: 'x', a: 'y' } }), 'flow.sources[0].headers.a: is given twice'],
    [
      source({ ...http, headers: { A: 'hunter2 {{secret:a b}}' } }),
      'flow.sources[0].headers.A: must refer to a secret as {{secret:name}}, without spaces',
    ],
    [
      source({ ...http, url: 'https://a.test/{{secret:a}}' }),
      'flow.sources[0].url: must not refer to a secret; only values of flow.sources[0].headers may',
    ],
    [
      transform({ type: 'map', to: '{ "key": "{{secret:a}}" }' }),
      'flow.transforms[0]: must not refer to a secret; only values of headers may',
    ],
    [
      source({ type: 's3', prefix: 'in/', format: 'json', csv: {} }),
      'flow.sources[0].csv: must be absent: the format is json, not csv',
    ],
    [
      source({ type: 's3', prefix: 'in/', format: 'parquet', compression: 'gzip' }),
      'flow.sources[0].compression: must be absent: the format is parquet, which is compressed within',
    ],
    [
      source({ type: 's3', prefix: 'in/', format: 'parquet', csv: {} }),
      'flow.sources[0].csv: must be absent: the format is parquet, not csv',
    ],
    [source({ ...http, format: 'parquet' }), 'flow.sources[0].format: must be ndjson or json or csv, got "parquet"'],
    [
      source({ type: 's3', prefix: 'in/', records: 'data' }),
      'flow.sources[0].records: must be absent: the format is ndjson, not json',
    ],
    [
      source({ type: 's3', prefix: 'in/', format: 'csv', delimiter: ';', csv: { delimiter: '|' } }),
      'flow.sources[0].csv.delimiter: must be that of flow.sources[0].delimiter, or absent',
    ],
    [
      source({ type: 's3', prefix: 'in/', format: 'csv', csv: { delimiter: "'", quote: "'" } }),
      'flow.sources[0].csv.quote: must differ from the delimiter',
    ],
    [
      source({ type: 's3', prefix: 'in/', format: 'csv', csv: { header: ['a', 'a'] } }),
      "flow.sources[0].csv.header[1]: must be unique: flow.sources[0].csv.header[0] is 'a' already",
    ],
    [
      source({ type: 's3', prefix: 'in/', format: 'csv', csv: { header: 'yes' } }),
      'flow.sources[0].csv.header: must be true, false, or a list of 1–1000 names',
    ],
    [
      source({ type: 's3', prefix: 'in/', format: 'csv', csv: { encoding: 'ebcdic' } }),
      'flow.sources[0].csv.encoding: must be utf-8 or utf-16 or ',
    ],
    [
      source({ type: 's3', prefix: 'in/', compression: 'lz4' }),
      'flow.sources[0].compression: must be none or gzip or zstd, got "lz4"',
    ],
    [lookedUp({ from: {} }), 'flow.transforms[0].from: must have one of collection, http and s3'],
    [
      lookedUp({ from: { collection: 'skus', s3: { key: 'a', keyField: 'id' } } }),
      'flow.transforms[0].from: must have one of collection, http and s3',
    ],
    [lookedUp({ from: { collection: 'a b' } }), 'flow.transforms[0].from.collection: must be 1–64 of A–Z a–z 0–9 _ -'],
    [lookedUp({ key: 'sku >' }), 'flow.transforms[0].key: must be JSONata: '],
    [lookedUp({ onMiss: 'skip' }), 'flow.transforms[0].onMiss: must be null or error or drop, got "skip"'],
    [lookedUp({ as: '' }), 'flow.transforms[0].as: must be text of 1–256 characters'],
    [
      lookedUp({ from: { http: { url: 'https://api.test/skus' } } }),
      "flow.transforms[0].from.http.url: must hold {{key}}, got 'https://api.test/skus'",
    ],
    [
      lookedUp({ from: { http: { url: 'https://{{key}}.test/skus' } } }),
      'flow.transforms[0].from.http.url: must hold {{key}} in its path or query, not in its host',
    ],
    [
      lookedUp({ from: { http: { url: 'https://api.test/{{key}}?t={{secret:a}}' } } }),
      'flow.transforms[0]: must not refer to a secret; only values of headers may',
    ],
    [
      lookedUp({ from: { http: { url: 'https://api.test/{{key}}', headers: { Host: 'x' } } } }),
      'flow.transforms[0].from.http.headers.Host: is reserved for the platform',
    ],
    [
      lookedUp({ from: { s3: { key: '../a', keyField: 'id' } } }),
      'flow.transforms[0].from.s3.key: must not contain the path segments . or ..',
    ],
    [
      sink({ type: 's3', key: 'a/{page}', csv: {} }),
      'flow.sinks[0].csv: must be absent: the format is ndjson, not csv',
    ],
    [
      sink({ type: 'http', url: 'https://a.test/', responseMap: 'record' }),
      'flow.sinks[0].responseMap: must be absent: the mode is batch, in which many records have one response',
    ],
    [
      sink({ type: 'http', url: 'https://a.test/', mode: 'single', responseMap: 'record' }),
      'flow.sinks[0].responseMap: must be absent: no sink follows',
    ],
    [
      sink({ type: 'http', url: 'https://a.test/', mode: 'single', responseMap: 7 }),
      'flow.sinks[0].responseMap: must be text',
    ],
    [
      sink({ type: 's3', key: '{page}', format: 'csv', columns: [{ name: 'a', type: 'string' }] }),
      'flow.sinks[0].columns: must be absent: the format is csv, not parquet',
    ],
    [
      sink({ type: 's3', key: '{page}', format: 'parquet', columns: [{ name: 'a' }] }),
      'flow.sinks[0].columns[0].type: is required (text of 1–32 characters)',
    ],
    ...['text', 'decimal(39,2)', 'decimal(4,5)', 'decimal(0,0)'].map((type): [object, string] => [
      sink({ type: 's3', key: '{page}', format: 'parquet', columns: [{ name: 'a', type }] }),
      `flow.sinks[0].columns[0].type: must be ${COLUMN_TYPE_RULE}, got '${type}'`,
    ]),
    [
      sink({
        type: 's3',
        key: '{page}',
        format: 'parquet',
        columns: [
          { name: 'a', type: 'date' },
          { name: 'a', type: 'json' },
        ],
      }),
      "flow.sinks[0].columns[1].name: must be unique: flow.sinks[0].columns[0].name is 'a' already",
    ],
    [
      sink({ type: 's3', key: '{{day}}/{page}' }),
      "flow.sinks[0].key: must have no placeholders but {page}, {{date}}, {{hour}}, got '{{day}}'",
    ],
    [
      sink({ type: 's3', key: '{page}', format: 'csv', csv: { encoding: 'big5' } }),
      'flow.sinks[0].csv.encoding: must be utf-8 or utf-16 or utf-16le or latin1, got "big5"',
    ],
    [
      source({ ...http, format: 'csv', records: 'items' }),
      'flow.sources[0].records: must be absent: the format is csv, not json',
    ],
    [
      source({ ...http, format: 'ndjson', paging: { type: 'cursor', path: 'next' } }),
      'flow.sources[0].paging.type: must be none, page, offset or link: the format is ndjson, not json',
    ],
    [source({ ...http, csv: {} }), 'flow.sources[0].csv: must be absent: the format is json, not csv'],
    [
      source({ ...http, endStatuses: [404, 429] }),
      'flow.sources[0].endStatuses[1]: must not be 408 or 429, after which a request is repeated, got 429',
    ],
    [
      source({ ...http, endWhen: 'last', format: 'csv' }),
      'flow.sources[0].endWhen: must be absent: the format is csv, not json',
    ],
    [
      source({ ...http, endWhen: 'last' }),
      'flow.sources[0].endWhen: must be absent: the paging is none, so there is one page',
    ],
    [source({ ...http, endWhen: '', paging: 'page' }), 'flow.sources[0].endWhen: must be text of'],
    [
      sink({ type: 'http', url: 'https://a.test/', mode: 'single', format: 'ndjson' }),
      'flow.sinks[0].format: must be json: the mode is single, in which a request has one record',
    ],
    [source({ ...http, requestsPerSecond: 0 }), 'flow.sources[0].requestsPerSecond: must be 1–1000, got 0'],
    [
      lookedUp({ from: { http: { url: 'https://a.test/{{key}}', requestsPerSecond: 1.5 } } }),
      'flow.transforms[0].from.http.requestsPerSecond: must be',
    ],
    [source({ ...http, endStatuses: [500] }), 'flow.sources[0].endStatuses[0]: must be 400–499, got 500'],
    [routed({ to: ['sink_1'] }), 'flow.transforms[0].routes[0].when: is required'],
    [routed({ when: 'true', to: [] }), 'flow.transforms[0].routes[0].to: must have 1–10 entries, got 0'],
    [
      routed({ when: 'true', to: ['sink_3'] }),
      "flow.transforms[0].routes[0].to[0]: must be the id of a sink (sink_1, sink_2), got 'sink_3'",
    ],
    [
      routed({ when: 'true', to: ['sink_1', 'sink_1'] }),
      "flow.transforms[0].routes[0].to[1]: must be unique: flow.transforms[0].routes[0].to[0] is 'sink_1' already",
    ],
    [
      routed({ when: 'true', to: ['sink_1'] }, { otherwise: [] }),
      "flow.sinks[1]: must be named by flow.transforms[0], else 'sink_2' gets no record",
    ],
    [routed({ when: 'total >', to: ['sink_1'] }), 'flow.transforms[0].routes[0].when: must be JSONata: '],
    [
      routed({ when: 'true', to: ['sink_1'] }, { mode: 'any' }),
      'flow.transforms[0].mode: must be first or all, got "any"',
    ],
    [
      job({
        ...minimal,
        transforms: [
          { type: 'route', routes: [{ when: 'true', to: ['sink_1'] }] },
          { type: 'map', to: '$' },
        ],
      }),
      'flow.transforms[0]: must be the last transform, because it is a route',
    ],
    [
      source({ type: 'inline', records: [{ key: '{{secret:a}}' }] }),
      'flow.sources[0]: must not refer to a secret; only values of headers may',
    ],
    [
      job({ ...minimal, sinks: many(3, { ...http, headers: { A: '{{secret:a}}'.repeat(7) } }) }),
      "flow.sinks[2].headers.A: must not raise the job's secret references above 20",
    ],
    [
      source({ type: 'inline', records: many(10_000, { a: 1 }) }),
      'body: must define a job in at most 32768 bytes, got 8',
    ],
  ])('rejects case %#: %j', (body, message) => {
    let said = '';
    try {
      define(body);
    } catch (error) {
      said = (error as Error).message;
    }
    expect(said.slice(0, message.length)).toBe(message);
  });

  test('reports the position of an error in a JSONata expression', () => {
    expect(() => define(transform({ type: 'filter', where: 'total >> 0' }))).toThrow(
      /^flow\.transforms\[0\]\.where: must be JSONata: .*">".*, at position 8$/,
    );
    expect(() => define(source({ ...http, endWhen: 'total >> 0', paging: 'page' }))).toThrow(
      /^flow\.sources\[0\]\.endWhen: must be JSONata: .*">".*, at position 8$/,
    );
  });
});

describe('flowJobRequest', () => {
  const said = (body: object) => () => validate(flowJobRequest(), body, 'body');

  test('accepts flow jobs with and without a type', () => {
    const { type: _, ...untyped } = job(minimal);

    for (const body of [untyped, { ...untyped, type: null }, job(minimal)]) {
      expect(said(body)()).toMatchObject({ type: 'flow', flow: { pageSize: 100 } });
    }
  });

  test('rejects other job types and ignores read-only fields', () => {
    expect(said({ id: 'a', name: 'a', type: 'script', script: 'echo' })).toThrow('type: must be flow, got "script"');
    expect(toDefinition(said({ ...job(minimal), _id: 'x' })())).toEqual(toDefinition(said(job(minimal))()));
  });
});

describe('applyChange', () => {
  const orders = (flow: object = minimal) => aJob(define(job(flow)));
  const changed = (before: Job, change: object) => applyChange(before, { ...change }, jobRequest(), NOW);

  test('changes nothing when given the view of the job', async () => {
    const before = orders({ ...minimal, transforms: [{ type: 'map', to: '$' }] });

    expect({ ...before, ...(await changed(before, toDefinitionView(before))) }).toEqual(before);
  });

  test('accepts the timeout in seconds', async () => {
    const before = { ...orders(), timeoutMs: 5_000 };

    expect((await changed(before, { timeout_seconds: 60 })).timeoutMs).toBe(60_000);
    expect((await changed(before, { timeout_seconds: null })).timeoutMs).toBeNull();
    await expect(changed(before, { timeout_seconds: 60, timeout_ms: 5_000 })).rejects.toThrow(
      /timeout_ms \(5000\), got 60/,
    );
  });

  test('replaces the flow as a whole', async () => {
    const flow = { ...minimal, parallelism: 4 };

    expect((await changed(orders({ ...minimal, pageSize: 5 }), { flow })).target).toMatchObject({
      flow: { pageSize: 100, parallelism: 4 },
    });
  });

  test('converts between script and flow, and resets timeout and retry policy', async () => {
    const script = aJob({ timeoutMs: 60_000, target: { type: 'script', script: 'echo', args: ['x'], env: {} } });
    const flow = await changed(script, { type: 'flow', flow: minimal });
    const back = await changed(aJob(flow), { type: 'script', script: 'echo' });

    expect(flow).toMatchObject({ target: { type: 'flow' }, timeoutMs: null, retry: FLOW_RETRY });
    expect(back).toMatchObject({ target: { type: 'script', args: [] }, timeoutMs: 300_000, retry: { attempts: 1 } });
    expect(await changed(aJob(flow), { type: 'script', script: 'echo', timeout_ms: 5_000 })).toMatchObject({
      timeoutMs: 5_000,
    });
  });

  test('keeps the timeout between script and http', async () => {
    const script = aJob({ timeoutMs: 60_000, target: { type: 'script', script: 'echo', args: [], env: {} } });

    expect(await changed(script, { type: 'http', http: { url: 'https://a.test/' } })).toMatchObject({
      timeoutMs: 60_000,
    });
  });

  test('rejects a flow with fields of other types, without its flow, or with another id', async () => {
    await expect(changed(orders(), { script: 'echo' })).rejects.toThrow(
      "script: must be absent: the job's type is flow",
    );
    await expect(changed(orders(), { flow: null })).rejects.toThrow("flow: is required: the job's type is flow");
    await expect(changed(orders(), { id: 'other' })).rejects.toThrow('id: cannot be changed');
  });
});
