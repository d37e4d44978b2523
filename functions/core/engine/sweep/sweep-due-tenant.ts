import type { SweepMessage } from '../../domain/messages.ts';
import { NextSweep } from '../../domain/next-sweep.ts';
import { SWEEP_DELAY_MS } from '../../domain/sweep-agenda.ts';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../domain/timing.ts';
import {
  type AgendaEntry,
  getAgendaEntry,
  type NextEntry,
  postponeSweep,
  type SweepTime,
} from '../../store/sweep-agenda.ts';
import { getTombstone } from '../../store/tombstones.ts';
import type { SweeperPlatform } from './purge.ts';
import { SWEEP_BUDGET_MS } from './sweep-limits.ts';
import { SweepFailedError, type SweepResult, sweepTenant } from './sweep-tenant.ts';

/** Tolerance by which a message may precede the time of its entry: clocks differ. */
const DUE_TOLERANCE_MS = 5 * SECOND_MS;

/** Minimum and maximum time between two purges of a tenant that has runs. */
const PURGE_INTERVAL = { min: HOUR_MS, max: DAY_MS } as const;

/** The entry of a tenant without a counter: everything is due. */
const NO_ENTRY: AgendaEntry = {
  sweepAt: null,
  definitionsAt: 0,
  delaysAt: 0,
  purgeAt: 0,
  walkAfter: undefined,
  retriesAfter: undefined,
  delaysAfter: undefined,
  hasActiveRuns: false,
  hasRuns: false,
  changes: 0,
  definitionChanges: 0,
};

/**
 * Sweeps the tenant of a message and stores the time of its next sweep. A message of an earlier sweep has no effect: its
 * entry was postponed. A lost message has none either: the entry stays due, and a message is sent each minute.
 *
 * @param receives number of times the message was received. A message of the agenda is not handled twice, because a newer
 * one exists; a message of the pass is, because its earlier receive may have ended half-way
 * @throws SweepFailedError after the time was stored, if parts of the sweep failed
 */
export async function sweepDueTenant(
  platform: SweeperPlatform,
  { tenant, full }: SweepMessage,
  receives = 1,
): Promise<void> {
  const { db, now } = platform;
  const startedAt = now();
  const seen = await getAgendaEntry(db, tenant);
  // The entry is due a minute after a sweep that failed, and still due after one that was interrupted.
  /* guard: sweep.message.redelivered */ if (seen && !full && receives > 1) return;
  const isDueAt = (time: SweepTime) => time !== null && time <= startedAt + DUE_TOLERANCE_MS;
  // guard: sweep.message.postponed
  if (!full && !isDueAt(seen?.sweepAt ?? null)) return;
  // The pass may have listed the tenant before its deletion, and the agenda holds it until the deletion's last step.
  if (/* guard: sweep.tenant-deleted */ (await getTombstone(db, tenant)).tombstonedAt !== null) return;
  const entry = seen ?? NO_ENTRY;
  const sweep = sweepTenant(platform, tenant, {
    definitions: full === true || isDueAt(entry.definitionsAt),
    after: full ? undefined : entry.walkAfter,
    // guard: sweep.retries.continued
    retriesAfter: entry.retriesAfter,
    delays: full === true || isDueAt(entry.delaysAt),
    // guard: sweep.delays.continued
    delaysAfter: entry.delaysAfter,
    purge: isDueAt(entry.purgeAt),
    hasTime: () => now() - startedAt < SWEEP_BUDGET_MS,
  });
  const outcome = await sweep.catch((error: unknown) => {
    if (error instanceof SweepFailedError) return error;
    throw error;
  });
  const failure = outcome instanceof SweepFailedError ? outcome : undefined;
  const result = outcome instanceof SweepFailedError ? outcome.result : outcome;
  if (now() - startedAt >= SWEEP_BUDGET_MS) platform.log.warn('sweep.unfinished', { tenant });
  if (seen) await postponeSweep(db, tenant, seen, nextEntry(seen, result, startedAt), startedAt);
  if (failure) throw failure;
}

/** Returns the times of the next sweep from the result of a sweep that started at `startedAt`. */
export function nextEntry(
  seen: AgendaEntry,
  { nextAt, definitionsAt, delaysAt, delaysAfter, after, retriesAfter, purgeAt }: SweepResult,
  startedAt: number,
): NextEntry {
  const soonest = startedAt + SWEEP_DELAY_MS;
  const walked = definitionsAt !== undefined;
  // Such a walk knows only the times of the runs that it has read.
  const isDelaysPart = delaysAfter !== undefined || seen.delaysAfter !== undefined;
  const times = {
    // A walk that continues is due; it knows only the times of the jobs that it has walked.
    definitionsAt: !walked
      ? seen.definitionsAt
      : after === undefined && seen.walkAfter === undefined
        ? definitionsAt
        : 0,
    delaysAt: delaysAt === undefined ? seen.delaysAt : /* guard: agenda.next.delays-walk */ isDelaysPart ? 0 : delaysAt,
    purgeAt: nextPurge(seen, purgeAt, startedAt),
    walkAfter: walked ? after : seen.walkAfter,
    retriesAfter,
    delaysAfter,
  };
  const next = new NextSweep();
  // guard: agenda.next.active
  if (seen.hasActiveRuns) next.include(soonest);
  next.include(nextAt);
  // guard: agenda.next.definitions
  next.include(times.definitionsAt);
  // guard: agenda.next.delays
  next.include(times.delaysAt);
  next.include(times.purgeAt);
  return { ...times, sweepAt: next.at === null ? null : Math.max(next.at, soonest) };
}

function nextPurge({ purgeAt, hasRuns }: AgendaEntry, nextDueAt: SweepTime | undefined, startedAt: number): SweepTime {
  const { min, max } = PURGE_INTERVAL;
  if (nextDueAt === undefined) return purgeAt === null && hasRuns ? startedAt + max : purgeAt;
  if (nextDueAt === null) return hasRuns ? startedAt + max : null;
  // An unfinished purge continues with the next sweep.
  if (nextDueAt <= startedAt) return startedAt;
  return Math.min(Math.max(nextDueAt, startedAt + min), startedAt + max);
}
