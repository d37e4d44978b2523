import { describe, expect, test } from 'vitest';
import {
  type OpenApiOperation,
  type OpenApiParameter,
  type OpenApiResponse,
  openApiDocument,
  pathParameterNames,
  type Reference,
} from '../../../../../functions/api/openapi/document.ts';
import type { JsonSchema } from '../../../../../functions/api/openapi/json-schema.ts';
import { surfaces } from '../../../../../functions/api/surfaces.ts';
import { createValidator } from '../../../../helpers/oracles/json-schema.ts';

const document = openApiDocument(surfaces, '1.2.3');
const validator = createValidator(document, { closed: true });
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, operation })),
);
const each = operations.map((one) => [one.name, one] as const);

/** Returns the value itself, or the component that it refers to. */
const at = <Value extends object>(value: Value | Reference): Value =>
  '$ref' in value ? (validator.resolve(value.$ref) as Value) : (value as Value);

const parametersOf = ({ parameters }: OpenApiOperation): OpenApiParameter[] => parameters.map(at<OpenApiParameter>);
const responsesOf = ({ responses }: OpenApiOperation) =>
  Object.entries(responses).map(([status, response]) => [status, at<OpenApiResponse>(response)] as const);

/** Returns all objects within a value that have this key. */
function having(key: string, value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap((one) => having(key, one));
  return Object.hasOwn(value, key) ? [value as Record<string, unknown>, ...inner] : inner;
}

describe('the OpenAPI document', () => {
  test('has the OpenAPI version 3.1 and the given product version', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
    expect(document.info).toMatchObject({ title: 'Jobdeck', version: '1.2.3', license: { identifier: 'Apache-2.0' } });
  });

  test('contains exactly the routes of all surfaces', () => {
    const routes = surfaces.flatMap(({ routes }) => routes.map(({ method, path }) => `${method} ${path}`));
    expect(operations.map(({ name }) => name).sort()).toEqual(routes.sort());
  });

  test('gives each operation a unique id that is a valid identifier', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
  });

  test('declares boolean query parameters as booleans', () => {
    const schemaOf = (path: string, name: string) =>
      parametersOf(document.paths[path]?.get as OpenApiOperation).find((one) => one.name === name)?.schema;

    expect(schemaOf('/api/v1/jobs', 'running')).toEqual({ type: 'boolean' });
    expect(schemaOf('/api/v1/jobs/{job_id}/checkpoints', 'completed')).toEqual({ type: 'boolean' });
    const texts = operations.flatMap(({ operation }) => parametersOf(operation).map(({ schema }) => schema.enum));
    expect(texts).not.toContainEqual(['true', 'false']);
  });

  test('tags each operation with a declared surface', () => {
    const tags = (document as unknown as { tags: { name: string }[] }).tags.map(({ name }) => name);
    expect(tags).toEqual(surfaces.map(({ name }) => name));
    for (const { operation } of operations) expect(tags).toContain(operation.tags[0]);
  });

  test('has no dangling reference and no unused component', () => {
    const references = having('$ref', document).map(({ $ref }) => String($ref));
    for (const reference of references) expect(validator.resolve(reference)).toBeTypeOf('object');
    const { schemas, responses, parameters } = document.components;
    const there = Object.entries({ schemas, responses, parameters }).flatMap(([kind, named]) =>
      Object.keys(named).map((name) => `#/components/${kind}/${name}`),
    );
    expect([...new Set(references)].sort()).toEqual(there.sort());
    for (const reference of there) expect(reference.split('/').at(-1)).toMatch(/^[A-Za-z0-9._-]+$/);
  });

  test('has no schema keyword of another dialect', () => {
    for (const keyword of ['nullable', '$schema', '$defs', 'definitions', 'x-default', 'id']) {
      const found = having(keyword, document.components.schemas).filter(
        (schema) => typeof schema[keyword] !== 'object',
      );
      expect(found, keyword).toEqual([]);
    }
  });

  test('requires a token for all operations except health and requests to hooks', () => {
    const open = operations.filter(({ operation }) => having('security', operation).length > 0);
    expect(open.map(({ name }) => name)).toEqual(['GET /health', 'GET /status', 'POST /hooks/{hook}']);
    expect(document).toMatchObject({
      security: [{ bearer: [] }],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    });
  });
});

describe.each(each)('%s', (_, { path, operation }) => {
  test('declares each parameter once, and path parameters as required', () => {
    const parameters = parametersOf(operation);
    const names = parameters.map(({ in: place, name }) => `${place} ${name.toLowerCase()}`);
    expect(new Set(names).size).toBe(names.length);
    const inPath = parameters.filter(({ in: place }) => place === 'path');
    expect(inPath.map(({ name }) => name)).toEqual(pathParameterNames(path));
    expect(inPath.every(({ required }) => required)).toBe(true);
    // OpenAPI ignores parameters of these names.
    for (const name of ['accept', 'content-type', 'authorization']) expect(names).not.toContain(`header ${name}`);
  });

  test('has a summary and describes its responses', () => {
    expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
    const responses = responsesOf(operation);
    expect(responses.filter(([status]) => status.startsWith('2')).length).toBeGreaterThan(0);
    for (const [status, { description, content = {} }] of responses) {
      expect(status).toMatch(/^[2345]\d\d$/);
      expect(description).toMatch(/^[A-Z].*\.$/);
      expect(Object.keys(content).length === 0).toBe(status === '204' || status === '304');
    }
  });

  test('has examples and defaults that match their schemas', () => {
    const contents = [operation.requestBody, ...responsesOf(operation).map(([, response]) => response)]
      .flatMap((one) => Object.values(one?.content ?? {}))
      .filter(({ example }) => example !== undefined);
    for (const { schema, example } of contents) expect(validator.errors(example, schema)).toEqual([]);
    for (const parameter of parametersOf(operation) as (OpenApiParameter & { readonly example?: unknown })[]) {
      if (parameter.example !== undefined) expect(validator.errors(parameter.example, parameter.schema)).toEqual([]);
    }
    for (const schema of having('default', operation) as JsonSchema[]) {
      if ('type' in schema || 'anyOf' in schema) expect(validator.errors(schema.default, schema)).toEqual([]);
    }
  });
});

test('throws for a path parameter without documentation', () => {
  const [surface] = surfaces;
  const [route] = surface?.routes ?? [];
  if (!surface || !route) throw new Error('there is no route');
  const changed = { ...surface, routes: [{ ...route, path: '/health/{id}' }] };
  expect(() => openApiDocument([changed], '1')).toThrow('runner: {id} of /health/{id} is not documented');
});
