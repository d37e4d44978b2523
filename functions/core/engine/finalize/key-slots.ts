import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '../../domain/job.ts';
import { isTerminal, type Run, type RunRef } from '../../domain/run.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { getJob } from '../../store/jobs.ts';
import {
  admitFromLine,
  getKeySlots,
  hasKey,
  holderName,
  parseHolder,
  putInLine,
  removeFromLine,
  removePlace,
  replaceHolders,
  type SlotHolders,
  waitWithoutSlot,
} from '../../store/key-slots.ts';
import { getRun, getRuns, markWaiting } from '../../store/runs.ts';

type KeyPlatform = Pick<Platform, 'db' | 'now' | 'queues' | 'random'>;

/** Attempts at one change of a key value while other processes change it. */
const MAX_ATTEMPTS = 50;
/** Runs that one call admits at most. The sweep admits the others. */
const MAX_ADMITTED = 200;

/**
 * Ensures that a run which is about to be claimed holds a slot of its key value. Without a free slot, or while other runs
 * wait, the run joins the line and waits. A run keeps its slot until its end, also between its attempts.
 *
 * @param job the definition whose limit applies. A run of a job that has no concurrency key anymore needs no slot.
 * @returns `false` if the run waits, or is not claimable anymore
 */
export async function acquireKeySlot(platform: KeyPlatform, run: Run, { concurrency }: Job): Promise<boolean> {
  if (!hasKey(run) || !concurrency) return true;
  const { db, now } = platform;
  const { tenant, concurrencyKey: key } = run;
  const name = holderName(run);
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    await pauseBetween(platform, attempts);
    const { holders, line } = await getKeySlots(db, tenant, key, 1);
    if (holders.includes(name)) return true;
    const active = holders.length < concurrency.limit ? holders : await withoutEnded(platform, tenant, holders);
    // guard: key.line-first
    const isFirst = line.length === 0;
    if (isFirst && /* guard: key.limit */ active.length < concurrency.limit) {
      if (await replaceHolders(db, { tenant, key }, holders, [...active, name], now())) return true;
      continue;
    }
    // A slot may have become free since: the run that freed it may not have found this run.
    // guard: key.wait.recheck
    if (await putInLine(db, run, now())) await admitByKey(platform, tenant, key);
    return false;
  }
  throw changedError(run);
}

/**
 * Marks a queued run as waiting for the lock of its job. Its slot goes to the next run of the line, for which the run that
 * holds the lock may be waiting: the job had another overlap policy when the run received the slot.
 *
 * @returns `false` if the run is not claimable anymore
 */
export async function waitForLock(platform: KeyPlatform, run: Run): Promise<boolean> {
  const { db, now } = platform;
  if (!hasKey(run)) return (await markWaiting(db, run, 'overlap')).ok;
  const { tenant, concurrencyKey: key } = run;
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    await pauseBetween(platform, attempts);
    const { holders } = await getKeySlots(db, tenant, key, 0);
    const others = without(holders, run);
    if (/* guard: key.lock.slot */ isSame(others, holders)) return (await markWaiting(db, run, 'overlap')).ok;
    if (await waitWithoutSlot(db, run, holders, others, now())) {
      await admitByKey(platform, tenant, key);
      return true;
    }
    const current = await getRun(db, run);
    if (current?.state !== 'queued' || current.waiting) return false;
  }
  throw changedError(run);
}

/**
 * Frees the slot of a run that has ended, and gives it to the next run of the line. The sweep repeats what a crash prevents.
 */
export async function releaseKeySlot(platform: KeyPlatform, run: Run): Promise<void> {
  if (!hasKey(run)) return;
  // A run that was canceled may be in the line.
  // guard: key.release.line
  if (run.startedAt === null) await removeFromLine(platform.db, run);
  await admitByKey(platform, run.tenant, run.concurrencyKey, run);
}

const changedError = ({ ulid }: Run) =>
  new Error(`run ${ulid}: the slots of its concurrency key changed in ${MAX_ATTEMPTS} attempts`);

/**
 * Gives the free slots of a key value to the runs that wait for them, in order. The limit of each run's job applies to that
 * run: a run that may not start holds up those behind it, so that it starts at last.
 *
 * @param freed a run that has ended
 */
export async function admitByKey(platform: KeyPlatform, tenant: TenantId, key: string, freed?: Run): Promise<void> {
  const { db, queues, now } = platform;
  for (let admitted = 0, attempts = 0; admitted < MAX_ADMITTED && attempts < MAX_ATTEMPTS; ) {
    await pauseBetween(platform, attempts);
    const { holders: seen, line } = await getKeySlots(db, tenant, key, 1);
    const holders = freed ? without(seen, freed) : seen;
    const [first] = line;
    const next = first && (await getRun(db, first.ref));
    // guard: key.line.ended
    const hasEnded = !next || isTerminal(next.state);
    if (first && hasEnded) {
      await removePlace(db, first.place);
      continue;
    }
    const limit = next && (await findLimit(platform, next));
    // A run whose message was delivered twice may have received a slot and joined the line then.
    const othersOf = (names: SlotHolders) => (next ? /* guard: key.admit.holder */ without(names, next) : names);
    const isBelow = (names: SlotHolders) =>
      limit === undefined || /* guard: key.admit.limit */ othersOf(names).length < limit;
    const active = !next || isBelow(holders) ? holders : await withoutEnded(platform, tenant, holders);
    if (!next || !hasKey(next) || !isBelow(active)) {
      if (isSame(active, seen) || (await replaceHolders(db, { tenant, key }, seen, active, now()))) return;
      attempts++;
      continue;
    }
    const others = othersOf(active);
    const then = limit === undefined ? others : [...others, holderName(next)];
    if (await admitFromLine(db, next, seen, then, now())) {
      admitted++;
      attempts = 0;
      await queues.sendRun(next);
    } else attempts++;
  }
}

/** Random backoff separates processes that collide. */
async function pauseBetween({ random }: KeyPlatform, attempts: number): Promise<void> {
  if (attempts > 0) await sleep(random() * Math.min(10 * attempts, 100));
}

/** @returns the limit that applies to a run; `undefined` if its job has none anymore, or was deleted */
async function findLimit({ db }: KeyPlatform, run: Run): Promise<number | undefined> {
  const job = await getJob(db, run.tenant, run.jobId);
  return job?.incarnation === run.incarnation ? job.concurrency?.limit : undefined;
}

/** Returns those of the runs that hold a slot whose end has not freed it: a crash may have prevented that. */
async function withoutEnded({ db }: KeyPlatform, tenant: TenantId, holders: SlotHolders): Promise<SlotHolders> {
  const runs = await getRuns(
    db,
    holders.map((name) => parseHolder(tenant, name)),
  );
  // guard: key.ended-holder
  return holders.filter((_, i) => runs[i] !== undefined && !isTerminal(runs[i].state));
}

const without = (holders: SlotHolders, run: RunRef): SlotHolders => holders.filter((name) => name !== holderName(run));

const isSame = (these: SlotHolders, those: SlotHolders): boolean => these.length === those.length;
