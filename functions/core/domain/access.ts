import type { TenantId } from './tenant.ts';

export const ROLES = ['OWNER', 'ADMIN', 'MANAGER', 'OPERATOR', 'MEMBER', 'system_admin', 'super_admin'] as const;
export type Role = (typeof ROLES)[number];

/** The kind of permission that a route requires. */
export type Action = 'metrics' | 'adminStats' | 'limits' | 'read' | 'operate' | 'define' | 'audit';

const ALLOWED: Readonly<Record<Action, readonly Role[]>> = {
  metrics: ['OWNER', 'ADMIN', 'MANAGER'],
  adminStats: ['system_admin', 'super_admin'],
  limits: ['super_admin'],
  read: ROLES,
  operate: ['OWNER', 'ADMIN', 'MANAGER', 'OPERATOR'],
  define: ['OWNER', 'ADMIN'],
  audit: ['OWNER', 'ADMIN'],
};

/** The authenticated caller of a request. Only authentication creates it, from the token or API key. */
export interface Caller {
  readonly tenant: TenantId;
  readonly roles: readonly Role[];
  /** Email of the token, otherwise its subject; `key:<name>` for an API key. Stored as `canceledBy`. */
  readonly name: string;
  /** Subject of the token, or `key:<id>` for an API key. Unlike the name, its owner cannot change it. */
  readonly id?: string;
  /** Tenant of the token, set only if a `super_admin` acts for another tenant. */
  readonly homeTenant?: TenantId;
}

export function isAllowed(roles: readonly Role[], action: Action): boolean {
  return ALLOWED[action].some((role) => roles.includes(role));
}

/** Returns the roles that permit `action`, for the text of a 403 error. */
export function rolesFor(action: Action): readonly Role[] {
  return ALLOWED[action];
}

/**
 * Checks whether a caller with `roles` may grant `role` to an API key.
 *
 * A role can be granted if it permits no action that the caller's roles do not permit. Only a `super_admin` can grant
 * `super_admin`, because that role also acts for other tenants.
 */
export function canGrantRole(roles: readonly Role[], role: Role): boolean {
  if (role === 'super_admin' && !roles.includes(role)) return false;
  const actions = Object.keys(ALLOWED) as Action[];
  return actions.every((action) => !isAllowed([role], action) || isAllowed(roles, action));
}
