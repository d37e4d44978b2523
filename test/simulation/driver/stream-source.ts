import type { DynamoDBBatchResponse } from 'aws-lambda';
import { compileFilters } from '../../../lib/local/compute/filter.ts';
import type { LambdaStreamRecord } from '../../../lib/local/compute/stream-event.ts';
import { patternsOf, type StreamFilter } from '../../../lib/stream-filters.ts';
import type { FunctionName } from './functions.ts';
import type { Ended } from './invocation.ts';
import type { MemoryStream, Shard } from './memory-stream.ts';
import type { Happening, Origin, World } from './world.ts';

export interface StreamSourceOptions {
  readonly fn: FunctionName;
  readonly batchSize: number;
  readonly filter: StreamFilter;
  /** Halves what fails, down to one record, and gives that up after so many tries; without it a batch comes again. */
  readonly givesUp?: { readonly retries: number; readonly to: string };
}

interface Place {
  /** Records that are done with. */
  at: number;
  busy: boolean;
  /** Not before: epoch milliseconds. */
  readyAt: number;
  tries: number;
  /** Records of the batch that is tried again. */
  size: number | undefined;
}

/** Failed batches come again after a second or two, and later each time. */
const LONGEST_BACKOFF_MS = 30_000;

/**
 * Hands the changes of a table to a function, shard by shard and in their order, as Lambda does. On a bad day a batch
 * comes again with some that came before, also while its first invocation goes on as a zombie; and shards are split.
 */
export class StreamSource implements Origin {
  readonly #world: World;
  readonly #stream: MemoryStream;
  readonly #options: StreamSourceOptions;
  readonly #isWanted: (record: LambdaStreamRecord) => boolean;
  readonly #places = new Map<Shard, Place>();

  constructor(world: World, stream: MemoryStream, options: StreamSourceOptions) {
    this.#world = world;
    this.#stream = stream;
    this.#options = options;
    this.#isWanted = compileFilters(patternsOf(options.filter).map((pattern) => JSON.stringify(pattern)));
  }

  /** Whether every change has been handled. */
  get isDone(): boolean {
    return this.#stream.shards.every((shard) => this.#place(shard).at >= shard.records.length);
  }

  ready(now: number): readonly Happening[] {
    return this.#stream.shards
      .filter((shard) => this.#isOpen(shard) && this.#place(shard).readyAt <= now)
      .map((shard) => ({ what: 'batch', happen: () => this.#hand(shard) }));
  }

  next(): number | undefined {
    const times = this.#stream.shards.filter((shard) => this.#isOpen(shard)).map((shard) => this.#place(shard).readyAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #place(shard: Shard): Place {
    let place = this.#places.get(shard);
    if (!place) {
      place = { at: 0, busy: false, readyAt: 0, tries: 0, size: undefined };
      this.#places.set(shard, place);
    }
    return place;
  }

  #isOpen(shard: Shard): boolean {
    const place = this.#place(shard);
    if (place.busy || place.at >= shard.records.length) return false;
    return shard.parent === undefined || this.#isFinished(shard.parent);
  }

  #isFinished(shard: Shard): boolean {
    const place = this.#place(shard);
    return !place.busy && place.at >= shard.records.length && (!shard.parent || this.#isFinished(shard.parent));
  }

  #hand(shard: Shard): void {
    const { profile, faults, now } = this.#world;
    const place = this.#place(shard);
    const to = place.at + Math.min(place.size ?? this.#options.batchSize, shard.records.length - place.at);
    let from = place.at;
    if (place.tries === 0 && from > 0 && faults.chance(profile.redeliver)) {
      from = Math.max(0, from - 1 - this.#world.below(20));
      this.#world.count('redelivered');
    }
    const batch = shard.records.slice(from, to).filter(this.#isWanted);
    if (batch.length === 0) {
      place.at = to;
      return;
    }
    place.busy = true;
    const event = { Records: batch, shardId: shard.id, eventSourceARN: shard.id, state: {} };
    const numbers = `${batch[0]?.dynamodb.SequenceNumber}–${batch.at(-1)?.dynamodb.SequenceNumber}`;
    const end = (ended: Ended) => this.#settled(shard, place, batch, to, ended);
    this.#world.invoke(this.#options.fn, event, `${shard.id} ${numbers} (try ${place.tries + 1})`, undefined, end);
    if (faults.chance(profile.split) && shard.children.length === 0) {
      this.#world.trace.note(now, `${shard.id} is split`);
      this.#world.count('split');
      this.#stream.split(shard);
    }
  }

  #settled(shard: Shard, place: Place, batch: readonly LambdaStreamRecord[], to: number, ended: Ended): void {
    place.busy = false;
    const failedAt = this.#failedAt(shard, batch, ended);
    if (failedAt === undefined) {
      Object.assign(place, { at: to, tries: 0, size: undefined, readyAt: this.#world.now + this.#world.below(2_000) });
      return;
    }
    place.tries++;
    place.readyAt = this.#world.now + Math.min(LONGEST_BACKOFF_MS, 1_000 * 2 ** place.tries);
    const { givesUp } = this.#options;
    if (!givesUp) return;
    if (failedAt > place.at) Object.assign(place, { at: failedAt, tries: 0 });
    else if (to - place.at > 1) Object.assign(place, { size: Math.ceil((to - place.at) / 2), tries: 0 });
    else if (place.tries > givesUp.retries) {
      this.#world.trace.note(this.#world.now, `${shard.id}: a record is given up`);
      this.#world.count('dead letter');
      this.#world
        .queue(givesUp.to)
        .send(JSON.stringify({ DDBStreamBatchInfo: { shardId: shard.id } }), this.#world.now);
      Object.assign(place, { at: to, tries: 0, size: undefined });
    }
  }

  /** Where in the shard the first record is that comes again; undefined: all is done. */
  #failedAt(shard: Shard, batch: readonly LambdaStreamRecord[], ended: Ended): number | undefined {
    if (ended.kind !== 'returned') return shard.records.indexOf(batch[0] as LambdaStreamRecord);
    const response = ended.value as DynamoDBBatchResponse | undefined;
    const [failed] = response?.batchItemFailures ?? [];
    if (!failed) return undefined;
    return shard.records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === failed.itemIdentifier);
  }
}
