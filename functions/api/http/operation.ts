import type * as z from 'zod';
import type { Caller } from '../../core/domain/access.ts';
import type { Route } from './route.ts';

/** A validated request. */
export interface ApiRequest<Query = unknown, Body = unknown> {
  readonly caller: Caller;
  /** Decoded path parameters by name. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** Headers by lower-case name. The values of a repeated header are joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Returns the milliseconds until the platform ends the request. */
  readonly remainingMs: () => number;
}

/** A response. An object is sent as JSON; a string is sent unchanged, with the content type in `headers`. */
export interface ApiResponse {
  readonly status: number;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ids of created or changed resources that are not in the path, for the audit trail. */
  readonly targets?: readonly string[];
}

/** Schemas of the query and the body. Without a schema the input must be absent or empty. */
interface InputSchemas<Query, Body> {
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
}

interface TypedOperation<Query, Body> extends InputSchemas<Query, Body> {
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
