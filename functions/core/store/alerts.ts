import type { TenantId } from '../domain/tenant.ts';
import { DAY_MS } from '../domain/timing.ts';
import { type Db, update } from './db.ts';
import { absent, any, below } from './expression.ts';
import { alertKey, type JobRef } from './keys.ts';
import { toTtl } from './ttl.ts';

/** Retention after the newest event: longer than deliveries are shown, which may be sent again until then. */
const RETENTION_MS = 31 * DAY_MS;

/** Ends of the newest runs, ISO 8601, whose events were sent, or were about to be. */
export interface AlertEvents {
  /** @defaultValue nothing has triggered the alert */
  readonly triggeredAt?: string | undefined;
  /** @defaultValue nothing has resolved the alert */
  readonly resolvedAt?: string | undefined;
}

/**
 * Records an event of an alert of a job before the event is sent. Idempotent; older events change nothing.
 *
 * @param secret name of the secret of the service that receives the event
 * @param at end of the reported run, ISO 8601
 * @returns the newest events, this one included
 */
export async function recordAlertEvent(
  db: Db,
  { tenant, jobId, incarnation, secret }: JobRef & { readonly tenant: TenantId; readonly secret: string },
  event: keyof AlertEvents,
  at: string,
  now: number,
): Promise<AlertEvents> {
  const key = alertKey({ tenant, jobId, incarnation }, secret);
  const set = { [event]: at, ttl: toTtl(now + RETENTION_MS) };
  const { item } = await update(db, db.tables.access, key, { set }, any(absent(event), below(event, at)));
  return { triggeredAt: item?.triggeredAt as string | undefined, resolvedAt: item?.resolvedAt as string | undefined };
}
