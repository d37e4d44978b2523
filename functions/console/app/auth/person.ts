import { ROLES, type Role } from '../../../core/domain/access.ts';

/** Who is signed in, as far as the page shows it. What they may do, the API decides. */
export interface Person {
  readonly tenant: string;
  readonly name: string;
  readonly roles: readonly Role[];
}

/**
 * Reads a token's claims, unchecked: the API checks them.
 *
 * @throws Error when the token is no JWT
 */
export function personOf(token: string, claims: { readonly tenantClaim: string; readonly rolesClaim: string }): Person {
  const payload = payloadOf(token);
  const listed = payload[claims.rolesClaim];
  const names: readonly unknown[] = typeof listed === 'string' ? listed.split(/[\s,]+/) : asList(listed);
  return {
    tenant: textOf(payload[claims.tenantClaim]) ?? '',
    name: textOf(payload.email) ?? textOf(payload.sub) ?? '',
    roles: ROLES.filter((role) => names.includes(role)),
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function payloadOf(token: string): Record<string, unknown> {
  const [, payload] = token.split('.');
  if (!payload) throw new Error('The issuer gave a token that is no JWT.');
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
}
