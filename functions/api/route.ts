import type { Action } from '../domain/access.ts';

/**
 * One route of a surface. The tables of these are the one source for the API Gateway routes (`lib/constructs`),
 * the handler's dispatch and the OpenAPI document.
 */
export interface Route<Operation extends string = string> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** In API Gateway's form: `/jobs/{id}/runs`. */
  readonly path: string;
  readonly operation: Operation;
  /** What the caller's roles must allow; `public` needs no token. */
  readonly action: Action | 'public';
}
