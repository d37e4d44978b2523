import { createHash } from 'node:crypto';
import type { TenantId } from '../tenant.ts';

const TENANT_HASH = 16;

/**
 * Returns the full name of a queue that a tenant's flows read as `queue`. The tenant is represented by a hash of fixed
 * length, so that names of different tenants cannot collide.
 */
export function sourceQueueName(prefix: string, tenant: TenantId, queue: string): string {
  return `${prefix}${createHash('sha256').update(tenant).digest('hex').slice(0, TENANT_HASH)}-${queue}`;
}
