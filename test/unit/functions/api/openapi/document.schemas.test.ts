import { Validator } from '@seriousme/openapi-schema-validator';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { flowJobRequest, jobRequest } from '../../../../../functions/api/definition/job-request.ts';
import { type OpenApiOperation, openApiDocument } from '../../../../../functions/api/openapi/document.ts';
import type { JsonSchema } from '../../../../../functions/api/openapi/json-schema.ts';
import { surfaces } from '../../../../../functions/api/surfaces.ts';
import { nearlyValidValues, validValues } from '../../../../helpers/arbitraries/json-schema.ts';
import { iterations } from '../../../../helpers/iterations.ts';
import { createValidator } from '../../../../helpers/oracles/json-schema.ts';

const document = openApiDocument(surfaces, '1.2.3');
const open = createValidator(document, { closed: false });
const closed = createValidator(document, { closed: true });
const COMPONENT = '#/components/schemas/';
const component = (name: string): JsonSchema => ({ $ref: `${COMPONENT}${name}` });

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, method, operation })),
);

/** Returns all objects within a value, including the value. */
function objectsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value as Record<string, unknown>, ...Object.values(value).flatMap(objectsIn)];
}

/** Returns the names of the component schemas that a value refers to, directly or indirectly. */
function referredTo(value: unknown, found = new Set<string>()): Set<string> {
  for (const { $ref } of objectsIn(value)) {
    const name = typeof $ref === 'string' && $ref.startsWith(COMPONENT) ? $ref.slice(COMPONENT.length) : undefined;
    if (name === undefined || found.has(name)) continue;
    found.add(name);
    referredTo(document.components.schemas[name], found);
  }
  return found;
}

const requestBodies = operations.map(({ operation }) => operation.requestBody);
const ofRequests = referredTo(requestBodies);
const ofAnswers = referredTo([
  operations.map(({ operation: { responses } }) => responses),
  document.components.responses,
]);

describe('the OpenAPI document', () => {
  it('conforms to the schema of OpenAPI 3.1', async () => {
    expect(await new Validator().validate({ ...document })).toEqual({ valid: true });
  });

  it('separates the schemas of requests and responses', () => {
    expect([...ofRequests].filter((name) => ofAnswers.has(name))).toEqual([]);
    expect([...ofRequests]).toEqual(expect.arrayContaining(['JobInput', 'FlowInput', 'HttpSourceInput']));
    expect([...ofAnswers]).toEqual(expect.arrayContaining(['RunnerJob', 'Flow', 'HttpSource']));
  });

  it('has no default in request bodies, because generators would make the field required', () => {
    const schemas = [requestBodies, ...[...ofRequests].map((name) => document.components.schemas[name])];
    expect(objectsIn(schemas).filter((schema) => 'default' in schema)).toEqual([]);
    expect(document.components.schemas.FlowInput).toMatchObject({
      required: ['sources', 'sinks'],
      properties: { pageSize: { description: 'Default: 100.' } },
    });
  });

  it('requires every field of a flow in responses', () => {
    const { required } = document.components.schemas.Flow as { required: string[] };
    expect(required.sort()).toEqual(Object.keys(document.components.schemas.Flow?.properties as object).sort());
  });

  it.each(operations.filter(({ method }) => ['post', 'put', 'patch'].includes(method)))(
    'declares the body of $name',
    ({ operation }: { operation: OpenApiOperation }) => {
      const { required, content } = operation.requestBody ?? {};
      const schema = content?.['application/json']?.schema as JsonSchema;
      // An optional body may also be an empty object.
      if (!required) expect(open.errors({}, schema)).toEqual([]);
      expect(required).toBe(open.errors({}, schema).length > 0);
    },
  );

  it('lists the alternatives of each discriminator with their values', () => {
    const discriminated = objectsIn(document.components.schemas).filter(({ discriminator }) => discriminator);
    expect(discriminated.length).toBeGreaterThanOrEqual(8);
    for (const { discriminator, oneOf } of discriminated) {
      const { propertyName, mapping } = discriminator as { propertyName: string; mapping: Record<string, string> };
      expect(Object.values(mapping)).toEqual((oneOf as JsonSchema[]).map(({ $ref }) => $ref));
      for (const [value, reference] of Object.entries(mapping)) {
        const schema = open.resolve(reference) as { required: string[]; properties: Record<string, JsonSchema> };
        expect(schema.required).toContain(propertyName);
        expect(schema.properties[propertyName]).toMatchObject({ const: value });
      }
    }
  });
});

describe('patterns of the OpenAPI document', () => {
  const patterns = [
    ...new Set(objectsIn(document).flatMap(({ pattern }) => (typeof pattern === 'string' ? [pattern] : []))),
  ];

  it.each(patterns)('have no construct that other dialects read differently: %s', (pattern) => {
    // Unicode properties, named groups and references to them, assertions, and classes that depend on the dialect.
    expect(pattern).not.toMatch(/\\[pPkdDwWbBAZz]|\(\?(?!:)/);
    // Literals outside of the Basic Multilingual Plane are two characters for a pattern without the flag `u`.
    expect(pattern).not.toMatch(/[\ud800-\udfff]/);
  });

  it.each(patterns)('match the same text with and without the flag u: %s', (pattern) => {
    const [plain, unicode] = [new RegExp(pattern), new RegExp(pattern, 'u')];
    const text = fc.oneof(
      fc.stringMatching(plain),
      fc.string({ unit: 'binary' }),
      fc.tuple(fc.stringMatching(plain), fc.constantFrom('😀', '\u2028', '٣', 'é')).map((parts) => parts.join('')),
    );
    fc.assert(fc.property(text, (value) => plain.test(value) === unicode.test(value)));
  });
});

const flow = { sources: [{ type: 'inline', records: [1] }], sinks: [{ type: 'preview' }] };
const paged = (paging: string) => ({ type: 'http', url: 'https://api.test/', paging });
const named = { id: 'a', name: 'A' };

describe('the documented body of POST /jobs', () => {
  it.each<[string, object]>([
    ['a script', { ...named, script: 'echo' }],
    ['a script that names its type', { ...named, type: 'script', script: 'echo', http: null, flow: null }],
    ['a request', { ...named, http: { url: 'https://api.test/' }, script: null }],
    ['a flow', { ...named, flow, args: null, env: null }],
    ['a flow whose paging is a name', { ...named, flow: { ...flow, sources: [paged('link')] } }],
    ['a name of 200 characters beyond the Basic Multilingual Plane', { id: 'a', name: '😀'.repeat(200), script: 'x' }],
  ])('accepts %s, as the API does', (_, body) => {
    expect(open.errors(body, component('JobInput'))).toEqual([]);
    expect(jobRequest().safeParse(body).success).toBe(true);
  });

  it.each<[string, object]>([
    ['a flow with a script', { ...named, flow, script: 'echo' }],
    ['a flow with arguments', { ...named, flow, args: ['x'] }],
    ['a script job without a script', named],
    ['a script job whose script is null', { ...named, type: 'script', script: null }],
    ['a request without a URL', { ...named, type: 'http' }],
    ['a script with a request', { ...named, script: 'echo', http: { url: 'https://api.test/' } }],
    ['a type that the fields do not have', { ...named, type: 'flow', script: 'echo' }],
    ['a flow whose paging needs more than a name', { ...named, flow: { ...flow, sources: [paged('cursor')] } }],
    ['a tag that is given twice', { ...named, script: 'echo', tags: ['a', 'a'] }],
    ['a label with a space in its name', { ...named, script: 'echo', labels: { 'a b': '' } }],
    ['an empty path', { ...named, flow: { ...flow, sources: [{ ...paged('none'), records: '' }] } }],
  ])('rejects %s, as the API does', (_, body) => {
    expect(open.errors(body, component('JobInput'))).not.toEqual([]);
    expect(jobRequest().safeParse(body).success).toBe(false);
  });

  it.each<[string, z.ZodType]>([
    ['JobInput', jobRequest()],
    ['FlowJobInput', flowJobRequest()],
  ])('agrees with the API about %s', (name, shape) => {
    // `readBody` rejects this name before the schema applies.
    const isReadable = (body: unknown) => !JSON.stringify(body).includes('"__proto__":');
    fc.assert(
      fc.property(nearlyValidValues(component(name), open).filter(isReadable), (body) => {
        const errors = open.errors(body, component(name));
        const { success, error } = shape.safeParse(body);
        expect(success, `${JSON.stringify(body)}: ${error?.message ?? errors.join('; ')}`).toBe(errors.length === 0);
      }),
      { numRuns: iterations(100, 5_000) },
    );
  });

  it('describes flows in responses as they are after a request', () => {
    let accepted = 0;
    fc.assert(
      fc.property(validValues(component('FlowInput'), open), (given) => {
        const { success, data } = flowJobRequest().safeParse({ ...named, flow: given });
        if (!success) return;
        accepted += 1;
        expect(closed.errors(JSON.parse(JSON.stringify(data.flow)), component('Flow'))).toEqual([]);
      }),
    );
    expect(accepted).toBeGreaterThan(0);
  });
});
