import type * as z from 'zod';
import type { Action, Caller } from '../../core/domain/access.ts';
import type { AuditedFilter } from '../../core/domain/audit.ts';
import { lazy } from '../../core/domain/lazy.ts';
import type { MayWait } from './hold-payment.ts';
import type { ErrorStatus } from './problem.ts';

export { lazy };

/** The method, the path and the action of a route, as API Gateway and the dispatch need them. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path in the form of API Gateway: `/jobs/{id}/runs`. */
  readonly path: string;
  /** Name of the operation, unique on its surface but for aliases. Part of the `operationId` and of audit records. */
  readonly operation: string;
  /** The action that the caller's roles must allow. A `public` route needs no token. */
  readonly action: Action | 'public';
  /**
   * Records requests in the tenant's audit trail although they change nothing, because the response contains a secret.
   *
   * @defaultValue false
   */
  readonly audited?: boolean;
  /**
   * Adds an `ETag` to responses and answers 304 to a client that holds the newest one. Set on routes that clients poll.
   *
   * @defaultValue false
   */
  readonly polled?: boolean;
  /**
   * A public route whose parameter `hook` is the token of a hook: its caller is the hook, and its body arrives as bytes.
   *
   * @defaultValue false
   */
  readonly isHook?: boolean;
}

/** A content type of text that a request may have instead of JSON. */
export interface TextBody {
  readonly type: string;
  /** Field of the body that has the text: the request is equal to a JSON object with this field. */
  readonly field: string;
}

/** A route with its handler, schemas and documentation. `Dependencies` are the clients of one tenant that the handler needs. */
export interface ApiRoute<Dependencies = never> extends Route {
  /** Returns the schema of the query, which is created once. */
  readonly query?: () => z.ZodType;
  /**
   * Names of query parameters that may be repeated. The query has a list of the values of each of them that is present.
   *
   * @defaultValue none: the values of a repeated parameter are joined by commas
   */
  readonly repeatable?: readonly string[];
  readonly body?: () => z.ZodType;
  /**
   * Maximum size of the body in bytes.
   *
   * @defaultValue 256 KB
   */
  readonly maxBodyBytes?: number;
  readonly textBody?: TextBody;
  readonly openapi: () => OperationDoc;
  readonly responses: () => ResponseDocs;
  readonly handle: (request: ApiRequest, dependencies: Dependencies) => Promise<ApiResponse>;
}

/**
 * A route of a bundled function that is loaded by the first request to it or to another route of its group. A surface
 * re-exports such routes from a file `deferred-<group>.ts`; `lib/route-plugins.ts` creates them.
 */
export interface DeferredRoute<Dependencies = never> extends Route {
  readonly load: () => Promise<ApiRoute<Dependencies>>;
}

/** Returns the route with its handler and schemas. */
export const loadRoute = async <Dependencies>(
  route: ApiRoute<Dependencies> | DeferredRoute<Dependencies>,
): Promise<ApiRoute<Dependencies>> => ('load' in route ? route.load() : route);

/** A validated request. */
export interface ApiRequest<Query = unknown, Body = unknown, Parameters extends string = string> {
  readonly caller: Caller;
  /** Decoded path parameters by name. */
  readonly params: Readonly<Record<Parameters, string>>;
  readonly query: Query;
  readonly body: Body;
  /** Headers by lower-case name. The values of a repeated header are joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Returns the milliseconds until the platform ends the request. */
  readonly remainingMs: () => number;
  /** Pays for the time for which the request has been open; `false` if it must be answered now. */
  readonly mayWait: MayWait;
  /** Counts a further request of the tenant. Rejects with LimitReached above its request rate. */
  readonly countRequest: () => Promise<void>;
}

/** A response. An object is sent as JSON; a string is sent unchanged, with the content type in `headers`. */
export interface ApiResponse {
  readonly status: number;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ids of created or changed resources that are not in the path, for the audit trail. */
  readonly targets?: readonly string[];
  /** Note and tags that the request gives to runs, and the filter by which it selected them, for the audit trail. */
  readonly remarks?: {
    readonly note: string | null;
    readonly tags: readonly string[];
    readonly filter?: AuditedFilter | undefined;
  };
}

/** The documentation of an operation beside its schemas and responses. */
export interface OperationDoc<Parameters extends string = string> {
  /** The effect of the operation, in a few words. */
  readonly summary: string;
  /** Further details, in Markdown. */
  readonly description?: string;
  readonly pathParameters?: Readonly<Record<Parameters, ParameterDoc>>;
  /** Headers that the operation reads. */
  readonly headers?: readonly ParameterDoc[];
  /** Schema of the query, if the handler validates the query itself. */
  readonly query?: z.ZodType;
  /** Schema of the body, if it is more specific than the one that validates the request. */
  readonly body?: z.ZodType;
  readonly bodyExample?: object;
  /** Statuses of errors in addition to those of every route. */
  readonly errors?: readonly ErrorStatus[];
}

export interface ParameterDoc {
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodType;
  /** @defaultValue false */
  readonly required?: boolean;
  readonly example?: string;
}

/** The documentation of successful responses by status. */
export type ResponseDocs = Readonly<Record<number, ResponseDoc>>;

export interface ResponseDoc {
  readonly description: string;
  /** Schema of a JSON body. @defaultValue no body */
  readonly body?: z.ZodType;
  readonly example?: object;
  /** Content types that the body may have instead of JSON; their body is text. */
  readonly textTypes?: readonly string[];
  /** Descriptions of the response headers by name. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The names of the parameters in a path. */
type PathParameter<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PathParameter<Rest>
  : never;

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** The values that a response schema describes. `Schema` is the type of a function that returns the schema. */
export type ViewOf<Schema extends () => z.ZodType> = DeepReadonly<z.output<ReturnType<Schema>>>;

type BodyOf<Doc> =
  | (Doc extends { readonly body: infer Schema extends z.ZodType } ? DeepReadonly<z.output<Schema>> : never)
  | (Doc extends { readonly textTypes: readonly string[] } ? string : never);

/** One of the documented responses. */
type DocumentedResponse<Docs extends ResponseDocs> = {
  readonly [Status in keyof Docs & number]: Omit<ApiResponse, 'status' | 'body'> & {
    readonly status: Status;
  } & ([BodyOf<Docs[Status]>] extends [never] ? { readonly body?: never } : { readonly body: BodyOf<Docs[Status]> });
}[keyof Docs & number];

interface RouteSpec<Path extends string, Docs extends ResponseDocs, Query, Body, Request, Dependencies, Response>
  extends Route {
  readonly path: Path;
  /** Returns the schema of the query. Evaluated when the first request arrives, because schemas take long to create. */
  readonly query?: () => z.ZodType<Query>;
  readonly repeatable?: readonly string[];
  /** Returns the schema of the body, like `query`. */
  readonly body?: () => z.ZodType<Body>;
  readonly maxBodyBytes?: number;
  readonly textBody?: TextBody;
  /** Evaluated only to build the OpenAPI document. */
  readonly openapi: () => OperationDoc<PathParameter<Path>>;
  /** Evaluated only to build the OpenAPI document. The compiler checks that `handle` returns one of these responses. */
  readonly responses: () => Docs;
  readonly handle: (request: Request, dependencies: Dependencies) => Promise<Response>;
}

/**
 * Declares a route for authenticated callers: its handler, schemas and documentation.
 *
 * A request without a `query` or `body` schema must have no query or body (an empty object is allowed).
 */
export function route<
  const Path extends string,
  Docs extends ResponseDocs,
  Query,
  Body,
  Dependencies,
  const Response extends DocumentedResponse<NoInfer<Docs>>,
>(
  spec: RouteSpec<Path, Docs, Query, Body, ApiRequest<Query, Body, PathParameter<Path>>, Dependencies, Response> & {
    readonly action: Action;
  },
): ApiRoute<Dependencies> {
  return withLazySchemas(spec as unknown as ApiRoute<Dependencies>);
}

/** Declares a route without authentication. Its requests have no caller. */
export function publicRoute<
  const Path extends string,
  Docs extends ResponseDocs,
  Query,
  Body,
  Dependencies,
  const Response extends DocumentedResponse<NoInfer<Docs>>,
>(
  spec: Omit<
    RouteSpec<
      Path,
      Docs,
      Query,
      Body,
      Omit<ApiRequest<Query, Body, PathParameter<Path>>, 'caller'>,
      Dependencies,
      Response
    >,
    'action'
  >,
): ApiRoute<Dependencies> {
  return withLazySchemas({ ...spec, action: 'public' } as unknown as ApiRoute<Dependencies>);
}

/** Declares a route that is authenticated by the token of a hook in its path. The body is not parsed. */
export function hookRoute<
  const Path extends `${string}{hook}${string}`,
  Docs extends ResponseDocs,
  Dependencies,
  const Response extends DocumentedResponse<NoInfer<Docs>>,
>(
  spec: Omit<
    RouteSpec<Path, Docs, unknown, Buffer, ApiRequest<unknown, Buffer, PathParameter<Path>>, Dependencies, Response>,
    'action' | 'body' | 'query'
  >,
): ApiRoute<Dependencies> {
  return { ...spec, action: 'public', isHook: true } as unknown as ApiRoute<Dependencies>;
}

/** Returns the route with schemas that are created at most once. */
const withLazySchemas = <Dependencies>(route: ApiRoute<Dependencies>): ApiRoute<Dependencies> => ({
  ...route,
  ...(route.query && { query: lazy(route.query) }),
  ...(route.body && { body: lazy(route.body) }),
});

/** Declares a further method or path with the parameters of an existing route. */
export const alias = <Dependencies>(
  original: ApiRoute<Dependencies>,
  entry: Pick<Route, 'method' | 'path'>,
): ApiRoute<Dependencies> => ({ ...original, ...entry });

/**
 * @returns whether a request to the route may change something. A `POST` with the action `read` carries a query in its body
 *   and changes nothing.
 */
export const isChange = ({ method, action }: Route): boolean =>
  method !== 'GET' && action !== 'read' && action !== 'public';

/** @returns whether the audit trail records requests to the route: changes, disclosed secrets, and requests by a caller of another tenant */
export const isAudited = (route: Route, { homeTenant }: Caller): boolean =>
  isChange(route) || route.audited === true || homeTenant !== undefined;
