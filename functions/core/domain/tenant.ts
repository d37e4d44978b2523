/** An organization, the owner of all data. Only authentication and the platform's own rows create a `TenantId`. */
export type TenantId = string & { readonly __brand: 'TenantId' };

const TENANT_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** @returns `undefined` unless `value` is 1–64 of `A–Z a–z 0–9 _ -` */
export function parseTenantId(value: unknown): TenantId | undefined {
  return typeof value === 'string' && TENANT_ID.test(value) ? (value as TenantId) : undefined;
}
