import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type {
  OpenApiDocument,
  OpenApiOperation,
  OpenApiParameter,
  Reference,
} from '../../../functions/api/openapi/document.ts';
import type { JsonSchema } from '../../../functions/api/openapi/json-schema.ts';
import { nearlyValidValues, type PropertyOverrides, validValues } from '../../helpers/arbitraries/json-schema.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { type Conformance, fetchConformance } from '../../helpers/oracles/openapi-conformance.ts';
import { startTestSystem, type TestSystem } from '../../helpers/system/test-system.ts';
import { waitUntil } from '../../helpers/wait.ts';

/**
 * Sends requests that the OpenAPI document allows or almost allows. No response may be an internal error, each one must
 * be as documented, and the system must still work at the end.
 *
 * `JOBDECK_FUZZ_RUNS`: the number of requests; `JOBDECK_FUZZ_SEED`: the seed.
 */
const RUNS = Number(process.env.JOBDECK_FUZZ_RUNS ?? 200);
const SEED = process.env.JOBDECK_FUZZ_SEED;

/** Part of the tenant `other`, to which the fuzzed tenant has no access. */
const MARK = 'do-not-leak-4711';

let system: TestSystem;
let api: ApiClient;
let operator: ApiClient;
let conformance: Conformance;
/** Current and former ids of the tenant. */
const seen = new Set<string>();
let othersIds: readonly string[] = [];
/** Maximum ids per kind. */
const MAX_KNOWN_IDS = 12;

const flow = {
  id: 'stream',
  name: 'Stream',
  flow: {
    sources: [{ id: 'numbers', type: 'generate', count: 20 }],
    transforms: [{ id: 'odd', type: 'filter', where: 'id % 2 = 1', tap: true }],
    sinks: [{ id: 'shown', type: 'preview' }],
  },
};

beforeAll(async () => {
  system = await startTestSystem();
  [api, operator] = [await system.as('fuzzed'), await system.as('fuzzed', ['super_admin'])];
  conformance = (await fetchConformance(system.url)) ?? neverHappens();
  await raiseLimits();
  othersIds = await seedOther();
  await seed();
});
afterAll(() => system.stop());

const neverHappens = (): never => {
  throw new Error('there is no document');
};

/** Rate limits are not the subject of this test. */
async function raiseLimits(): Promise<void> {
  const limits = { requestsPerSecond: 10_000, requestBurst: 100_000, concurrentRuns: 20 };
  const answer = await operator.put('/api/v1/admin/limits', limits, { 'x-tenantid': 'fuzzed' });
  expect(answer).toMatchObject({ status: 200 });
}

async function seedOther(): Promise<string[]> {
  const other = await system.as('other');
  await other.post('/jobs', { id: 'payroll', name: MARK, script: 'echo', args: [MARK] });
  const { body } = await other.post<{ result: { run_id: string } }>('/jobs/payroll/run');
  const { body: key } = await other.post<{ id: string }>('/v1/api-keys', { name: MARK, roles: ['MEMBER'] });
  await other.put(`/v1/secrets/${MARK}`, { value: MARK });
  return ['payroll', body.result.run_id, key.id];
}

/** Creates resources for requests to find, and recreates deleted ones. */
async function seed(): Promise<void> {
  await api.post('/jobs', { id: 'probe', name: 'Probe', script: 'echo', args: ['hello'] });
  await api.patch('/jobs/probe', { script: 'echo', type: 'script', enabled: true, schedule: null });
  const run = await api.post<{ result?: { run_id: string } }>('/jobs/probe/run');
  await api.post('/v1/flows', flow);
  const started = await api.post<{ _id?: string }>('/v1/flows/stream/run');
  const { _id: id } = started.body;
  if (id)
    await waitUntil(async () => !['queued', 'running'].includes(String((await api.get(`/v1/jobs/${id}`)).body.status)));
  for (const found of ['probe', 'stream', run.body.result?.run_id, id]) if (found) seen.add(found);
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

const noHost = fc.constantFrom(
  'https://127.0.0.1:9/x',
  'http://nowhere.invalid/x',
  'https://[::1]/',
  'file:///etc/passwd',
  'x',
);
const secondsLong = fc.constantFrom(1_000, 1_500, 999, null);

/** Values that would occupy the machine or other hosts for longer than the test. */
const SMALL: PropertyOverrides = {
  count: fc.integer({ min: -1, max: 50 }),
  rate: fc.constantFrom(null, 0, 1_000),
  url: noHost,
  on_failure: fc.oneof(fc.constantFrom(null, 'none', 'slack:#ops'), noHost),
  on_success: fc.oneof(fc.constantFrom(null, 'none', 'slack:#ops'), noHost),
  script: fc.constantFrom('echo', 'fail', 'nothing', '../echo.ts', null),
  schedule: fc.constantFrom(null, '0 6 * * *', '@daily', 'rate(1 day)', '99 * * * *', 'at(2100-01-01T00:00:00)'),
  timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'Mars/Base', null),
  timeout_ms: secondsLong,
  timeout_seconds: fc.constantFrom(1, 2, 0),
  parallelism: fc.constantFrom(1, 2, 65, null),
  retry: fc.constantFrom(null, { attempts: 1 }, { attempts: 0 }),
  where: fc.constantFrom('id > 3', '$', '(', '$sum('),
  to: fc.constantFrom('{ "a": id }', '$', '('),
};

function requests({ paths }: OpenApiDocument): fc.Arbitrary<Asked> {
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => requestsOf(method.toUpperCase(), path, operation)),
  );
  return fc.oneof(...all);
}

function requestsOf(method: string, path: string, operation: OpenApiOperation): fc.Arbitrary<Asked> {
  const { validator } = conformance;
  const at = (one: OpenApiParameter | Reference) =>
    ('$ref' in one ? validator.resolve(one.$ref) : one) as OpenApiParameter & { readonly example?: unknown };
  const parameters = operation.parameters.map(at);
  const inPath = parameters.filter((one) => one.in === 'path');
  const inQuery = parameters.filter((one) => one.in === 'query');
  const content = operation.requestBody?.content['application/json'];
  const known = fc.nat().map((i) => pick([...seen, ...othersIds], i));
  const strange = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('..', '%2e', 'a/b', '\0', 'é', '__proto__'));

  const segments = fc.tuple(
    ...inPath.map(({ schema, example }) =>
      fc.oneof(
        { weight: 8, arbitrary: fc.nat().map((i) => pick(idsLike(String(example)), i)) },
        { weight: 1, arbitrary: known },
        { weight: 1, arbitrary: validValues(schema, validator) },
        { weight: 1, arbitrary: strange },
        { weight: 1, arbitrary: fc.constant(example) },
      ),
    ),
  );
  const query = fc.record(
    Object.fromEntries(
      inQuery.map(({ name, schema }) => {
        // A request that waits delays its response.
        const values = name === 'wait' ? fc.constantFrom(0, 'x', 26) : nearlyValidValues(schema, validator, SMALL);
        return [name, fc.oneof({ weight: 3, arbitrary: values }, { weight: 1, arbitrary: known })];
      }),
    ),
    { requiredKeys: [] },
  );
  const body = content ? bodiesOf(content) : fc.constantFrom(undefined, undefined, undefined, {}, [], { x: 1 });
  const headers = fc.record(
    {
      'idempotency-key': fc.oneof(fc.constantFrom('a', 'b'), fc.string({ minLength: 1, maxLength: 300 })),
      'x-tenantid': fc.constantFrom('fuzzed', 'fuzzed', 'other', '', 'a b'),
      'content-type': fc.constantFrom('application/json', 'text/plain', 'application/json; charset=utf-16', 'x'),
    },
    { requiredKeys: [] },
  );
  const some = <Value>(values: fc.Arbitrary<Value>, none: Value, yes: number, no: number) =>
    fc.oneof({ weight: yes, arbitrary: values }, { weight: no, arbitrary: fc.constant(none) });
  return fc.record({ segments, query: some(query, {}, 2, 1), body, headers: some(headers, {}, 1, 4) }).map((given) => ({
    method,
    path:
      filled(path, fitting(inPath.map(({ name }, i) => [name, String(given.segments[i])]))) + queryText(given.query),
    body: method === 'GET' ? undefined : given.body,
    headers: {
      ...(operation.tags.includes('admin') && { 'x-tenantid': 'fuzzed' }),
      ...sendable(given.headers),
      prefer: 'respond-async',
    },
  }));
}

/** Generates slightly changed examples of the document, or any body. */
function bodiesOf({ schema, example }: { readonly schema: JsonSchema; readonly example?: unknown }) {
  const any = nearlyValidValues(schema, conformance.validator, SMALL);
  if (typeof example !== 'object' || example === null) return any;
  const id = 'id' in example && fc.constantFrom('made-1', 'made-2', 'made-3', 'probe').map((id) => ({ id }));
  const others = validValues(schema, conformance.validator, SMALL);
  const changed = fc
    .tuple(id || fc.constant({}), others, fc.nat(), fc.nat({ max: 2 }))
    .map(([named, other, first, count]) => {
      const fields = Object.entries(other as object).filter(([name]) => name !== 'id' && name !== 'type');
      return { ...example, ...Object.fromEntries(fields.slice(first % (fields.length + 1)).slice(0, count)), ...named };
    });
  return fc.oneof({ weight: 1, arbitrary: changed }, { weight: 1, arbitrary: any });
}

const pick = (ids: readonly string[], i: number): string => ids[i % ids.length] ?? 'probe';

/** Classifies an id: job, run, checkpoint or other. */
const kindOf = (id: string): string =>
  id.startsWith('chk_')
    ? 'checkpoint'
    : /^[^.]+\.[^.]+\.[^.]+/.test(id)
      ? 'run'
      : /^[0-9A-Z]{26}$/.test(id)
        ? 'ulid'
        : 'name';

const idsLike = (example: string): string[] => [...seen].filter((id) => kindOf(id) === kindOf(example));

const filled = (path: string, values: readonly (readonly [string, string])[]) =>
  values.reduce((text, [name, value]) => text.replace(`{${name}}`, () => encoded(value)), path);

/** Prefers pairs of a run or checkpoint with its own job. */
function fitting(values: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
  const last = values.at(-1)?.[1] ?? '';
  const owner = kindOf(last) === 'checkpoint' ? last.replace(/^chk_\d+_/, '') : last.split('.')[0];
  return values.map(([name, value], i) => [
    name,
    i < values.length - 1 && kindOf(last) !== 'name' ? (owner ?? value) : value,
  ]);
}

/** A URL cannot contain lone surrogates. */
const encoded = (text: string) => encodeURIComponent(text.toWellFormed());

function queryText(query: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(query).map(([name, value]) => {
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
    return `${encoded(name)}=${encoded(text)}`;
  });
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}

/** Drops headers that no client can send. */
const sendable = (headers: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value !== undefined && /^[\x20-\x7e]*$/.test(value) ? [[name, value]] : [],
    ),
  );

/** Collects ids from a response for later requests: the newest of each kind, because older ones may be deleted. */
function learn(body: unknown): void {
  const text = JSON.stringify(body) ?? '';
  for (const [, id = ''] of text.matchAll(/"(?:id|_id|run_id|new_job_id|checkpoint_id)":"([A-Za-z0-9_.-]+)"/g)) {
    if (kindOf(id) === 'name' && !id.startsWith('made-')) continue;
    seen.delete(id);
    seen.add(id);
    const [oldest, ...others] = idsLike(id);
    if (oldest !== undefined && others.length >= MAX_KNOWN_IDS) seen.delete(oldest);
  }
}

test(`returns documented responses to ${RUNS} requests of all kinds, and causes no harm`, {
  timeout: 60_000 + RUNS * 200,
}, async () => {
  const statuses = new Map<number, number>();
  const ask = async ({ method, path, body, headers }: Asked): Promise<void> => {
    // Changes of other tenants' limits are not the subject of this test.
    if (path.startsWith('/api/v1/admin/limits') && method !== 'GET') return;
    const client = path.startsWith('/api/v1/admin') ? operator : api;
    // The client rejects an undocumented response.
    const answer = await client.request<unknown>(method, path, body, headers);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    if (answer.status >= 500) {
      const logged = system.logs.findLast(({ text }) => text.includes('request.failed'));
      throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}; ${logged?.text}`);
    }
    if (JSON.stringify(answer.body ?? '').includes(MARK)) throw new Error('another tenant’s things are told');
    if (answer.status < 300) learn(answer.body);
    if (method === 'DELETE' && answer.status < 300) await seed();
  };

  await fc.assert(fc.asyncProperty(requests(conformance.document), ask), {
    numRuns: RUNS,
    endOnFailure: true,
    ...(SEED !== undefined && { seed: Number(SEED) }),
  });

  // Most requests must pass authentication and validation.
  const answered = (least: number, most: number) =>
    [...statuses].reduce((sum, [status, count]) => sum + (status >= least && status < most ? count : 0), 0);
  if (RUNS >= 100) expect(answered(200, 300)).toBeGreaterThan(RUNS / 10);
  expect(await api.get('/health')).toMatchObject({ status: 200, body: { ok: true } });
  await api.delete('/jobs/after');
  expect(await api.post('/jobs', { id: 'after', name: 'After', script: 'echo', args: ['still here'] })).toMatchObject({
    status: 201,
  });
  const { body } = await api.post<{ result: object }>('/jobs/after/run');
  expect(body.result).toMatchObject({ status: 'ok', stdout: 'still here' });
});

test('logs one JSON object per line', () => {
  const lines = system.logs.filter(({ functionName }) => functionName.includes('api-')).map(({ text }) => text);
  expect(lines.length).toBeGreaterThan(RUNS / 2);
  for (const line of lines) {
    expect(JSON.parse(line)).toBeTypeOf('object');
    // A terminal would interpret control characters.
    expect(line).not.toMatch(/\p{Cc}/u);
  }
});
