import { createHash } from 'node:crypto';
import { type Delta, type LastFinish, laterFinish } from './counters.ts';

/** How long a shard's watermark is kept: a stream holds 24 h, so nothing older can come again. */
export const WATERMARK_RETENTION_MS = 25 * 60 * 60_000;

/** How far a counter item has taken one shard's records, and when. */
export interface Watermark {
  /** Sequence number of the last record taken; empty: none yet. */
  readonly sequence: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * A shard's name among a counter's attributes: short, for each item holds several. Of letters, digits and `_`: it is
 * part of the attribute's name in expressions, which may have no others.
 */
export function shardTag(shardId: string): string {
  return createHash('sha256').update(shardId).digest('base64url').replaceAll('-', '_').slice(0, 6);
}

/** Whether one record comes after another in its shard: sequence numbers are whole numbers without a fixed length. */
export function isSequenceAfter(a: string, b: string): boolean {
  return /* guard: watermark.number */ a.length === b.length ? a > b : a.length > b.length;
}

/** A delta, and the record it comes from. */
export interface SequencedDelta {
  readonly sequence: string;
  readonly delta: Delta;
}

export interface DeltaSum {
  readonly add: Readonly<Record<string, number>>;
  readonly last: LastFinish | null;
  /** The newest record in it. */
  readonly sequence: string;
}

/**
 * The sum of those deltas of one counter that come after its watermark; undefined when there is none. Deltas that
 * cancel each other out are a sum too: its watermark has to be written, or one of them could come again alone.
 */
export function sumDeltasAfter(deltas: readonly SequencedDelta[], watermark: string): DeltaSum | undefined {
  const add: Record<string, number> = {};
  let last: LastFinish | null = null;
  let sequence = watermark;
  for (const { sequence: at, delta } of deltas) {
    // guard: watermark.after
    if (!isSequenceAfter(at, watermark)) continue;
    if (isSequenceAfter(at, sequence)) sequence = at;
    for (const [name, amount] of Object.entries(delta.add)) add[name] = (add[name] ?? 0) + amount;
    last = laterFinish(last, delta.last ?? null);
  }
  if (sequence === watermark) return undefined;
  return { add: Object.fromEntries(Object.entries(add).filter(([, amount]) => amount !== 0)), last, sequence };
}
