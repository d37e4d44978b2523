import type { TenantId } from './tenant.ts';

export const ROLES = ['OWNER', 'ADMIN', 'MANAGER', 'OPERATOR', 'MEMBER', 'system_admin', 'super_admin'] as const;
export type Role = (typeof ROLES)[number];

/** What a route does, as far as permission goes (DESIGN 6). */
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

/** Who is asking. Made by authentication from the token or key, and by nothing else. */
export interface Caller {
  readonly tenant: TenantId;
  readonly roles: readonly Role[];
  /** The token's email, else its subject; `key:<name>` of an API key. What `canceledBy` shows. */
  readonly name: string;
  /** The tenant of the token, where it is another than the one that the caller stands for: a `super_admin`'s. */
  readonly homeTenant?: TenantId;
}

export function isAllowed(roles: readonly Role[], action: Action): boolean {
  return ALLOWED[action].some((role) => roles.includes(role));
}

/** The roles that may do `action`, for a refusal that says what would be right. */
export function rolesFor(action: Action): readonly Role[] {
  return ALLOWED[action];
}

/**
 * Whether somebody with these roles may give `role` to an API key: it allows nothing that theirs do not. `super_admin`
 * stands for other tenants too, which no action tells, so only one can give it.
 */
export function canGrantRole(roles: readonly Role[], role: Role): boolean {
  if (role === 'super_admin' && !roles.includes(role)) return false;
  const actions = Object.keys(ALLOWED) as Action[];
  return actions.every((action) => !isAllowed([role], action) || isAllowed(roles, action));
}
