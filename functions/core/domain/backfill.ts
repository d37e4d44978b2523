import type { RunRef } from './run.ts';
import { hashedUlid, tickUlid } from './run-id.ts';
import type { RunInput } from './run-input.ts';
import { MINUTE_MS, SECOND_MS } from './timing.ts';

/** Maximum number of ticks of one backfill. */
export const MAX_BACKFILL_TICKS = 10_000;
/** Maximum number of runs of one backfill that are active at the same time. */
export const MAX_BACKFILL_CONCURRENCY = 20;
/** Maximum number of backfills of one job that have not ended. */
export const MAX_OPEN_BACKFILLS = 10;
/** Time after which a backfill that has not ended is canceled. */
export const MAX_BACKFILL_DAYS = 365;

/** Time after which a run that was to start, but has no row, is started again: its starter has crashed. */
export const BACKFILL_START_GRACE_MS = 30 * SECOND_MS;
/** Time after which a run without a row of a canceled backfill is given up: no process is starting it any more. */
export const BACKFILL_CANCEL_GRACE_MS = 5 * MINUTE_MS;

export const BACKFILL_STATES = ['running', 'paused', 'completed', 'canceled'] as const;
export type BackfillState = (typeof BACKFILL_STATES)[number];

export const BACKFILL_ORDERS = ['asc', 'desc'] as const;
export type BackfillOrder = (typeof BACKFILL_ORDERS)[number];

/** `request`: a caller asked for the runs; `catch_up`: the job makes up ticks that were missed. */
export const BACKFILL_CAUSES = ['request', 'catch_up'] as const;
export type BackfillCause = (typeof BACKFILL_CAUSES)[number];

/** The key of a backfill: its job, the job's incarnation, and the ULID. */
export interface BackfillRef {
  readonly tenant: RunRef['tenant'];
  readonly jobId: string;
  readonly incarnation: string;
  readonly id: string;
}

/** The numbers of a backfill's ended runs. */
export interface BackfillCounts {
  readonly done: number;
  readonly failed: number;
  readonly canceled: number;
  /** Ticks that had a row without a run when their turn came. */
  readonly skipped: number;
}

/** A list of ticks, each of which becomes one run of the job. The list never changes. */
export interface Backfill extends BackfillRef, BackfillCounts {
  readonly cause: BackfillCause;
  readonly state: BackfillState;
  /** Range of the ticks, ISO 8601, both inclusive. */
  readonly from: string;
  readonly to: string;
  readonly order: BackfillOrder;
  /** Maximum number of active runs. */
  readonly concurrency: number;
  /** Number of ticks. */
  readonly total: number;
  /** Number of ticks that were chosen to start. */
  readonly position: number;
  /** Indexes of the chosen ticks whose runs are not counted as ended. */
  readonly active: readonly number[];
  /** The input of every run; null for none, and for an input that is stored apart. */
  readonly input: RunInput | null;
  /** Size of an input that is stored apart, in bytes; otherwise 0. */
  readonly inputBytes: number;
  readonly tags: readonly string[];
  readonly note: string | null;
  /** Incremented by each write. */
  readonly version: number;
  readonly createdAt: string;
  /** Name of the caller; null for a backfill with the cause `catch_up`. */
  readonly createdBy: string | null;
  readonly updatedAt: string;
  readonly finishedAt: string | null;
  readonly canceledBy: string | null;
  /** Time at which the row expires, ISO 8601; null until the end. */
  readonly purgeAt: string | null;
}

/** @returns whether the backfill starts no more runs and none of its runs is active */
export const isBackfillOver = ({ state, active }: Pick<Backfill, 'state' | 'active'>): boolean =>
  isBackfillEnded(state) && active.length === 0;

/** @returns whether the backfill starts no more runs */
export const isBackfillEnded = (state: BackfillState): boolean => state === 'completed' || state === 'canceled';

/**
 * Returns the ULID of the run of a tick. A tick that is made up has the ULID of its scheduled run, so that a late message
 * of the scheduler starts no second run.
 *
 * @param index index of the tick
 */
export function backfillRunUlid(
  backfill: BackfillRef & Pick<Backfill, 'cause' | 'createdAt'>,
  index: number,
  tick: string,
): string {
  const { tenant, jobId, incarnation, id, cause, createdAt } = backfill;
  // guard: catch-up.tick-ulid
  if (cause === 'catch_up') return tickUlid({ tenant, jobId, incarnation }, tick);
  // The history of the job shows the runs in their order.
  return hashedUlid(Date.parse(createdAt) + index, `${tenant}#${jobId}#${incarnation}#${id}#${tick}`);
}

/**
 * The row of a chosen tick: the end of its run, `active`, or `missing` if there is no row. `skipped`: the tick was
 * decided before, and became no run.
 */
export type BackfillOutcome = keyof BackfillCounts | 'active' | 'missing';

/** The next action of a backfill. */
export interface BackfillStep {
  /** The backfill after the step; the given one if nothing changes. */
  readonly next: Backfill;
  /** Indexes of the ticks whose runs are to be started once `next` is stored. */
  readonly start: readonly number[];
}

/** The circumstances of a step. */
export interface StepContext {
  /** `false` if no run may start now: the job is disabled, for example. */
  readonly mayStart: boolean;
  /** Maximum number of active runs under any concurrency (`backfillSlots`). */
  readonly slots: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Returns the maximum number of a backfill's active runs, so that all backfills of its tenant leave a slot for other runs:
 * an equal share, of what the others leave; no more while one of its runs waits for a slot, in the line of the other runs.
 *
 * @param others the other running backfills of the tenant
 */
export function backfillSlots(
  concurrentRuns: number,
  isWaiting: boolean,
  others: readonly Pick<Backfill, 'active'>[],
): number {
  if (isWaiting) return 0;
  const all = Math.max(1, concurrentRuns - 1);
  const used = others.reduce((sum, { active }) => sum + active.length, 0);
  const share = Math.max(1, Math.floor(all / (others.length + 1)));
  return Math.max(0, Math.min(share, all - used));
}

/**
 * Decides the next step of a backfill: counts ended runs, and chooses ticks up to the concurrency. Repeated for the same
 * outcomes, it counts nothing twice, because a counted run is no longer active.
 *
 * @param outcomes the outcome of each active tick, by index
 */
export function stepBackfill(
  backfill: Backfill,
  outcomes: ReadonlyMap<number, BackfillOutcome>,
  { mayStart, slots, now }: StepContext,
): BackfillStep {
  const age = now - Date.parse(backfill.updatedAt);
  const counts = { done: 0, failed: 0, canceled: 0, skipped: 0 };
  const left: number[] = [];
  const start: number[] = [];
  const isStarting = backfill.state === 'running' && mayStart;
  for (const index of backfill.active) {
    const outcome = outcomes.get(index) ?? 'missing';
    if (outcome !== 'active' && outcome !== 'missing') {
      counts[outcome] += 1;
      continue;
    }
    const isGivenUp = outcome === 'missing' && backfill.state === 'canceled' && age >= BACKFILL_CANCEL_GRACE_MS;
    if (isGivenUp) {
      counts.canceled += 1;
      continue;
    }
    left.push(index);
    if (outcome === 'missing' && isStarting && age >= BACKFILL_START_GRACE_MS) start.push(index);
  }
  const room = isStarting ? Math.max(0, Math.min(backfill.concurrency, slots) - left.length) : 0;
  const chosen = Array.from(
    { length: Math.min(room, backfill.total - backfill.position) },
    (_, i) => backfill.position + i,
  );
  const active = [...left, ...chosen];
  const position = backfill.position + chosen.length;
  const isComplete = backfill.state === 'running' && position >= backfill.total && active.length === 0;
  const isChanged = active.length !== backfill.active.length || chosen.length > 0 || isComplete;
  const time = new Date(now).toISOString();
  const next: Backfill = {
    ...backfill,
    done: backfill.done + counts.done,
    failed: backfill.failed + counts.failed,
    canceled: backfill.canceled + counts.canceled,
    skipped: backfill.skipped + counts.skipped,
    position,
    active,
    updatedAt: time,
    ...(isComplete && { state: 'completed' as const, finishedAt: time }),
  };
  return { next: isChanged ? next : backfill, start: [...start, ...chosen] };
}
