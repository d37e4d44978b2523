import { ROLES, type Role } from '../../../core/domain/access.ts';

/** The signed-in user. The API decides about permissions. */
export interface User {
  readonly tenant: string;
  readonly name: string;
  readonly roles: readonly Role[];
}

/**
 * Reads the claims of a token without verification, which is up to the API.
 *
 * @throws Error if the token is not a JWT
 */
export function userFromToken(
  token: string,
  claims: { readonly tenantClaim: string; readonly rolesClaim: string },
): User {
  const payload = decodePayload(token);
  const listed = payload[claims.rolesClaim];
  const names: readonly unknown[] = typeof listed === 'string' ? listed.split(/[\s,]+/) : toList(listed);
  return {
    tenant: toText(payload[claims.tenantClaim]) ?? '',
    name: toText(payload.email) ?? toText(payload.sub) ?? '',
    roles: ROLES.filter((role) => names.includes(role)),
  };
}

const toText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function decodePayload(token: string): Record<string, unknown> {
  const [, payload] = token.split('.');
  if (!payload) throw new Error('The issuer returned a token that is not a JWT.');
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
}
