import { type Counter, REBUILD_MARKERS } from '../../domain/counters.ts';
import { type Counts, differences } from '../../domain/drift.ts';
import { COUNTED_ATTRIBUTES } from '../../domain/run-counts.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { DAY_MS, RUN_CREATION_GRACE_MS } from '../../domain/timing.ts';
import { forEachConcurrent } from '../../platform/for-each-concurrent.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { correctCounter, joinRebuild, listCounters, type NamedCounter } from '../../store/counters.ts';
import { type JobRef, runPartition } from '../../store/keys.ts';
import { getGeneration, raiseGeneration } from '../../store/limits.ts';
import { getRebuild, putRebuild, type Rebuild, removeRebuild } from '../../store/rebuilds.ts';
import { putRebuildMarker, scanRuns } from '../../store/run-scan.ts';
import { touchRun } from '../../store/runs.ts';
import { listPartitions } from './list-partitions.ts';

/**
 * A longer rebuild restarts: the stream keeps a change for 24 h, and the aggregator's event source mapping discards it
 * after 23 h. A shorter rebuild cannot miss a change of its own.
 */
export const MAX_REBUILD_MS = DAY_MS / 2;

/** Rows touched at the same time. */
const CONCURRENCY = 16;

/** The state of a rebuild after one invocation. */
export type RebuildProgress =
  /** All counters of the rebuild are correct. */
  | { readonly kind: 'done' }
  /** The next step is possible at this time, in epoch milliseconds. */
  | { readonly kind: 'waiting'; readonly until: number }
  /** The time ran out, or another process advances the rebuild. */
  | { readonly kind: 'stopped' };

/** Milliseconds between two looks at counters that have not received their markers. */
const POLL_INTERVAL_MS = 2_000;

/**
 * Rebuilds the current counts of a tenant's counters under traffic. The rebuild consists of steps; each is stored and
 * can be repeated. Lifetime totals are not changed.
 *
 * Correctness: each counter to be corrected keeps a second count beside the first, in the same item and under the same
 * watermarks. It counts the runs that carry the rebuild's generation. At any watermarks the second count equals the
 * number of such runs as of those stream records. It is the true count once every run as of those records carries the
 * generation. To reach that:
 *
 * 1. Counters join before any run can carry the generation (`joinRebuild` verifies this in its transaction), so they
 *    miss no run. A counter created later does not take part.
 * 2. New runs are created with the generation. The rebuild waits for starts that are under way.
 * 3. Each job's rows are read, and rows without the generation are touched. From then on the job has none, and every
 *    later record changes both counts alike. Then a marker is written among the job's rows. Its record follows, in its
 *    shard, all records that still contain a run without the generation. (Records of a partition are ordered; DynamoDB
 *    splits a job's rows among partitions only at many gigabytes or 1,000 writes a second.)
 * 4. A counter that has counted the markers of all jobs whose runs it may count has processed all those records. The
 *    difference of its two counts is constant from then on, independent of later changes, and is added to the first.
 */
export async function advanceRebuild(platform: Platform, tenant: TenantId, hasTime: HasTime): Promise<RebuildProgress> {
  const { db, now } = platform;
  const rebuild = await getRebuild(db, tenant);
  if (!rebuild) return { kind: 'done' };
  if (/* guard: rebuild.too-long */ now() - rebuild.startedAt > MAX_REBUILD_MS) {
    platform.log.warn('rebuild.restarted', { tenant, generation: rebuild.generation });
    return (await startRebuild(platform, tenant, rebuild))
      ? advanceRebuild(platform, tenant, hasTime)
      : { kind: 'stopped' };
  }
  if (rebuild.bornSince === null) {
    if (!(await joinCounters(platform, tenant, rebuild, hasTime))) return { kind: 'stopped' };
    return advanceRebuild(platform, tenant, hasTime);
  }
  const until = rebuild.bornSince + RUN_CREATION_GRACE_MS;
  if (/* guard: rebuild.wait */ now() < until) return { kind: 'waiting', until };
  const walked = rebuild.walked ? rebuild : await touchRuns(platform, tenant, rebuild, hasTime);
  return walked ? correctCounters(platform, tenant, walked) : { kind: 'stopped' };
}

/** Starts a rebuild unless one is running. {@link advanceRebuild} executes it. */
export async function beginRebuild(platform: Platform, tenant: TenantId): Promise<void> {
  if (!(await getRebuild(platform.db, tenant))) await startRebuild(platform, tenant, undefined);
}

async function startRebuild(platform: Platform, tenant: TenantId, outdated: Rebuild | undefined): Promise<boolean> {
  const generation = Math.max(await getGeneration(platform.db, tenant), outdated?.generation ?? 0) + 1;
  const rebuild: Rebuild = {
    generation,
    step: 0,
    startedAt: platform.now(),
    bornSince: null,
    at: null,
    marking: false,
    markers: 0,
    walked: false,
  };
  platform.log.info('rebuild.started', { tenant, generation });
  return putRebuild(platform.db, tenant, outdated, rebuild);
}

/**
 * Stores a step.
 *
 * @returns `undefined` if another process advances this rebuild
 */
async function saveStep(
  { db }: Platform,
  tenant: TenantId,
  seen: Rebuild,
  change: Partial<Rebuild>,
): Promise<Rebuild | undefined> {
  const next = { ...seen, ...change, step: seen.step + 1 };
  return (await putRebuild(db, tenant, seen, next)) ? next : undefined;
}

/** Adds a second count to each counter, then creates new runs with the generation. Idempotent. */
async function joinCounters(
  platform: Platform,
  tenant: TenantId,
  rebuild: Rebuild,
  hasTime: HasTime,
): Promise<boolean> {
  const { db } = platform;
  const { generation } = rebuild;
  const existing = await listCounters(db, tenant);
  const { jobs, all } = await listPartitions(platform, tenant, existing);
  const integrationIds = new Set([
    ...integrationsOf(existing),
    ...jobs.flatMap(({ integrationId }) => (integrationId === null ? [] : [integrationId])),
  ]);
  const counters: Counter[] = [
    { kind: 'tenant' },
    ...all.map(({ jobId, incarnation }) => ({ kind: 'job', jobId, incarnation }) as const),
    ...[...integrationIds].map((integrationId) => ({ kind: 'integration', integrationId }) as const),
  ];
  await forEachConcurrent(CONCURRENCY, counters, async (counter) => {
    if (hasTime()) await joinRebuild(db, tenant, counter, generation);
  });
  if (!hasTime()) return false;
  await raiseGeneration(db, tenant, generation);
  return (await saveStep(platform, tenant, rebuild, { bornSince: platform.now() })) !== undefined;
}

const integrationsOf = (counters: readonly NamedCounter[]) =>
  counters.flatMap(({ counter }) => (counter.kind === 'integration' ? [counter.integrationId] : []));

/**
 * Touches the runs of every job and writes the job's marker.
 *
 * @returns `undefined` if the rebuild was stopped
 */
async function touchRuns(
  platform: Platform,
  tenant: TenantId,
  rebuild: Rebuild,
  hasTime: HasTime,
): Promise<Rebuild | undefined> {
  const counters = await listCounters(platform.db, tenant);
  const integrationIds = integrationsOf(counters.filter(({ values }) => takesPart(values, rebuild)));
  const marker = { generation: rebuild.generation, integrationIds };
  let seen: Rebuild | undefined = rebuild;
  // The marker was counted whether it was written or not. Writing it again changes nothing.
  if (seen.marking && seen.at)
    await putRebuildMarker(platform.db, { tenant, ...seen.at }, marker, markerExpiry(rebuild));
  for (const job of (await listPartitions(platform, tenant, counters)).all) {
    if (isTouched(seen, job)) continue;
    seen = await touchJob(platform, seen, job, hasTime);
    if (!seen) return undefined;
    // The count is stored first, so that no marker exists uncounted.
    seen = await saveStep(platform, tenant, seen, { marking: true, markers: seen.markers + 1 });
    if (!seen) return undefined;
    await putRebuildMarker(platform.db, job, marker, markerExpiry(rebuild));
  }
  return saveStep(platform, tenant, seen, { walked: true });
}

/** DynamoDB removes markers by TTL some time after their last use. */
const markerExpiry = ({ startedAt }: Rebuild) => startedAt + DAY_MS;

const takesPart = ({ rebuild: part }: NamedCounter['values'], { generation }: Rebuild) =>
  part?.generation === generation;

/** @returns whether the job has been touched and its marker counted */
function isTouched({ at, marking }: Rebuild, job: JobRef): boolean {
  if (!at) return false;
  const [here, there] = [runPartition({ tenant: job.tenant, ...at }), runPartition(job)];
  return there < here || (there === here && marking);
}

/** Touches the runs of one job and stores the position after each page. */
async function touchJob(
  platform: Platform,
  rebuild: Rebuild,
  { tenant, jobId, incarnation }: JobRef,
  hasTime: HasTime,
): Promise<Rebuild | undefined> {
  const { generation, at, marking } = rebuild;
  const isCurrentJob = at?.jobId === jobId && at.incarnation === incarnation && !marking;
  const job = { tenant, jobId, incarnation };
  let seen: Rebuild | undefined = {
    ...rebuild,
    at: { jobId, incarnation, from: isCurrentJob ? at.from : '' },
    marking: false,
  };
  for await (const page of scanRuns(platform.db, job, { from: seen.at?.from ?? '', consistent: true })) {
    const outdated = page.filter((run) => run.generation < generation);
    await forEachConcurrent(CONCURRENCY, outdated, ({ ulid }) => touchRun(platform.db, { ...job, ulid }, generation));
    const last = page.at(-1);
    const isOutOfTime = !hasTime();
    if (last && (outdated.length > 0 || isOutOfTime)) {
      seen = await saveStep(platform, tenant, seen, { at: { jobId, incarnation, from: last.ulid } });
    }
    if (!seen || isOutOfTime) return undefined;
  }
  return seen;
}

/**
 * Corrects every counter that has received its markers. The rebuild is done when no counter has a second count left.
 */
async function correctCounters(platform: Platform, tenant: TenantId, rebuild: Rebuild): Promise<RebuildProgress> {
  const { db, now, log } = platform;
  const { generation, markers } = rebuild;
  const parts = (await listCounters(db, tenant)).filter(({ values }) => takesPart(values, rebuild));
  const ready = parts.filter(/* guard: rebuild.passed */ ({ counter, values }) => hasPassed(counter, values, markers));
  await forEachConcurrent(CONCURRENCY, ready, async ({ counter, values }) => {
    const missing = missingCounts(values);
    const corrected = await correctCounter(db, tenant, counter, { generation, missing }, now());
    if (corrected && Object.keys(missing).length > 0) log.warn('rebuild.corrected', { tenant, ...counter, missing });
  });
  if (ready.length < parts.length) return { kind: 'waiting', until: now() + POLL_INTERVAL_MS };
  log.info('rebuild.completed', { tenant, generation, counters: parts.length });
  await removeRebuild(db, tenant, rebuild);
  return { kind: 'done' };
}

/** A job's counter waits for the marker of its job, other counters for all markers. */
function hasPassed(counter: Counter, { rebuild: part }: NamedCounter['values'], markers: number): boolean {
  return (part?.counts[REBUILD_MARKERS] ?? 0) === (counter.kind === 'job' ? 1 : markers);
}

/** Returns the amounts to add to the current counts. Empty if the counts are correct. */
function missingCounts({ current, rebuild: part }: NamedCounter['values']): Counts {
  return differences(part?.counts ?? {}, current, COUNTED_ATTRIBUTES);
}
