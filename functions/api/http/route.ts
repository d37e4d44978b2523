import type { Action, Caller } from '../../core/domain/access.ts';

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
  /**
   * Whether requests are kept in the tenant's audit trail though they change nothing: they give a secret away.
   *
   * @default false
   */
  readonly audited?: boolean;
  /**
   * Whether clients poll the route: answers have an `ETag`, and are 304 for a client that has the newest one.
   *
   * @default false
   */
  readonly polled?: boolean;
}

/** Whether a request to the route may change something. What asks in a body is a POST, and changes nothing. */
export const isChange = ({ method, action }: Route): boolean =>
  method !== 'GET' && action !== 'read' && action !== 'public';

/** Whether a request to the route goes into the audit trail: changes, secrets, and whatever crosses tenants. */
export const isAudited = (route: Route, { homeTenant: home }: Caller): boolean =>
  isChange(route) || route.audited === true || home !== undefined;
