import { createHash } from 'node:crypto';
import type { TenantId } from '../tenant.ts';

const TENANT_HASH = 16;

/**
 * The name that a queue must have for a tenant's flows to read it as `queue`. The tenant's part is a hash of one length,
 * so that no tenant's queue can be called like another's.
 */
export function sourceQueueName(prefix: string, tenant: TenantId, queue: string): string {
  return `${prefix}${createHash('sha256').update(tenant).digest('hex').slice(0, TENANT_HASH)}-${queue}`;
}
