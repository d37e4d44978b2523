import { type DrawPlan, planDraw, type RequestRate } from '../domain/request-rate.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, type UpdateResult, update } from './db.ts';
import { absent, any, atMost, between } from './expression.ts';
import { requestRateKey } from './keys.ts';

/** Maximum attempts at a contended bucket, whose cached state is outdated after a concurrent draw. */
const MAX_ATTEMPTS = 6;

export type DrawResult =
  /** `full`: time at which the bucket is full again, in epoch microseconds. */
  | { readonly ok: true; readonly count: number; readonly full: number | undefined }
  /** No token is available for `waitUs` microseconds. */
  | { readonly ok: false; readonly waitUs: number; readonly full: number | undefined };

/**
 * Draws tokens from the tenant's bucket with one write, unless the bucket differs from the expected state. Instances
 * that draw from a bucket with enough tokens do not conflict.
 *
 * @param seen the last known time at which the bucket is full; it never moves back, so that an instance that knows of
 * an empty bucket needs no request
 * @param now epoch microseconds
 */
export async function drawTokens(
  db: Db,
  tenant: TenantId,
  { seen, wanted, now }: { readonly seen: number | undefined; readonly wanted: number; readonly now: number },
  rate: RequestRate,
): Promise<DrawResult> {
  let full = seen;
  for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
    const drawing = planDraw(full, now, wanted, rate);
    if (drawing.kind === 'wait') return { ok: false, waitUs: drawing.us, full };
    const { ok, item } = await applyDraw(db, tenant, drawing, now);
    full = item?.full as number | undefined;
    if (ok) return { ok, count: drawing.count, full };
  }
  return { ok: false, waitUs: 0, full };
}

async function applyDraw(
  db: Db,
  tenant: TenantId,
  drawing: Exclude<DrawPlan, { kind: 'wait' }>,
  now: number,
): Promise<UpdateResult> {
  const key = requestRateKey(tenant);
  if (drawing.kind === 'fresh') {
    const isFull = any(absent('full'), atMost('full', now));
    return update(db, db.tables.access, key, { set: { full: drawing.full } }, isFull);
  }
  return update(
    db,
    db.tables.access,
    key,
    { add: { full: drawing.cost } },
    between('full', now, /* guard: request-rate.capacity */ drawing.most),
  );
}
