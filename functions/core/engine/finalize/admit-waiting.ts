import { decodeTime } from 'ulidx';
import type { Limits } from '../../domain/limits.ts';
import type { Run, RunRef } from '../../domain/run.ts';
import { LIMIT_CLASSES, limitClassOf } from '../../domain/run-class.ts';
import { CANCELED_BY_EXPIRY, isExpired } from '../../domain/run-expiry.ts';
import { DEFAULT_PRIORITY } from '../../domain/run-priority.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { MINUTE_MS, purgeTime } from '../../domain/timing.ts';
import { forEachConcurrent } from '../../platform/for-each-concurrent.ts';
import type { Platform } from '../../platform/platform.ts';
import { isServiceUnavailable } from '../../platform/service-errors.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { getLimits } from '../../store/limits.ts';
import { listOldestActive } from '../../store/run-lists.ts';
import { cancelExpired, endWaiting, getRuns, markAwaited } from '../../store/runs.ts';
import { releaseKeySlot } from './key-slots.ts';
import { releaseRun } from './release-run.ts';

/** Waiting runs of a priority that one freed slot reads, oldest first. The sweeper reads more. */
const LOOKAHEAD = 25;
/** Runs that a run with a priority marks when it begins to wait. The sweeper admits it if others end first. */
const MAX_MARKED = 100;
const CONCURRENT_MARKS = 16;
/** Time after the first use of priorities in which a claim may not have read it. */
const FIRST_USE_MARGIN_MS = MINUTE_MS;
/** Attempts to fill free slots while other processes admit the same runs. */
const MAX_ROUNDS = 4;

/** The limits on which the order of admission depends. */
export type KnownLimits = Pick<Limits, 'prioritiesSince'>;

/** @returns whether runs of the tenant may have another priority than the default; `true` if its limits are unknown */
export const usesPrioritiesOf = (limits: KnownLimits | undefined): boolean =>
  limits === undefined || limits.prioritiesSince !== undefined;

/** @returns whether the runs other than `run` hold all slots of the tenant. The index is eventually consistent. */
export async function isAtLimit({ db }: Pick<Platform, 'db'>, run: RunRef, concurrentRuns: number): Promise<boolean> {
  return (await countOthers(db, run.tenant, run, concurrentRuns)) >= concurrentRuns;
}

/** Counts the runs other than `run` that hold a slot, at most one more than there are slots. */
async function countOthers(
  db: Platform['db'],
  tenant: TenantId,
  run: RunRef | undefined,
  concurrentRuns: number,
): Promise<number> {
  const admitted = await listOldestActive(db, tenant, 'admitted', concurrentRuns + 1);
  return admitted.filter((ref) => run === undefined || !isSameRun(ref, run)).length;
}

const nameOf = ({ jobId, incarnation, ulid }: RunRef): string => `${jobId}#${incarnation}#${ulid}`;

const isSameRun = (a: RunRef, b: RunRef): boolean => nameOf(a) === nameOf(b);

/**
 * Admits runs that wait at the tenant's limit into the slots that `freed` has left free.
 *
 * @param freed a run that has just left its slot; the index, which is eventually consistent, may still show it there
 * @param known the limits of the tenant as the claim of `freed` read them, unless the run is marked since
 * ({@link awaitSlots})
 */
export async function admitWaiting(platform: Platform, freed: RunRef, known?: KnownLimits): Promise<void> {
  const { db, defaultLimits } = platform;
  const current = known ? undefined : await getLimits(db, freed.tenant, defaultLimits);
  const usesPriorities = (known ?? current)?.prioritiesSince !== undefined;
  const list = () => listLine(db, freed.tenant, LOOKAHEAD, usesPriorities);
  await admit(platform, freed.tenant, list, { freed, limits: current });
}

/**
 * Lists the runs of a tenant that wait for a slot, the most urgent first and the oldest of a priority first.
 *
 * @param usesPriorities `false` if all runs have the default priority, which saves four queries
 * @param added a run that the index may not show yet
 */
async function listLine(
  db: Platform['db'],
  tenant: TenantId,
  limit: number,
  usesPriorities: boolean,
  added?: Run,
): Promise<readonly RunRef[]> {
  const addedClass = added && limitClassOf(added.priority);
  const lines = await Promise.all(
    LIMIT_CLASSES.map(async (runClass) => {
      // guard: admit.priorities
      if (!usesPriorities && runClass !== 'limit') return [];
      const listed = await listOldestActive(db, tenant, runClass, limit);
      const isMissing = added && runClass === addedClass && !listed.some((ref) => isSameRun(ref, added));
      return isMissing ? [...listed, added] : listed;
    }),
  );
  return lines.flat();
}

/**
 * Admits waiting runs after `run` has been marked as waiting, if a slot became free meanwhile: the run that freed it may
 * not have found `run`.
 */
export async function recheckCapacity(platform: Platform, run: Run, { prioritiesSince }: KnownLimits): Promise<void> {
  const isPrioritized = run.priority !== DEFAULT_PRIORITY;
  // guard: admit.first-priority
  if (isPrioritized) await awaitSlots(platform, run, prioritiesSince);
  const list = () => listLine(platform.db, run.tenant, LOOKAHEAD, isPrioritized || prioritiesSince !== undefined, run);
  await admit(platform, run.tenant, list, { freed: run });
}

/**
 * Marks the runs that hold a slot and may have been claimed before the first use of priorities, so that their ends read the
 * limits again and find a run with a priority. A run that is marked is not written again.
 *
 * @param since the first use of priorities, or `undefined` if it is not visible yet
 */
async function awaitSlots({ db }: Pick<Platform, 'db'>, run: Run, since: string | undefined): Promise<void> {
  const holders = await listOldestActive(db, run.tenant, 'admitted', MAX_MARKED);
  const margin = Date.parse(since ?? run.createdAt) + FIRST_USE_MARGIN_MS;
  const early = holders.filter((ref) => decodeTime(ref.ulid) < margin && !isSameRun(ref, run));
  const rows = await getRuns(db, early, false);
  // A mark stays until the run ends, so that a read of the past finds no mark that is gone.
  const unmarked = early.filter((_, at) => !rows[at]?.awaited);
  await forEachConcurrent(CONCURRENT_MARKS, unmarked, async (ref) => void (await markAwaited(db, ref)));
}

/**
 * Admits up to `lookahead` waiting runs of each priority into free slots.
 *
 * @param limits the limits of the tenant as the sweep read them; `undefined` if they could not be read
 */
export async function sweepWaiting(
  platform: Platform,
  tenant: TenantId,
  lookahead: number,
  limits: Limits | undefined,
  hasTime: HasTime = () => true,
): Promise<void> {
  const list = () => listLine(platform.db, tenant, lookahead, usesPrioritiesOf(limits));
  await admit(platform, tenant, list, { hasTime });
}

/**
 * Admits runs from the head of a line into free slots. A run that cannot be admitted does not hold up those behind it. A
 * service that is unavailable ends the admission: the next run that ends, or the sweeper, admits the others.
 *
 * @param options `freed`: a run whose slot is free; `limits`: those of the tenant, if they were read just now
 * @throws AggregateError after the others were admitted, if the admission of some runs failed
 */
async function admit(
  platform: Platform,
  tenant: TenantId,
  list: () => Promise<readonly RunRef[]>,
  {
    freed,
    limits,
    hasTime = () => true,
  }: { readonly freed?: RunRef; readonly limits?: Limits | undefined; readonly hasTime?: HasTime },
): Promise<void> {
  const { db } = platform;
  /** The run that holds no slot although the index may show it. */
  let outside = freed;
  const failed: unknown[] = [];
  const tried = new Set<string>();
  let isAvailable = true;
  for (let rounds = 0; rounds < MAX_ROUNDS && isAvailable; rounds++) {
    // The index may still show the runs of an earlier round.
    const waiting = (await list()).filter((ref) => !tried.has(nameOf(ref)));
    if (waiting.length === 0) break;
    const isRead = limits !== undefined && rounds === 0;
    const { concurrentRuns, retentionDays } = isRead ? limits : await getLimits(db, tenant, platform.defaultLimits);
    let free = Math.max(0, concurrentRuns - (await countOthers(db, tenant, outside, concurrentRuns)));
    let missed = 0;
    for (const ref of waiting) {
      if (free <= 0 || !isAvailable || !hasTime()) break;
      tried.add(nameOf(ref));
      // It is admitted now, by this process or by another one.
      // guard: admit.own-run
      if (outside && isSameRun(ref, outside)) outside = undefined;
      try {
        const now = platform.now();
        const admitted = await endWaiting(db, ref, 'limit', new Date(now).toISOString());
        if (admitted.ok && /* guard: admit.expired */ isExpired(admitted.run, now)) {
          // The slot is still free, and a run that is not expired may be behind the listed ones.
          // guard: admit.expired.lookahead
          missed++;
          await endExpired(platform, admitted.run, purgeTime(now, retentionDays));
          continue;
        }
        free--;
        if (admitted.ok) await platform.queues.sendRun(ref);
        else missed++;
      } catch (error) {
        // guard: admit.runs-apart
        failed.push(error);
        /* guard: admit.service-unavailable */ isAvailable = !isServiceUnavailable(error);
      }
    }
    // Runs were ended, or admitted by another process, so the slots have to be counted again.
    if (missed === 0) break;
  }
  if (failed.length > 0)
    throw new AggregateError(failed, `${failed.length} runs were not admitted; first: ${String(failed[0])}`);
}

/** Cancels an expired run that has just left the line. Its slot stays free for the next one. */
async function endExpired(platform: Platform, run: Run, purgeAt: string): Promise<void> {
  const finishedAt = new Date(platform.now()).toISOString();
  const canceled = await cancelExpired(platform.db, run, { canceledBy: CANCELED_BY_EXPIRY, finishedAt, purgeAt });
  if (!canceled.ok) return;
  await releaseRun(platform, canceled.run);
  // guard: key.release.expired
  await releaseKeySlot(platform, canceled.run);
}
