import type { Client, ClientPathsWithMethod, FetchOptions, FetchResponse } from 'openapi-fetch';
import type { paths } from './api-types.ts';

/** The methods of the API. */
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The paths that have a method. */
export type PathWith<M extends Method> = ClientPathsWithMethod<Client<paths>, M>;

type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;

type MediaType = `${string}/${string}`;

/**
 * Parameters, body and options of a request. The condition on `P` defers the type until the path is known: without it,
 * TypeScript decides the condition of `InputArgument` for all paths at once.
 */
export type RequestInput<P extends keyof paths, M extends Method> = P extends unknown
  ? Pick<FetchOptions<Operation<P, M>>, 'params' | 'body'> & {
      /** Headers besides those in `params.header`. */
      readonly headers?: Readonly<Record<string, string>>;
      /** Aborts the request and its retries. */
      readonly signal?: AbortSignal;
    }
  : never;

/** The last argument of a request: optional if the operation requires neither parameters nor a body. */
export type InputArgument<P extends keyof paths, M extends Method> =
  Record<never, never> extends RequestInput<P, M> ? [input?: RequestInput<P, M>] : [input: RequestInput<P, M>];

/** The body of a successful response: parsed JSON, or text for CSV and Prometheus metrics. */
export type ResponseData<P extends keyof paths, M extends Method> =
  FetchResponse<Operation<P, M>, unknown, MediaType> extends infer Outcome
    ? Outcome extends { readonly data: infer Data; readonly error?: never }
      ? Data
      : never
    : never;

/** A successful response. */
export interface Result<Data> {
  readonly data: Data;
  /** Status and headers, such as `ETag` and `Location`. Its body has been read. */
  readonly response: Response;
}

/** Query parameters of a `GET` request. */
export type Query = Readonly<Record<string, unknown>>;

/** Paths whose `POST` accepts an `Idempotency-Key`. */
type KeyedPath = {
  [P in PathWith<'post'>]: 'Idempotency-Key' extends keyof NonNullable<Operation<P, 'post'>['parameters']['header']>
    ? P
    : never;
}[PathWith<'post'>];

const KEYED_PATHS: Readonly<Record<KeyedPath, true>> = {
  '/jobs/{id}/run': true,
  '/hooks/{hook}': true,
  '/jobs/{id}/backfills': true,
  '/v1/flows/{id}/run': true,
  '/v1/flows/{id}/errors/retry': true,
  '/api/v1/jobs/{job_id}/restart': true,
  '/api/v1/pipelines/{pipeline_id}/jobs': true,
};

/** @returns whether the API starts at most one run for repeated `POST` requests with the same `Idempotency-Key` */
export const acceptsIdempotencyKey = (path: string): boolean => Object.hasOwn(KEYED_PATHS, path);
