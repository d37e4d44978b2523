import { parseTenantId, type TenantId } from '../domain/tenant.ts';
import { type Db, put, query } from './db.ts';
import { all, beginsWith, equals } from './expression.ts';
import { PLATFORM_PARTITION, TENANT_PREFIX, tenantKey } from './keys.ts';

/** Records a tenant, so that the sweeper visits it. */
export async function putTenant(db: Db, tenant: TenantId): Promise<void> {
  await put(db, db.tables.access, { ...tenantKey(tenant), tenant });
}

/** Lists every tenant that ever defined a job. */
export async function listTenants(db: Db): Promise<TenantId[]> {
  const key = all(equals('pk', PLATFORM_PARTITION), beginsWith('sk', TENANT_PREFIX));
  const items = await query(db, db.tables.access, key);
  return items.map((item) => parseTenantId(item.tenant)).filter((tenant) => tenant !== undefined);
}
