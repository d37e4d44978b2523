import * as z from 'zod';
import { rolesFor } from '../../core/domain/access.ts';
import type { ErrorStatus, Problem } from '../http/problem.ts';
import type { ApiRoute, OperationDoc, ParameterDoc, ResponseDoc, Route } from '../http/route.ts';
import type { Surface } from '../http/surface.ts';
import { type JsonSchema, toJsonSchema, withoutNull } from './json-schema.ts';

/** The parts of an OpenAPI document that this module writes (https://spec.openapis.org/oas/v3.1.1). */
export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: object;
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, OpenApiResponse>>;
    readonly parameters: Readonly<Record<string, OpenApiParameter>>;
  };
}

/** Reference to a component. */
export interface Reference {
  readonly $ref: string;
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly (OpenApiParameter | Reference)[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, OpenApiResponse | Reference>>;
}

export interface OpenApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: JsonSchema;
}

export interface OpenApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Content;
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema; readonly example?: unknown }>>;

const JSON_TYPE = 'application/json';

/** Methods whose requests may have a body. OpenAPI leaves the meaning of a body undefined for GET, HEAD and DELETE. */
const METHODS_WITH_BODY: ReadonlySet<Route['method']> = new Set(['POST', 'PUT', 'PATCH']);

/** Body of operations without input. Many clients send an empty object with every POST. */
const EMPTY_BODY = {
  required: false,
  content: { [JSON_TYPE]: { schema: { type: 'object', additionalProperties: false } } },
} as const;

/** Body of a request to a hook: any JSON value, or a form. */
const ANY_BODY = {
  required: false,
  content: { [JSON_TYPE]: { schema: {} }, 'application/x-www-form-urlencoded': { schema: { type: 'object' } } },
} as const;

const headerObjects = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );

/** The error responses of all surfaces: an explanation and an example. */
const ERRORS: Readonly<Record<ErrorStatus, Pick<Problem, 'kind' | 'code' | 'message'> & { readonly when: string }>> = {
  400: {
    kind: 'invalid',
    code: 'input.invalid',
    message: 'schedule: minute must be 0–59, got 75',
    when: 'The input is invalid. The message names the field, the rule and the received value.',
  },
  401: {
    kind: 'unauthenticated',
    code: 'auth.missing_token',
    message: 'A bearer token is required',
    when: 'The token or API key is missing or invalid.',
  },
  403: {
    kind: 'forbidden',
    code: 'access.role',
    message: 'Needs one of the roles OWNER, ADMIN; the token has MEMBER',
    when: 'The caller’s roles do not allow the operation, or a header names another tenant than the token.',
  },
  404: {
    kind: 'not_found',
    code: 'job.not_found',
    message: 'Job not found',
    when: 'The resource does not exist or belongs to another tenant.',
  },
  405: {
    kind: 'method',
    code: 'method.not_allowed',
    message: 'PUT is not allowed for /jobs; allowed are GET, HEAD, OPTIONS, POST',
    when: 'The path does not support the method. `Allow` lists the supported methods.',
  },
  409: {
    kind: 'conflict',
    code: 'job.disabled',
    message: "Job 'hello' is disabled",
    when: 'The current state of the resource does not allow the operation.',
  },
  412: {
    kind: 'precondition',
    code: 'job.changed',
    message: 'if-match: must name the current version, "a1b2c3d4e5-4", got "a1b2c3d4e5-3"',
    when: 'The job is not at a version that `If-Match` names, or exists although `If-None-Match` is `*`.',
  },
  413: {
    kind: 'too_large',
    code: 'body.too_large',
    message: 'body: must have at most 256 KB, got 300000 bytes',
    when: 'The body is larger than 256 KB.',
  },
  415: {
    kind: 'unsupported_type',
    code: 'body.unsupported_type',
    message: 'content-type: must be application/json or application/x-www-form-urlencoded, got text/plain',
    when: 'The content type or the encoding of the body is not supported.',
  },
  422: {
    kind: 'unprocessable',
    code: 'run.not_a_flow',
    message: 'Only flow jobs can be canceled',
    when: 'The operation is not possible for this resource.',
  },
  429: {
    kind: 'limited',
    code: 'limit.requests',
    message: 'Too many requests; try it again later',
    when: 'A limit of the tenant, or of all tenants together, is reached.',
  },
  500: {
    kind: 'internal',
    code: 'internal',
    message: 'Internal error; it is logged as request 5f0c2f2e',
    when: 'An unexpected error. The message contains the id under which it is logged.',
  },
  503: {
    kind: 'unavailable',
    code: 'request.timeout',
    message: 'The request took too long; try it again',
    when: 'A dependency is temporarily unavailable, or the request ran out of time.',
  },
};

const RETRY_AFTER = { 'Retry-After': 'Seconds to wait before the next attempt.' };
const ERROR_HEADERS: Readonly<Partial<Record<ErrorStatus, Readonly<Record<string, string>>>>> = {
  401: { 'WWW-Authenticate': 'The expected scheme: `Bearer`.' },
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

const IF_NONE_MATCH: ParameterDoc = {
  name: 'If-None-Match',
  description: 'The `ETag` of an earlier response. The response is 304 if it is unchanged.',
  schema: z.string(),
  example: 'W/"3hMXmDDsLV3pE0fB9bBzVw"',
};
const NOT_MODIFIED: OpenApiResponse = {
  description: 'The response is unchanged.',
  headers: headerObjects({ ETag: 'The entity tag of the response.' }),
};

const INFO = {
  title: 'Jobdeck',
  description: [
    'Define jobs, run them on a schedule or on demand, and observe them: five surfaces over one engine.',
    'Ids of another tenant are answered like ids that do not exist. Fields without a value are `null`.',
    'Clients should ignore unknown fields in responses. Unknown fields in requests are rejected.',
    'Paths without a route, and requests that API Gateway rejects, are answered `{ "message": "…" }`.',
  ].join(' '),
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

const SECURITY_SCHEME = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: 'A JWT of the deployment’s issuer, or an API key (`jk_…`). It determines the tenant.',
};

/**
 * Creates the OpenAPI document of the surfaces from their routes and schemas.
 *
 * @param version version of the product
 */
export function openApiDocument(surfaces: readonly Surface[], version: string): OpenApiDocument {
  const shared: SharedParts = { schemas: new Map(), responses: new Map(), names: new Set() };
  const paths = new Map<string, Record<string, OpenApiOperation>>();
  for (const surface of surfaces) {
    const writer = new SurfaceWriter(surface, shared);
    for (const route of surface.routes) {
      const others = paths.get(route.path);
      paths.set(route.path, { ...others, [route.method.toLowerCase()]: writer.operation(route) });
    }
  }
  return {
    openapi: '3.1.1',
    info: { ...INFO, version },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    tags: surfaces.map(({ name, description }) => ({ name, description })),
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: { bearer: SECURITY_SCHEME },
      parameters: TENANT_HEADERS,
      responses: sortedByName(shared.responses),
      schemas: sortedByName(shared.schemas),
    },
  } as OpenApiDocument;
}

/** Components and operation ids of the whole document. */
interface SharedParts {
  readonly schemas: Map<string, JsonSchema>;
  readonly responses: Map<string, OpenApiResponse>;
  readonly names: Set<string>;
}

const sortedByName = <Value>(named: ReadonlyMap<string, Value>) =>
  Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1)));

const TENANT = { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' };
const OWN_TENANT_DESCRIPTION = 'The tenant of the token. A request that names another tenant is rejected.';

const TENANT_HEADERS = {
  tenant: { name: 'x-tenantid', in: 'header', required: false, description: OWN_TENANT_DESCRIPTION, schema: TENANT },
  organization: {
    name: 'X-Organization-Id',
    in: 'header',
    required: false,
    description: OWN_TENANT_DESCRIPTION,
    schema: TENANT,
  },
  askedTenant: {
    name: 'x-tenantid',
    in: 'header',
    required: true,
    description: 'The requested tenant: the tenant of the token, or any tenant for a super_admin.',
    schema: TENANT,
  },
} as const;

function describeAccess({ action, isHook }: Route): string {
  if (isHook) return 'Needs no bearer token, but the token of a hook in the path.';
  return action === 'public' ? 'Needs no token.' : `Roles: ${rolesFor(action).join(', ')}.`;
}

/** Writes the operations of one surface. */
class SurfaceWriter {
  readonly #surface: Surface;
  readonly #shared: SharedParts;

  constructor(surface: Surface, shared: SharedParts) {
    this.#surface = surface;
    this.#shared = shared;
  }

  /** @throws Error if a path parameter is not documented */
  operation(route: ApiRoute): OpenApiOperation {
    const { name } = this.#surface;
    const doc = route.openapi();
    const requestBody = this.#body(route, doc);
    const parameters = [
      ...pathParameterNames(route.path).map((parameter) => this.#inPath(route, doc, parameter)),
      ...this.#inQuery(doc.query ?? route.query?.()),
      ...(doc.headers ?? []).map((header) => this.#parameter('header', header)),
      ...(route.polled ? [this.#parameter('header', IF_NONE_MATCH)] : []),
      ...this.#tenantHeaders(route),
    ];
    return {
      operationId: this.#id(route),
      tags: [name],
      summary: doc.summary,
      description: [doc.description, describeAccess(route)].filter(Boolean).join(' '),
      parameters,
      ...(requestBody && { requestBody }),
      responses: this.#responses(route, doc),
      ...(route.action === 'public' && { security: [] }),
    } as OpenApiOperation;
  }

  /** Returns an id such as `runnerEnableJob`. Further routes of the same operation get the method as a suffix. */
  #id({ operation, method }: Route): string {
    const name = `${this.#surface.name}${operation.charAt(0).toUpperCase()}${operation.slice(1)}`;
    const id = this.#shared.names.has(name) ? `${name}By${method.charAt(0)}${method.slice(1).toLowerCase()}` : name;
    this.#shared.names.add(id);
    return id;
  }

  #inPath(route: Route, { pathParameters = {} }: OperationDoc, name: string): OpenApiParameter {
    const parameter = pathParameters[name];
    if (!parameter) throw new Error(`${this.#surface.name}: {${name}} of ${route.path} is not documented`);
    return this.#parameter('path', parameter);
  }

  #parameter(place: 'path' | 'header', { schema, required = false, ...words }: ParameterDoc): OpenApiParameter {
    return { in: place, required, ...words, schema: this.#schema(schema) };
  }

  #inQuery(schema: z.ZodType | undefined): OpenApiParameter[] {
    if (!schema) return [];
    const { properties = {}, required = [] } = toJsonSchema(schema, this.#shared.schemas, 'keyword') as {
      readonly properties?: Readonly<Record<string, JsonSchema>>;
      readonly required?: readonly string[];
    };
    return Object.entries(properties).map(([name, property]) => {
      const { description, ...schema } = withoutNull(property);
      return {
        name,
        in: 'query',
        required: required.includes(name),
        ...(description !== undefined && { description }),
        schema,
      };
    });
  }

  #tenantHeaders({ action }: Route): Reference[] {
    if (action === 'public') return [];
    const named = this.#surface.tenantHeader ? 'askedTenant' : 'tenant';
    return [named, 'organization'].map((name) => ({ $ref: `#/components/parameters/${name}` }));
  }

  #body({ method, body, textBody, isHook }: ApiRoute, doc: OperationDoc): OpenApiOperation['requestBody'] {
    if (isHook) return ANY_BODY;
    const documented = doc.body ?? body?.();
    if (!documented) return METHODS_WITH_BODY.has(method) ? EMPTY_BODY : undefined;
    const schema = this.#schema(documented);
    const required = !documented.safeParse({}).success;
    const json = { schema, ...(doc.bodyExample && { example: doc.bodyExample }) };
    const text = textBody && { [textBody.type]: { schema: { type: 'string' } } };
    return { required, content: { [JSON_TYPE]: json, ...text } };
  }

  #responses(route: ApiRoute, doc: OperationDoc): OpenApiOperation['responses'] {
    const successes = Object.entries(route.responses()).map(
      ([status, response]) => [status, this.#success(response)] as const,
    );
    const polled = route.polled ? ([['304', NOT_MODIFIED]] as const) : [];
    // Every route rejects input that it does not declare, such as an unknown query parameter or a body.
    const errors = new Set<ErrorStatus>([400, 413, 429, 500, 503, ...(doc.errors ?? [])]);
    if (route.action !== 'public') errors.add(401).add(403);
    const sorted = [...errors].sort((a, b) => a - b);
    return Object.fromEntries([
      ...successes,
      ...polled,
      ...sorted.map((status) => [String(status), this.#error(status)] as const),
    ]);
  }

  #success({ description, body, example, textTypes = [], headers }: ResponseDoc): OpenApiResponse {
    const json = body && { [JSON_TYPE]: { schema: this.#schema(body), ...(example && { example }) } };
    const content = { ...json, ...Object.fromEntries(textTypes.map((type) => [type, { schema: { type: 'string' } }])) };
    return {
      description,
      ...(headers && { headers: headerObjects(headers) }),
      ...(Object.keys(content).length > 0 && { content }),
    };
  }

  #error(status: ErrorStatus): Reference {
    const { when, ...problem } = ERRORS[status];
    const { name, errors, errorBody } = this.#surface;
    const headers = ERROR_HEADERS[status];
    const example = errors({ status, ...problem, time: '2026-03-02T01:03:00.000Z' });
    const id = `${name}-${status}`;
    this.#shared.responses.set(id, {
      description: when,
      ...(headers && { headers: headerObjects(headers) }),
      content: { [JSON_TYPE]: { schema: this.#schema(errorBody()), example } },
    });
    return { $ref: `#/components/responses/${id}` };
  }

  #schema(schema: z.ZodType): JsonSchema {
    return toJsonSchema(schema, this.#shared.schemas);
  }
}

/** Returns the names of the path parameters in their order. */
export const pathParameterNames = (path: string): string[] =>
  [...path.matchAll(/\{([^}+]+)\+?\}/g)].map(([, name = '']) => name);
