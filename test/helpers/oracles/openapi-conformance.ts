import type {
  OpenApiDocument,
  OpenApiOperation,
  OpenApiResponse,
  Reference,
} from '../../../functions/api/openapi/document.ts';
import { createValidator, type Validator } from './json-schema.ts';

/** The parts of a response that an OpenAPI document describes. */
export interface ObservedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Checks responses against an OpenAPI document. Objects in responses may have no undocumented fields. */
export interface Conformance {
  readonly document: OpenApiDocument;
  readonly validator: Validator;
  /**
   * @param path with or without a query
   * @returns all differences; empty for a conforming response, or if no documented operation matches
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
  // If several operations match, the one with the fewest variables applies.
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
      // Resolves `.` and `..` segments, as the client does before it sends the request.
      const decoded = decodeURIComponent(new URL(path, 'http://api').pathname);
      const found = operations.find((one) => one.method === method && one.pattern.test(decoded));
      // Responses of the gateway itself have no `x-request-id`.
      if (!found || !headers.has('x-request-id')) return [];
      const response = responseTo(found.operation, status);
      if (!response) return [`the status ${status} is not documented`];
      const type = headers.get('content-type')?.split(';')[0];
      if (type === undefined || response.content === undefined) {
        const hasBody = type !== undefined && body !== undefined;
        return hasBody === (response.content !== undefined)
          ? []
          : [`the response has ${type === undefined ? 'no body' : `a body of ${type}`}`];
      }
      const content = response.content[type];
      // The client returns `undefined` for an empty text body.
      const said = type === 'application/json' ? body : (body ?? '');
      return content ? validator.errors(said, content.schema) : [`a body of ${type} is not documented`];
    },
  };
}

const known = new Map<string, Promise<Conformance | undefined>>();

const localSystems = new Set<string>();

/**
 * Lets all local systems of the process share one document, because they run the same sources. The request starts a function,
 * and the validator reads 400 KB.
 */
export function shareConformance(url: string): void {
  localSystems.add(url);
}

/**
 * Fetches the OpenAPI document of a system.
 *
 * @returns `undefined` if the system serves none
 */
export function fetchConformance(url: string): Promise<Conformance | undefined> {
  const key = localSystems.has(url) ? 'local system' : url;
  const fetched = known.get(key) ?? read(url);
  known.set(key, fetched);
  return fetched;
}

async function read(url: string): Promise<Conformance | undefined> {
  const response = await fetch(`${url}/openapi.json`);
  return response.ok ? createConformance((await response.json()) as OpenApiDocument) : undefined;
}
