import { type DrawPlan, planDraw, type RequestRate } from '../domain/request-rate.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, type UpdateResult, update } from './db.ts';
import { absent, any, atMost, between } from './expression.ts';
import { requestRateKey } from './keys.ts';

/** Tries at a bucket that others take from at the same time: what was seen of it is old by then. */
const MAX_ATTEMPTS = 6;

export type DrawResult =
  /** `full`: when the bucket is full again, in epoch microseconds. */
  | { readonly ok: true; readonly count: number; readonly full: number | undefined }
  /** There is no token for so many microseconds. */
  | { readonly ok: false; readonly waitUs: number; readonly full: number | undefined };

/**
 * Takes tokens of the tenant's bucket: one write, unless the bucket is not as it was expected to be. Several instances
 * that take of a bucket with enough in it are not in each other's way.
 *
 * @param seen when it was seen to be full again; it is never full earlier than that, so that an instance which knows of
 *   an empty bucket asks nobody
 * @param now epoch microseconds
 */
export async function drawTokens(
  db: Db,
  tenant: TenantId,
  { seen, wish: wanted, now }: { readonly seen: number | undefined; readonly wish: number; readonly now: number },
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
