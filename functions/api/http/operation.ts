import type * as z from 'zod';
import type { ApiRequest, ApiResponse, ApiRoute, OperationDoc, ResponseDocs, Route } from './route.ts';

export type { ApiResponse } from './route.ts';

interface TypedOperation<Query, Body> {
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  handle(request: ApiRequest<Query, Body>): Promise<ApiResponse>;
}

/** A handler for authenticated and authorized requests. */
export type Operation = TypedOperation<unknown, unknown>;

/** A handler without authentication. */
export interface PublicOperation {
  handle(request: Omit<ApiRequest, 'caller'>): Promise<ApiResponse>;
}

/** Declares a handler whose query and body are validated before it runs. */
export function operation<Query, Body>(spec: TypedOperation<Query, Body>): Operation {
  return spec as Operation;
}

/** The handlers of a route table by operation name. */
export type Operations<R extends Route> = {
  readonly [Name in R['operation']]: Extract<R, { operation: Name }>['action'] extends 'public'
    ? PublicOperation
    : Operation;
};

/** The documentation of each operation in a route table. */
export type OperationDocs<R extends Route> = {
  readonly [Name in R['operation']]: OperationDoc & { readonly responses: ResponseDocs };
};

/** Converts a route table with separate handlers and documentation to routes. */
export function routesFromOperations<Dependencies extends object, R extends Route>(
  entries: readonly R[],
  create: (dependencies: Dependencies) => Operations<R>,
  docs: () => OperationDocs<R>,
): readonly ApiRoute<Dependencies>[] {
  const created = new WeakMap<Dependencies, Readonly<Record<string, Operation>>>();
  const operationsFor = (dependencies: Dependencies) => {
    const operations = created.get(dependencies) ?? (create(dependencies) as Readonly<Record<string, Operation>>);
    created.set(dependencies, operations);
    return operations;
  };
  // Only the schemas of these handlers are used.
  const schemas = create({} as Dependencies) as Readonly<Record<string, Operation>>;
  const docOf = (name: string) => (docs() as Readonly<Record<string, OperationDocs<Route>[string]>>)[name];
  return entries.map((entry) => {
    const { query, body } = schemas[entry.operation] as Operation;
    return {
      ...entry,
      ...(query && { query }),
      ...(body && { body }),
      openapi: () => docOf(entry.operation) as OperationDoc,
      responses: () => docOf(entry.operation)?.responses ?? {},
      handle: (request, dependencies) => (operationsFor(dependencies)[entry.operation] as Operation).handle(request),
    };
  });
}
