import { parseTenantId, type TenantId } from '../../domain/tenant.ts';

/**
 * The tenant whose counters an event asks to rebuild: `{ "rebuild": "acme" }`; undefined for the hourly audit.
 *
 * @throws Error when it names none
 */
export function parseRebuildRequest(event: unknown): TenantId | undefined {
  if (typeof event !== 'object' || event === null || !('rebuild' in event)) return undefined;
  const tenant = parseTenantId(event.rebuild);
  if (!tenant) throw new Error(`rebuild: must be a tenant's id, got ${JSON.stringify(event.rebuild)}`);
  return tenant;
}
