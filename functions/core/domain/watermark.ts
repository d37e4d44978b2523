import { createHash } from 'node:crypto';
import { CURRENT_PREFIX, type Delta, type LastFinish, laterFinish, RECENT_PREFIX } from './counters.ts';
import { largerPart, type SweepPart } from './sweep-agenda.ts';

/** Retention of a shard's watermark. A stream holds records for 24 h, so older records cannot be delivered again. */
export const WATERMARK_RETENTION_MS = 25 * 60 * 60_000;

/** The progress of a counter item on the records of one shard. */
export interface Watermark {
  /** Sequence number of the last record counted; empty for none. */
  readonly sequence: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * Returns a short name for a shard as part of attribute names. It consists of letters, digits and `_`, the characters
 * allowed in expressions.
 */
export function shardTag(shardId: string): string {
  return createHash('sha256').update(shardId).digest('base64url').replaceAll('-', '_').slice(0, 6);
}

/**
 * Compares sequence numbers of one shard, which are integers of variable length.
 *
 * @returns whether `a` is greater than `b`
 */
export function isSequenceAfter(a: string, b: string): boolean {
  return /* guard: watermark.number */ a.length === b.length ? a > b : a.length > b.length;
}

/**
 * Returns a sequence number in a form whose order as text is its order as a number: two digits for its length, then its
 * digits.
 *
 * @param sequence a number of 1–40 digits
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html
 */
export const toSortable = (sequence: string): string => String(sequence.length).padStart(2, '0') + sequence;

export const fromSortable = (text: string): string => text.slice(2);

/** A delta and the sequence number of its record. */
export interface SequencedDelta {
  readonly sequence: string;
  readonly delta: Delta;
}

export interface DeltaSum {
  readonly add: Readonly<Record<string, number>>;
  readonly last: LastFinish | null;
  /** A run created before the counter's cut changed. */
  readonly changesOldPart: boolean;
  /** Sequence number of the oldest record in the sum. */
  readonly first: string;
  /** Sequence number of the newest record in the sum. */
  readonly sequence: string;
  /** The part of the tenant's sweep that the changes make due. */
  readonly sweep?: SweepPart | undefined;
}

/**
 * Sums the deltas of one counter that follow its watermark.
 *
 * @param cut ISO time: current counts of runs created then or later are added to the recent part as well; null for none
 * @returns `undefined` if there are none. Deltas that cancel out are a sum as well: without a new watermark one of them
 * could be counted again.
 */
export function sumDeltasAfter(
  deltas: readonly SequencedDelta[],
  watermark: string,
  cut: string | null = null,
): DeltaSum | undefined {
  const add: Record<string, number> = {};
  const count = (name: string, amount: number) => {
    add[name] = (add[name] ?? 0) + amount;
  };
  let changesOldPart = false;
  let last: LastFinish | null = null;
  let first: string | undefined;
  let sequence = watermark;
  let sweep: SweepPart | undefined;
  for (const { sequence: at, delta } of deltas) {
    // guard: watermark.after
    if (!isSequenceAfter(at, watermark)) continue;
    if (isSequenceAfter(at, sequence)) sequence = at;
    if (first === undefined || isSequenceAfter(first, at)) first = at;
    const { createdAt } = delta;
    const isRecent = cut !== null && createdAt !== undefined && createdAt >= cut;
    for (const [name, amount] of Object.entries(delta.add)) {
      count(name, amount);
      if (isRecent) count(RECENT_PREFIX + name.slice(CURRENT_PREFIX.length), amount);
    }
    changesOldPart ||= createdAt !== undefined && !isRecent;
    last = laterFinish(last, delta.last ?? null);
    sweep = largerPart(sweep, delta.sweep);
  }
  if (first === undefined) return undefined;
  const sums = Object.fromEntries(Object.entries(add).filter(([, amount]) => amount !== 0));
  return { add: sums, last, changesOldPart, first, sequence, ...(sweep && { sweep }) };
}
