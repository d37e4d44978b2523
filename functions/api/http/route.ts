import type { Action, Caller } from '../../core/domain/access.ts';

/**
 * A route of a surface. The route tables of the surfaces are the source of the API Gateway routes (`lib/constructs`),
 * the dispatch in the handlers and the OpenAPI document.
 */
export interface Route<Operation extends string = string> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path in the form of API Gateway: `/jobs/{id}/runs`. */
  readonly path: string;
  readonly operation: Operation;
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
}

/**
 * @returns whether a request to the route may change something. A `POST` with the action `read` carries a query in its
 * body and changes nothing.
 */
export const isChange = ({ method, action }: Route): boolean =>
  method !== 'GET' && action !== 'read' && action !== 'public';

/**
 * @returns whether the audit trail records requests to the route: changes, disclosed secrets, and requests by a caller
 * of another tenant
 */
export const isAudited = (route: Route, { homeTenant: home }: Caller): boolean =>
  isChange(route) || route.audited === true || home !== undefined;
