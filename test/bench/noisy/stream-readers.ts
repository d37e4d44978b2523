import { compileFilters } from '../../../lib/local/event-sources/filter-criteria.ts';
import type { LambdaStreamRecord } from '../../../lib/local/event-sources/stream-event.ts';
import { STREAM_FILTERS, type StreamFilter, toFilterPatterns } from '../../../lib/stream-filters.ts';
import type { ItemChange } from '../../helpers/fakes/memory-dynamodb.ts';
import { MemoryStream } from '../../helpers/fakes/memory-stream.ts';
import type { FunctionName } from '../../simulation/driver/timeouts.ts';

/** Lambda reads a shard four times a second. */
const POLL_MS = 250;

interface StreamReaderOptions {
  readonly table: string;
  readonly fn: FunctionName;
  readonly filter: StreamFilter;
  readonly batchSize: number;
  /** Batching window in milliseconds. */
  readonly windowMs: number;
}

/** An event source mapping of a table's stream with one shard: one batch at a time, in order. */
export class StreamReader {
  readonly fn: FunctionName;
  readonly windowMs: number;
  readonly pollMs = POLL_MS;
  readonly #options: StreamReaderOptions;
  readonly #stream: MemoryStream;
  readonly #isWanted: (record: LambdaStreamRecord) => boolean;
  readonly #pending: LambdaStreamRecord[] = [];
  #isActive = false;

  constructor(options: StreamReaderOptions) {
    this.#options = options;
    this.fn = options.fn;
    this.windowMs = options.windowMs;
    this.#stream = new MemoryStream(options.table);
    this.#isWanted = compileFilters(toFilterPatterns(options.filter).map((pattern) => JSON.stringify(pattern)));
  }

  get isDone(): boolean {
    return this.#pending.length === 0;
  }

  get hasFullBatch(): boolean {
    return this.#pending.length >= this.#options.batchSize;
  }

  /** @returns whether the filter selects the change */
  add(change: ItemChange, now: number): boolean {
    if (change.table !== this.#options.table) return false;
    this.#stream.append(change, now);
    const [record] = this.#stream.shards[0]?.records.splice(0) ?? [];
    if (!record || !this.#isWanted(record)) return false;
    this.#pending.push(record);
    return true;
  }

  /** @returns `false` if a batch is being read or processed */
  begin(): boolean {
    if (this.#isActive) return false;
    this.#isActive = true;
    return true;
  }

  takeBatch(): object {
    const Records = this.#pending.splice(0, this.#options.batchSize);
    return { Records, shardId: this.#stream.shards[0]?.id, state: {} };
  }

  end(): void {
    this.#isActive = false;
  }
}

/** Returns the readers of the stacks, with their batch sizes. */
export function createStreamReaders(counterDelayMs: number): readonly StreamReader[] {
  const counters = { fn: 'counters', batchSize: 2_000, windowMs: counterDelayMs } as const;
  return [
    new StreamReader({ table: 'Runs', filter: STREAM_FILTERS.runsToCounters, ...counters }),
    new StreamReader({ table: 'Jobs', filter: STREAM_FILTERS.jobsToCounters, ...counters }),
    new StreamReader({
      table: 'Runs',
      fn: 'notifier',
      filter: STREAM_FILTERS.runsToNotifier,
      batchSize: 500,
      windowMs: 1_000,
    }),
    new StreamReader({
      table: 'Jobs',
      fn: 'registrar',
      filter: STREAM_FILTERS.jobsToRegistrar,
      batchSize: 100,
      windowMs: 0,
    }),
  ];
}
