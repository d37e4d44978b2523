import { type DrawPlan, planDraw, type RequestRate } from '../domain/request-rate.ts';
import type { TenantId } from '../domain/tenant.ts';
import { DAY_MS } from '../domain/timing.ts';
import { type Db, type UpdateResult, update } from './db.ts';
import { absent, any, atMost, between } from './expression.ts';
import { hostRateKey, type Key, requestRateKey } from './keys.ts';
import { toTtl } from './ttl.ts';

/** Maximum attempts at a contended bucket, whose cached state is outdated after a concurrent draw. */
const MAX_ATTEMPTS = 6;

export type DrawResult =
  /** `full`: time at which the bucket is full again, in epoch microseconds. */
  | { readonly ok: true; readonly count: number; readonly full: number | undefined }
  /** No token is available for `waitUs` microseconds. */
  | { readonly ok: false; readonly waitUs: number; readonly full: number | undefined };

/** A draw from a bucket. */
export interface DrawRequest {
  /**
   * The last known time at which the bucket is full; it never moves back, so that an instance that knows of an empty
   * bucket needs no request.
   */
  readonly seen: number | undefined;
  /** Number of tokens to draw; fewer are drawn if fewer are available. */
  readonly wanted: number;
  /** Epoch microseconds. */
  readonly now: number;
}

/** Draws tokens for requests of a tenant to the API. */
export const drawRequestTokens = (
  db: Db,
  tenant: TenantId,
  request: DrawRequest,
  rate: RequestRate,
): Promise<DrawResult> => drawTokens(db, { table: db.tables.access, key: requestRateKey(tenant) }, request, rate);

/** Draws tokens for requests of a tenant's flows to a host. The bucket expires a day after it was full. */
export const drawHostTokens = (
  db: Db,
  tenant: TenantId,
  host: string,
  request: DrawRequest,
  rate: RequestRate,
): Promise<DrawResult> => {
  const ttl = toTtl(request.now / 1_000 + DAY_MS);
  return drawTokens(db, { table: db.tables.records, key: hostRateKey(tenant, host), ttl }, request, rate);
};

/** The row of a bucket. */
interface BucketRow {
  readonly table: string;
  readonly key: Key;
  readonly ttl?: number;
}

/**
 * Draws tokens from a bucket with one write, unless the bucket differs from the expected state. Instances
 * that draw from a bucket with enough tokens do not conflict.
 */
async function drawTokens(
  db: Db,
  row: BucketRow,
  { seen, wanted, now }: DrawRequest,
  rate: RequestRate,
): Promise<DrawResult> {
  let full = seen;
  for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
    const drawing = planDraw(full, now, wanted, rate);
    if (drawing.kind === 'wait') return { ok: false, waitUs: drawing.us, full };
    const { ok, item } = await applyDraw(db, row, drawing, now);
    full = item?.full as number | undefined;
    if (ok) return { ok, count: drawing.count, full };
  }
  return { ok: false, waitUs: 0, full };
}

async function applyDraw(
  db: Db,
  { table, key, ttl }: BucketRow,
  drawing: Exclude<DrawPlan, { kind: 'wait' }>,
  now: number,
): Promise<UpdateResult> {
  if (drawing.kind === 'fresh') {
    const isFull = any(absent('full'), atMost('full', now));
    return update(db, table, key, { set: { full: drawing.full, ...(ttl !== undefined && { ttl }) } }, isFull);
  }
  return update(
    db,
    table,
    key,
    { add: { full: drawing.cost } },
    between('full', now, /* guard: request-rate.capacity */ drawing.most),
  );
}
