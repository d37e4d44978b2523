import { createHash } from 'node:crypto';
import type { TenantId } from '../../domain/tenant.ts';

/** Whether it is a tenant's turn for what is done once in so many minutes: tenants take turns. */
export function isScheduledMinute(tenant: TenantId, now: number, minutes: number): boolean {
  const turn = createHash('sha256').update(tenant).digest().readUInt16BE(0) % minutes;
  return Math.floor(now / 60_000) % minutes === turn;
}
