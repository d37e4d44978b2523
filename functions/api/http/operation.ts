import type * as z from 'zod';
import type { Caller } from '../../core/domain/access.ts';
import type { Route } from './route.ts';

/** What an operation is asked. */
export interface ApiRequest<Query = unknown, Body = unknown> {
  readonly caller: Caller;
  /** Of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** By lower-case name; of a header sent twice, the values joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Milliseconds until the platform gives this request up. */
  readonly remainingMs: () => number;
}

/**
 * What it answers: a status, JSON (none with a 204), and headers beyond those that every answer has. A body that is text
 * goes as it is, and its headers say of which type it is.
 */
export interface ApiResponse {
  readonly status: number;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ids of what was made or changed, beside those in the path: for the audit trail. */
  readonly targets?: readonly string[];
}

/** Shapes of what a request may carry; without one it may carry nothing (an empty object is no body). */
interface InputSchemas<Query, Body> {
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
}

interface TypedOperation<Query, Body> extends InputSchemas<Query, Body> {
  handle(request: ApiRequest<Query, Body>): Promise<ApiResponse>;
}

/** One thing that a surface does, for a caller that is known and allowed to. */
export type Operation = TypedOperation<unknown, unknown>;

/** An operation that anybody may call: there is no caller. */
export interface PublicOperation {
  handle(request: Omit<ApiRequest, 'caller'>): Promise<ApiResponse>;
}

/** An operation whose request has been checked against its shapes by the time it is handled. */
export function operation<Query, Body>(spec: TypedOperation<Query, Body>): Operation {
  return spec as Operation;
}

/** An operation for each that the routes name, public where its route is. */
export type Operations<R extends Route> = {
  readonly [Name in R['operation']]: Extract<R, { operation: Name }>['action'] extends 'public'
    ? PublicOperation
    : Operation;
};
