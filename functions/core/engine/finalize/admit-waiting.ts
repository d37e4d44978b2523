import type { RunRef } from '../../domain/run.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { isServiceUnavailable } from '../../platform/service-errors.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { getLimits } from '../../store/limits.ts';
import { listOldestActive } from '../../store/run-lists.ts';
import { endWaiting } from '../../store/runs.ts';

/** Waiting runs that one freed slot reads, oldest first. The sweeper reads more. */
const LOOKAHEAD = 25;
/** Attempts to fill free slots while other processes admit the same runs. */
const MAX_ROUNDS = 4;

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
 */
export async function admitWaiting(platform: Platform, freed: RunRef): Promise<void> {
  const list = () => listOldestActive(platform.db, freed.tenant, 'limit', LOOKAHEAD);
  await admit(platform, freed.tenant, list, freed);
}

/**
 * Admits waiting runs after `run` has been marked as waiting, if a slot became free meanwhile: the run that freed it may
 * not have found `run`.
 */
export async function recheckCapacity(platform: Platform, run: RunRef): Promise<void> {
  const list = async () => {
    const listed = await listOldestActive(platform.db, run.tenant, 'limit', LOOKAHEAD);
    // The index may not show the mark of this run yet.
    return listed.some((ref) => isSameRun(ref, run)) ? listed : [...listed, run];
  };
  await admit(platform, run.tenant, list, run);
}

/** Admits up to `lookahead` waiting runs into free slots. */
export async function sweepWaiting(
  platform: Platform,
  tenant: TenantId,
  lookahead: number,
  hasTime: HasTime = () => true,
): Promise<void> {
  await admit(platform, tenant, () => listOldestActive(platform.db, tenant, 'limit', lookahead), undefined, hasTime);
}

/**
 * Admits runs from the head of a line into free slots. A run that cannot be admitted does not hold up those behind it. A
 * service that is unavailable ends the admission: the next run that ends, or the sweeper, admits the others.
 *
 * @throws AggregateError after the others were admitted, if the admission of some runs failed
 */
async function admit(
  platform: Platform,
  tenant: TenantId,
  list: () => Promise<readonly RunRef[]>,
  freed: RunRef | undefined,
  hasTime: HasTime = () => true,
): Promise<void> {
  const { db } = platform;
  const failed: unknown[] = [];
  const tried = new Set<string>();
  let isAvailable = true;
  for (let rounds = 0; rounds < MAX_ROUNDS && isAvailable; rounds++) {
    // The index may still show the runs of an earlier round.
    const waiting = (await list()).filter((ref) => !tried.has(nameOf(ref)));
    if (waiting.length === 0) break;
    const { concurrentRuns } = await getLimits(db, tenant, platform.defaultLimits);
    let free = Math.max(0, concurrentRuns - (await countOthers(db, tenant, freed, concurrentRuns)));
    let missed = 0;
    for (const ref of waiting) {
      if (free <= 0 || !isAvailable || !hasTime()) break;
      tried.add(nameOf(ref));
      try {
        const admitted = await endWaiting(db, ref, 'limit', new Date(platform.now()).toISOString());
        free--;
        if (admitted.ok) await platform.queues.sendRun(ref);
        else missed++;
      } catch (error) {
        // guard: admit.runs-apart
        failed.push(error);
        /* guard: admit.service-unavailable */ isAvailable = !isServiceUnavailable(error);
      }
    }
    // Another process admitted or ended these runs, so the slots have to be counted again.
    if (missed === 0) break;
  }
  if (failed.length > 0)
    throw new AggregateError(failed, `${failed.length} runs were not admitted; first: ${String(failed[0])}`);
}
