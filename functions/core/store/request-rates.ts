import { type DrawPlan, planDraw, type RequestRate } from '../domain/request-rate.ts';
import type { TenantId } from '../domain/tenant.ts';
import { DAY_MS } from '../domain/timing.ts';
import { type Db, type UpdateResult, update } from './db.ts';
import { absent, any, atMost, between, type Changes, type Clause } from './expression.ts';
import { hookRateKey, hostRateKey, type JobRef, operatorRateKey, requestRateKey } from './keys.ts';
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
): Promise<DrawResult> => {
  const write: WriteBucket = (changes, condition) =>
    update(db, db.tables.access, requestRateKey(tenant), changes, condition);
  return drawTokens(write, request, rate);
};

/** Draws tokens for requests of a tenant's flows to a host. The bucket expires a day after it was full. */
export const drawHostTokens = (
  db: Db,
  tenant: TenantId,
  host: string,
  request: DrawRequest,
  rate: RequestRate,
): Promise<DrawResult> => {
  const write: WriteBucket = (changes, condition) =>
    update(db, db.tables.records, hostRateKey(tenant, host), changes, condition);
  return drawTokens(expiring(write, request), request, rate);
};

/** Draws tokens for requests of an operator of a flow. The bucket expires a day after it was full. */
export const drawOperatorTokens = (
  db: Db,
  job: JobRef,
  operator: string,
  request: DrawRequest,
  rate: RequestRate,
): Promise<DrawResult> => {
  const write: WriteBucket = (changes, condition) =>
    update(db, db.tables.records, operatorRateKey(job, operator), changes, condition);
  return drawTokens(expiring(write, request), request, rate);
};

/** Draws tokens for requests to a hook. The bucket expires a day after it was full. */
export const drawHookTokens = (
  db: Db,
  tenant: TenantId,
  hook: string,
  request: DrawRequest,
  rate: RequestRate,
): Promise<DrawResult> => {
  const write: WriteBucket = (changes, condition) =>
    update(db, db.tables.access, hookRateKey(tenant, hook), changes, condition);
  return drawTokens(expiring(write, request), request, rate);
};

function expiring(write: WriteBucket, { now }: DrawRequest): WriteBucket {
  const ttl = toTtl(now / 1_000 + DAY_MS);
  return ({ set, ...changes }, condition) => write({ ...changes, ...(set && { set: { ...set, ttl } }) }, condition);
}

/** Updates the row of a bucket under a condition. */
type WriteBucket = (changes: Changes, condition: Clause) => Promise<UpdateResult>;

/**
 * Draws tokens from a bucket with one write, unless the bucket differs from the expected state. Instances
 * that draw from a bucket with enough tokens do not conflict.
 */
async function drawTokens(
  write: WriteBucket,
  { seen, wanted, now }: DrawRequest,
  rate: RequestRate,
): Promise<DrawResult> {
  let full = seen;
  for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
    const drawing = planDraw(full, now, wanted, rate);
    if (drawing.kind === 'wait') return { ok: false, waitUs: drawing.us, full };
    const { ok, item } = await applyDraw(write, drawing, now);
    full = item?.full as number | undefined;
    if (ok) return { ok, count: drawing.count, full };
  }
  return { ok: false, waitUs: 0, full };
}

function applyDraw(
  write: WriteBucket,
  drawing: Exclude<DrawPlan, { kind: 'wait' }>,
  now: number,
): Promise<UpdateResult> {
  if (drawing.kind === 'fresh') return write({ set: { full: drawing.full } }, any(absent('full'), atMost('full', now)));
  return write({ add: { full: drawing.cost } }, between('full', now, /* guard: request-rate.capacity */ drawing.most));
}
