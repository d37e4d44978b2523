import type { DynamoDBBatchResponse } from 'aws-lambda';
import { compileFilters } from '../../../lib/local/event-sources/filter-criteria.ts';
import type { LambdaStreamRecord } from '../../../lib/local/event-sources/stream-event.ts';
import { type StreamFilter, toFilterPatterns } from '../../../lib/stream-filters.ts';
import type { MemoryStream, Shard } from '../../helpers/fakes/memory-stream.ts';
import type { InvocationResult } from './invocation.ts';
import type { EventSource, PendingEvent, Simulator } from './simulator.ts';
import type { FunctionName } from './timeouts.ts';

export interface StreamSourceOptions {
  readonly fn: FunctionName;
  readonly batchSize: number;
  readonly filter: StreamFilter;
  /**
   * Bisects failed batches and sends a record to a queue after `retries` failures.
   *
   * @defaultValue a failed batch is retried without limit
   */
  readonly onFailure?: { readonly retries: number; readonly to: string };
}

interface ShardPosition {
  /** Number of processed records. */
  at: number;
  busy: boolean;
  /** Earliest time of the next batch, in epoch milliseconds. */
  readyAt: number;
  tries: number;
  /** Size of the bisected batch that is retried. */
  size: number | undefined;
}

/** Maximum delay before a failed batch is retried; the delay doubles from 2 s. */
const MAX_BACKOFF_MS = 30_000;

/**
 * Delivers the changes of a table to a function as a Lambda event source does: in order within a shard. Faults
 * redeliver a batch together with earlier records, also while the first invocation continues as a zombie, and split
 * shards.
 */
export class StreamSource implements EventSource {
  readonly #simulator: Simulator;
  readonly #stream: MemoryStream;
  readonly #options: StreamSourceOptions;
  readonly #isWanted: (record: LambdaStreamRecord) => boolean;
  readonly #positions = new Map<Shard, ShardPosition>();

  constructor(simulator: Simulator, stream: MemoryStream, options: StreamSourceOptions) {
    this.#simulator = simulator;
    this.#stream = stream;
    this.#options = options;
    this.#isWanted = compileFilters(toFilterPatterns(options.filter).map((pattern) => JSON.stringify(pattern)));
  }

  /** @returns whether every change was processed */
  get isDone(): boolean {
    return this.#stream.shards.every((shard) => this.#positionOf(shard).at >= shard.records.length);
  }

  ready(now: number): readonly PendingEvent[] {
    return this.#stream.shards
      .filter((shard) => this.#isOpen(shard) && this.#positionOf(shard).readyAt <= now)
      .map((shard) => ({ what: 'batch', run: () => this.#invoke(shard) }));
  }

  next(): number | undefined {
    const times = this.#stream.shards
      .filter((shard) => this.#isOpen(shard))
      .map((shard) => this.#positionOf(shard).readyAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #positionOf(shard: Shard): ShardPosition {
    let place = this.#positions.get(shard);
    if (!place) {
      place = { at: 0, busy: false, readyAt: 0, tries: 0, size: undefined };
      this.#positions.set(shard, place);
    }
    return place;
  }

  #isOpen(shard: Shard): boolean {
    const place = this.#positionOf(shard);
    if (place.busy || place.at >= shard.records.length) return false;
    return shard.parent === undefined || this.#isFinished(shard.parent);
  }

  #isFinished(shard: Shard): boolean {
    const place = this.#positionOf(shard);
    return !place.busy && place.at >= shard.records.length && (!shard.parent || this.#isFinished(shard.parent));
  }

  #invoke(shard: Shard): void {
    const { profile, faults, now } = this.#simulator;
    const place = this.#positionOf(shard);
    const to = place.at + Math.min(place.size ?? this.#options.batchSize, shard.records.length - place.at);
    let from = place.at;
    if (place.tries === 0 && from > 0 && faults.chance(profile.redeliver)) {
      from = Math.max(0, from - 1 - this.#simulator.randomBelow(20));
      this.#simulator.countFault('redelivered');
    }
    const batch = shard.records.slice(from, to).filter(this.#isWanted);
    if (batch.length === 0) {
      place.at = to;
      return;
    }
    place.busy = true;
    const event = { Records: batch, shardId: shard.id, eventSourceARN: shard.id, state: {} };
    const numbers = `${batch[0]?.dynamodb.SequenceNumber}–${batch.at(-1)?.dynamodb.SequenceNumber}`;
    const end = (ended: InvocationResult) => this.#complete(shard, place, batch, to, ended);
    this.#simulator.invoke(this.#options.fn, event, `${shard.id} ${numbers} (try ${place.tries + 1})`, undefined, end);
    if (faults.chance(profile.split) && shard.children.length === 0) {
      this.#simulator.trace.note(now, `${shard.id} is split`);
      this.#simulator.countFault('split');
      this.#stream.split(shard);
    }
  }

  #complete(
    shard: Shard,
    place: ShardPosition,
    batch: readonly LambdaStreamRecord[],
    to: number,
    ended: InvocationResult,
  ): void {
    place.busy = false;
    const failedAt = this.#failedAt(shard, batch, ended);
    if (failedAt === undefined) {
      Object.assign(place, {
        at: to,
        tries: 0,
        size: undefined,
        readyAt: this.#simulator.now + this.#simulator.randomBelow(2_000),
      });
      return;
    }
    place.tries++;
    place.readyAt = this.#simulator.now + Math.min(MAX_BACKOFF_MS, 1_000 * 2 ** place.tries);
    const { onFailure: givesUp } = this.#options;
    if (!givesUp) return;
    if (failedAt > place.at) Object.assign(place, { at: failedAt, tries: 0 });
    else if (to - place.at > 1) Object.assign(place, { size: Math.ceil((to - place.at) / 2), tries: 0 });
    else if (place.tries > givesUp.retries) {
      this.#simulator.trace.note(this.#simulator.now, `${shard.id}: a record moves to the on-failure queue`);
      this.#simulator.countFault('dead letter');
      this.#simulator
        .queue(givesUp.to)
        .send(JSON.stringify({ DDBStreamBatchInfo: { shardId: shard.id } }), this.#simulator.now);
      Object.assign(place, { at: to, tries: 0, size: undefined });
    }
  }

  /** @returns the index of the first record to retry, or `undefined` if the batch succeeded */
  #failedAt(shard: Shard, batch: readonly LambdaStreamRecord[], ended: InvocationResult): number | undefined {
    if (ended.kind !== 'returned') return shard.records.indexOf(batch[0] as LambdaStreamRecord);
    const response = ended.value as DynamoDBBatchResponse | undefined;
    const [failed] = response?.batchItemFailures ?? [];
    if (!failed) return undefined;
    return shard.records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === failed.itemIdentifier);
  }
}
