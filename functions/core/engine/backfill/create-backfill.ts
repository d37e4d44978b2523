import { createHash } from 'node:crypto';
import { type Backfill, type BackfillOrder, MAX_BACKFILL_TICKS, MAX_OPEN_BACKFILLS } from '../../domain/backfill.ts';
import { InvalidInput, JobdeckError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import { schedulesOf } from '../../domain/job-timetable.ts';
import type { Limits } from '../../domain/limits.ts';
import { hashRunOptions, type RunOptions } from '../../domain/run-input.ts';
import type { DateFilter } from '../../domain/schedule/index.ts';
import { assertTenantNotDeleted } from '../../domain/tenant-tombstone.ts';
import { IDEMPOTENCY_RETENTION_MS, MINUTE_MS } from '../../domain/timing.ts';
import { findReachedLimit } from '../../domain/usage.ts';
import type { Platform } from '../../platform/platform.ts';
import {
  createBackfill,
  getBackfill,
  getBackfillsVersion,
  listOpenBackfills,
  type NewBackfill,
} from '../../store/backfills.ts';
import { findByIdempotencyKey, hashIdempotencyKey, type KeyedRequest } from '../../store/idempotency.ts';
import { getLimits, markUsedFeatures } from '../../store/limits.ts';
import { hastenSweep } from '../../store/sweep-agenda.ts';
import { scheduledTicksBetween } from '../start/job-schedule.ts';
import { readDates } from '../start/read-dates.ts';
import { getUsage } from '../start/start-context.ts';
import { requestAdvance } from './request-advance.ts';

/** A request for a run of each tick in a range. */
export interface BackfillRequest extends RunOptions {
  /** ISO 8601, both inclusive. */
  readonly from: string;
  readonly to: string;
  readonly order: BackfillOrder;
  readonly concurrency: number;
  /** Name of the caller. */
  readonly createdBy: string;
}

/**
 * Creates a backfill with the ticks that the job's schedule has in the range, and requests its first step. A repeat with
 * the same idempotency key returns the first backfill for 24 hours.
 *
 * @param request its input must be valid for the job's target (`validateRunInput`)
 * @throws InvalidInput `from`, `to` for a range in the future, without ticks, or with more than 10,000
 * @throws LimitReached `limit.storedBytes`, `limit.computeSecondsPerMonth`
 * @throws TenantDeletedError
 * @throws JobdeckError `job.on_demand`, `job.disabled`, `backfill.too_many` (conflict), `idempotency_key.reused`
 * (unprocessable)
 */
export async function requestBackfill(
  platform: Platform,
  job: Job,
  key: string | undefined,
  request: BackfillRequest,
): Promise<Backfill> {
  const keyed = key === undefined ? undefined : describeKey(job, key, request, platform.now());
  const earlier = keyed && (await findEarlier(platform, job, keyed));
  if (earlier) return earlier;
  const ticks = selectTicks(job, request, platform.now(), await readDates(platform.db, job));
  const countedAt = await getBackfillsVersion(platform.db, job.tenant);
  const { usesBackfills } = await assertMayBackfill(platform, job);
  // The sweep reads the backfills of marked tenants only.
  // guard: backfill.create.mark
  if (!usesBackfills) await markUsedFeatures(platform.db, job.tenant, { usesBackfills: true });
  const now = platform.now();
  const { input, tags, note, from, to, order, concurrency, createdBy } = request;
  const created = await putBackfill(platform, {
    ticks: order === 'asc' ? ticks : ticks.toReversed(),
    input,
    idempotency: keyed,
    countedAt,
    backfill: {
      ...newBackfill(job, platform.newUlid(now), now),
      cause: 'request',
      from,
      to,
      order,
      concurrency,
      total: ticks.length,
      tags,
      note,
      createdBy,
    },
  });
  // Another request has created a backfill since the open ones were counted.
  if (created === 'outdated') return requestBackfill(platform, job, key, request);
  if (created !== 'exists') return created;
  const concurrent = keyed && (await findEarlier(platform, job, keyed));
  if (concurrent) return concurrent;
  throw new Error(`job ${job.id}: the backfill exists already`);
}

/** Returns a backfill of the job without ticks. */
export function newBackfill(
  { tenant, id: jobId, incarnation }: Pick<Job, 'tenant' | 'id' | 'incarnation'>,
  id: string,
  now: number,
) {
  const at = new Date(now).toISOString();
  return {
    tenant,
    jobId,
    incarnation,
    id,
    state: 'running',
    position: 0,
    active: [],
    done: 0,
    failed: 0,
    canceled: 0,
    skipped: 0,
    version: 1,
    createdAt: at,
    updatedAt: at,
    finishedAt: null,
    canceledBy: null,
    purgeAt: null,
  } as const;
}

/**
 * Stores a backfill and requests its first step. The sweep is due before, so that it makes the step if a crash prevents the
 * request.
 *
 * @returns as `createBackfill`
 */
export async function putBackfill(platform: Platform, created: NewBackfill): Promise<Backfill | 'exists' | 'outdated'> {
  const { db, now, log } = platform;
  const { tenant, jobId: job, id, cause, total } = created.backfill;
  // guard: backfill.create.sweep
  await hastenSweep(db, tenant, now() + MINUTE_MS);
  const backfill = await createBackfill(db, created, now());
  if (backfill === 'exists' || backfill === 'outdated') return backfill;
  log.info('backfill.created', { tenant, job, backfill: id, cause, total });
  await requestAdvance(platform, backfill, id);
  return backfill;
}

/** Returns the ticks of the range, ascending. */
function selectTicks(
  job: Job,
  { from, to }: BackfillRequest,
  now: number,
  dates: DateFilter | undefined,
): readonly string[] {
  if (schedulesOf(job).length === 0) {
    throw new JobdeckError('conflict', 'job.on_demand', `Job '${job.id}' has no schedule, so that no range has ticks`);
  }
  if (to < from) throw new InvalidInput('to', `must not be before from (${from}), got ${to}`);
  if (Date.parse(to) > now) {
    throw new InvalidInput('to', `must not be in the future (it is ${new Date(now).toISOString()}), got ${to}`);
  }
  const ticks = scheduledTicksBetween(job, { from, to, limit: MAX_BACKFILL_TICKS + 1 }, dates);
  if (ticks.length === 0) throw new InvalidInput('from', `must select a tick of the schedule until ${to}, got ${from}`);
  if (ticks.length <= MAX_BACKFILL_TICKS) return ticks;
  const last = ticks[MAX_BACKFILL_TICKS - 1];
  throw new InvalidInput('to', `must select at most ${MAX_BACKFILL_TICKS} ticks (until ${last}), got ${to}`);
}

/** @returns the limits of the tenant */
async function assertMayBackfill(platform: Platform, { tenant, id, incarnation, enabled }: Job): Promise<Limits> {
  if (!enabled) throw new JobdeckError('conflict', 'job.disabled', `Job '${id}' is disabled`);
  const limits = await getLimits(platform.db, tenant, platform.defaultLimits);
  assertTenantNotDeleted(limits);
  const reached = findReachedLimit(limits, await getUsage(platform, tenant, limits));
  if (reached) throw reached.error;
  const open = await listOpenBackfills(platform.db, tenant, { tenant, jobId: id, incarnation });
  // guard: backfill.limit
  if (open.length < MAX_OPEN_BACKFILLS) return limits;
  const rule = `may have ${MAX_OPEN_BACKFILLS} backfills that have not ended and has ${open.length}`;
  throw new JobdeckError('conflict', 'backfill.too_many', `Job '${id}' ${rule}; wait, or cancel one`);
}

/** The line feed keeps this key apart from the keys of triggers, which contain none. */
function describeKey(job: Job, key: string, request: BackfillRequest, now: number): KeyedRequest {
  const { from, to, order, concurrency, ...options } = request;
  const content = JSON.stringify([from, to, order, concurrency, hashRunOptions(options)]);
  return {
    keyHash: hashIdempotencyKey(job.id, job.incarnation, `\nbackfill ${key}`),
    contentHash: createHash('sha256').update(content).digest('base64url'),
    expiresAt: now + IDEMPOTENCY_RETENTION_MS,
  };
}

async function findEarlier(
  { db, now }: Platform,
  job: Job,
  { keyHash, contentHash }: KeyedRequest,
): Promise<Backfill | undefined> {
  const use = await findByIdempotencyKey(db, job.tenant, keyHash, now());
  if (!use) return undefined;
  // guard: backfill.key.content
  if (use.contentHash !== contentHash) {
    const message = 'idempotency-key: was used for a request with another body';
    throw new JobdeckError('unprocessable', 'idempotency_key.reused', message);
  }
  return getBackfill(db, { ...use, id: use.ulid }, now());
}
