/** An organization. Everything belongs to exactly one; only authentication and the platform's own rows make one. */
export type TenantId = string & { readonly __brand: 'TenantId' };

const TENANT_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The tenant named by `value`, or undefined when it is not 1–64 of `A–Z a–z 0–9 _ -` (DESIGN 13). */
export function parseTenantId(value: unknown): TenantId | undefined {
  return typeof value === 'string' && TENANT_ID.test(value) ? (value as TenantId) : undefined;
}
