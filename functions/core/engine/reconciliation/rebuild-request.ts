import { parseTenantId, type TenantId } from '../../domain/tenant.ts';

/**
 * Parses the event of the reconciler: `{ "rebuild": "acme" }` names a tenant whose counters to rebuild.
 *
 * @returns `undefined` for the hourly reconciliation
 * @throws Error if the tenant's id is malformed
 */
export function parseRebuildRequest(event: unknown): TenantId | undefined {
  if (typeof event !== 'object' || event === null || !('rebuild' in event)) return undefined;
  const tenant = parseTenantId(event.rebuild);
  if (!tenant) throw new Error(`rebuild: must be a tenant's id, got ${JSON.stringify(event.rebuild)}`);
  return tenant;
}
