import { createHash } from 'node:crypto';
import type { TenantId } from '../../domain/tenant.ts';

/**
 * @returns whether a task that runs once in `minutes` minutes is due for the tenant; a hash spreads the tenants over
 * the minutes
 */
export function isScheduledMinute(tenant: TenantId, now: number, minutes: number): boolean {
  const turn = createHash('sha256').update(tenant).digest().readUInt16BE(0) % minutes;
  return Math.floor(now / 60_000) % minutes === turn;
}
