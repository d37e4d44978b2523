import type {
  OpenApiDocument,
  OpenApiOperation,
  OpenApiResponse,
  Reference,
} from '../../../functions/api/openapi/document.ts';
import { createValidator, type Validator } from './json-schema.ts';

/** What came of a request, as far as a document says something of it. */
export interface ObservedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Whether answers are as an OpenAPI document says. Objects of answers have no field that it does not name. */
export interface Conformance {
  readonly document: OpenApiDocument;
  readonly validator: Validator;
  /**
   * What is wrong with an answer; nothing when it is as it should be, or when no operation of the document made it.
   *
   * @param path with or without a query
   */
  violations(method: string, path: string, answer: ObservedResponse): string[];
}

export function createConformance(document: OpenApiDocument): Conformance {
  const validator = createValidator(document, { closed: true });
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      pattern: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '([^/]+)')}$`, 's'),
      variables: path.split('{').length,
      operation,
    })),
  );
  // Of two that match, the one with fewer variables is meant.
  operations.sort((a, b) => a.variables - b.variables);

  function responseTo({ responses }: OpenApiOperation, status: number): OpenApiResponse | undefined {
    const response = responses[status];
    return response && '$ref' in response
      ? (validator.resolve((response as Reference).$ref) as OpenApiResponse)
      : (response as OpenApiResponse | undefined);
  }

  return {
    document,
    validator,
    violations(method, path, { status, headers, body }) {
      // As it is sent: without steps up and down.
      const decoded = decodeURIComponent(new URL(path, 'http://api').pathname);
      const found = operations.find((one) => one.method === method && one.pattern.test(decoded));
      // What the gateway answers by itself does not name the request that a function got.
      if (!found || !headers.has('x-request-id')) return [];
      const response = responseTo(found.operation, status);
      if (!response) return [`the status ${status} is not documented`];
      const type = headers.get('content-type')?.split(';')[0];
      if (type === undefined || response.content === undefined) {
        const hasBody = type !== undefined && body !== undefined;
        return hasBody === (response.content !== undefined)
          ? []
          : [`the answer has ${type === undefined ? 'no body' : `a body of ${type}`}`];
      }
      const content = response.content[type];
      // Text may be empty, which is no body to a client.
      const said = type === 'application/json' ? body : (body ?? '');
      return content ? validator.errors(said, content.schema) : [`a body of ${type} is not documented`];
    },
  };
}

const known = new Map<string, Promise<Conformance | undefined>>();

/** Of what a system serves itself; undefined when it serves no document. */
export function fetchConformance(url: string): Promise<Conformance | undefined> {
  const fetched = known.get(url) ?? read(url);
  known.set(url, fetched);
  return fetched;
}

async function read(url: string): Promise<Conformance | undefined> {
  const response = await fetch(`${url}/openapi.json`);
  return response.ok ? createConformance((await response.json()) as OpenApiDocument) : undefined;
}
