import type { LambdaFunction } from '../lambda/function.ts';
import type { LogSink } from '../lambda/log.ts';
import type { ChangeMonitor } from '../support/folder-changes.ts';
import { Backoff, pause, withTimeout } from '../support/wait.ts';
import { BatchDelivery, type BatchDeliveryOptions } from './batch-delivery.ts';
import { compileFilters } from './filter-criteria.ts';
import { type Checkpoint, type HasRecordsAfter, ShardReader } from './shard-reader.ts';
import { type Shard, StreamClient } from './stream-client.ts';
import { TumblingWindow } from './tumbling-window.ts';

/**
 * Interval of shard discovery, in addition to the discovery after each end of a shard. On AWS shards roll over every
 * four hours.
 */
const DISCOVERY_MS = 30_000;

/**
 * Storage of checkpoints. A checkpoint is saved after its records are processed, so a crash in between delivers them
 * again.
 */
export interface CheckpointStore {
  load(shardId: string): Promise<Checkpoint | undefined> | Checkpoint | undefined;
  save(shardId: string, checkpoint: Checkpoint): Promise<void> | void;
}

export interface StreamSourceOptions extends BatchDeliveryOptions {
  /** Base URL of DynamoDB. */
  readonly endpoint: string;
  /** The table's `LatestStreamArn`. */
  readonly streamArn: string;
  readonly fn: Pick<LambdaFunction, 'name' | 'arn' | 'invoke'>;
  readonly checkpoints: CheckpointStore;
  /** Start position without a checkpoint. @default 'TRIM_HORIZON' */
  readonly startingPosition?: 'TRIM_HORIZON' | 'LATEST';
  /** Maximum number of records in one invocation. @default 100 */
  readonly batchSize?: number;
  /** Milliseconds for which a batch is gathered. @default 0 */
  readonly maximumBatchingWindowMs?: number;
  /** Patterns of `FilterCriteria` on the record, as JSON. @default none: all pass */
  readonly filters?: readonly string[];
  /** @default none */
  readonly tumblingWindowSeconds?: number;
  /** `awsRegion` of the records. @default 'us-east-1' */
  readonly region?: string;
  /** Notifies of possible new records. @default none: the stream is polled */
  readonly changes?: ChangeMonitor | undefined;
  /** See `HasRecordsAfter`. @default every look is a read */
  readonly hasRecordsAfter?: HasRecordsAfter | undefined;
  /** @default dropped */
  readonly log?: LogSink;
}

/**
 * An event source mapping from a DynamoDB stream to a function. Each shard is processed in order; a failure blocks its
 * shard.
 */
export class StreamSource {
  readonly #options: StreamSourceOptions;
  readonly #client: StreamClient;
  readonly #passes: (record: object) => boolean;
  readonly #stopping = new AbortController();
  /** Shards being read, by id; and the ids of completed shards. */
  readonly #reading = new Map<string, Promise<void>>();
  readonly #ended = new Set<string>();
  #rediscover = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: StreamSourceOptions) {
    this.#options = options;
    this.#passes = compileFilters(options.filters ?? []);
    this.#client = new StreamClient(options.endpoint, options.streamArn, this.#stopping.signal);
  }

  start(): void {
    this.#running = this.#discover();
  }

  /**
   * Stops reading and waits `graceMs` for the running invocation. An unfinished one is repeated after the next start.
   */
  async stop(graceMs = 1000): Promise<void> {
    this.#stopping.abort();
    this.#rediscover.abort();
    await this.#running;
    await withTimeout(graceMs, Promise.all(this.#reading.values()));
  }

  async #discover(): Promise<void> {
    const { signal } = this.#stopping;
    const errorBackoff = new Backoff(250, 5000);
    let isFirst = true;
    while (!signal.aborted) {
      this.#rediscover = new AbortController();
      try {
        const shards = await this.#client.shards();
        for (const shard of shards) await this.#startIfReady(shard, shards, isFirst);
        isFirst = false;
        errorBackoff.reset();
        await pause(DISCOVERY_MS, AbortSignal.any([signal, this.#rediscover.signal]));
      } catch (error) {
        if (signal.aborted) return;
        const delay = errorBackoff.next();
        this.#warn(`cannot list the shards, trying again in ${delay} ms: ${String(error)}`);
        await pause(delay, signal);
      }
    }
  }

  /** Starts reading a shard once its parent is complete. Does nothing if the shard is already being read. */
  async #startIfReady({ ShardId: id, ParentShardId: parent }: Shard, all: readonly Shard[], isFirst: boolean) {
    if (this.#reading.has(id) || this.#ended.has(id)) return;
    const checkpoint = (await this.#options.checkpoints.load(id)) ?? {};
    if (checkpoint.ended) {
      this.#ended.add(id);
      return;
    }
    const parentIsThere = all.some((shard) => shard.ShardId === parent);
    if (parent !== undefined && parentIsThere && !this.#ended.has(parent)) return;
    // A shard that appears later is read from its start, regardless of the mapping's start position.
    const start = isFirst ? (this.#options.startingPosition ?? 'TRIM_HORIZON') : 'TRIM_HORIZON';
    const reading = this.#read(id, checkpoint, start);
    this.#reading.set(id, reading);
  }

  async #read(shardId: string, checkpoint: Checkpoint, start: 'TRIM_HORIZON' | 'LATEST'): Promise<void> {
    const { streamArn, fn, region = 'us-east-1', checkpoints, tumblingWindowSeconds = 0 } = this.#options;
    const { changes, hasRecordsAfter } = this.#options;
    const { signal } = this.#stopping;
    const lengthMs = tumblingWindowSeconds * 1000;
    const reader = new ShardReader({
      client: this.#client,
      origin: { streamArn, shardId, region },
      delivery: new BatchDelivery(this.#options, shardId, signal),
      invoke: (event) => fn.invoke(event),
      passes: this.#passes,
      batchSize: this.#options.batchSize ?? 100,
      maximumBatchingWindowMs: this.#options.maximumBatchingWindowMs ?? 0,
      window: lengthMs > 0 ? new TumblingWindow(lengthMs, shardId, streamArn, checkpoint.window) : undefined,
      start,
      checkpoint,
      save: async (position) => checkpoints.save(shardId, position),
      warn: (message) => this.#warn(message),
      signal,
      ...(changes && { changes }),
      ...(hasRecordsAfter && { hasRecordsAfter }),
    });
    try {
      await reader.run();
      this.#ended.add(shardId);
      this.#reading.delete(shardId);
      this.#rediscover.abort();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #warn(message: string): void {
    const { fn, streamArn, log } = this.#options;
    const text = JSON.stringify({ level: 'warn', message, eventSource: streamArn });
    log?.({ functionName: fn.name, level: 'warn', text });
  }
}
