import { realNow } from '../support/clock.ts';
import type { ChangeMonitor } from '../support/folder-changes.ts';
import { Backoff, pause, withTimeout } from '../support/wait.ts';
import { type BatchDelivery, toSecond } from './batch-delivery.ts';
import { type RecordPage, type ShardPosition, type StreamClient, StreamError } from './stream-client.ts';
import {
  isNoOp,
  type LambdaStreamRecord,
  type StreamOrigin,
  sequenceNumberOf,
  toLambdaRecord,
} from './stream-event.ts';
import { parseWindowState, type TumblingWindow, type WindowState } from './tumbling-window.ts';

/** The position in a shard. */
export interface Checkpoint {
  /** The last processed record; absent before the first. */
  readonly sequenceNumber?: string;
  /** The open tumbling window. */
  readonly window?: WindowState;
  /** `true` if the shard has ended and all of its records are processed. */
  readonly ended?: boolean;
}

export interface ShardReaderOptions {
  readonly client: StreamClient;
  readonly origin: StreamOrigin;
  readonly delivery: BatchDelivery;
  readonly invoke: (event: object) => Promise<unknown>;
  readonly passes: (record: object) => boolean;
  readonly batchSize: number;
  readonly maximumBatchingWindowMs: number;
  readonly window: TumblingWindow | undefined;
  readonly start: 'TRIM_HORIZON' | 'LATEST';
  readonly checkpoint: Checkpoint;
  readonly save: (checkpoint: Checkpoint) => Promise<void>;
  readonly warn: (message: string) => void;
  readonly signal: AbortSignal;
  /** Notifies of possible new records. @default none: the shard is polled */
  readonly changes?: ChangeMonitor;
  /** @default every look is a read */
  readonly hasRecordsAfter?: HasRecordsAfter;
}

/**
 * Looks up records of the stream after a sequence number, without a request. A reader that knows its position reads only
 * if there are some, and every 10 s.
 *
 * @returns `true` if there are records, or if it is not known
 */
export type HasRecordsAfter = (sequenceNumber: string) => boolean;

/** Delays between empty reads: short after activity to react quickly, longer when idle to save CPU. */
const IDLE_MS = { first: 20, most: 200 };
/** The same for looks without a request. */
const IDLE_LOOK_MS = { first: 10, most: 50 };
/** Delay between two reads while a batch is gathered: Lambda reads a shard four times a second. */
const GATHER_MS = 250;
/** Maximum wait for a change notification, in case the operating system dropped one. */
const MAX_QUIET_MS = 10_000;

/** Reads one shard in order from its checkpoint and passes its records to the function. */
export class ShardReader {
  readonly #options: ShardReaderOptions;
  #sequenceNumber: string | undefined;
  /** The last record that was read; `undefined` if the position is unknown. */
  #readThrough: string | undefined;
  #lastRead = 0;
  /** Records that were read and passed the filter, but are not delivered. */
  #pending: LambdaStreamRecord[] = [];
  #pendingSince = 0;

  constructor(options: ShardReaderOptions) {
    this.#options = options;
    this.#sequenceNumber = options.checkpoint.sequenceNumber;
  }

  /** Resolves when the shard has ended and all records are processed; rejects on abort. */
  async run(): Promise<void> {
    const { signal, warn, hasRecordsAfter } = this.#options;
    const idleMs = hasRecordsAfter ? IDLE_LOOK_MS : IDLE_MS;
    const idleBackoff = new Backoff(idleMs.first, idleMs.most);
    const errorBackoff = new Backoff(250, 5000);
    let iterator: string | undefined;
    for (;;) {
      signal.throwIfAborted();
      let page: RecordPage | undefined;
      let passed = 0;
      try {
        iterator ??= await this.#iterator();
        page = this.#isWorthReading() ? await this.#read(iterator) : { Records: [], NextShardIterator: iterator };
        passed = await this.#process(page);
        errorBackoff.reset();
      } catch (error) {
        signal.throwIfAborted();
        const delay = errorBackoff.next();
        warn(`cannot ${page ? 'deliver' : 'read'} records, trying again in ${delay} ms: ${String(error)}`);
        await pause(delay, signal);
        // After a network error the iterator is still valid. After a stream error, or if records were not processed,
        // reading restarts at the last processed record.
        if (page || error instanceof StreamError) {
          iterator = undefined;
          this.#pending = [];
          this.#readThrough = undefined;
        }
        continue;
      }
      iterator = page.NextShardIterator;
      if (iterator === undefined) return;
      const gatherMs = this.#gatherMs(page.Records.length);
      if (gatherMs > 0) await pause(gatherMs, signal);
      else if (passed > 0) idleBackoff.reset();
      // A stream of records that the filter drops is read as rarely as an idle one.
      else if (page.Records.length === 0 && this.#canSleep()) {
        await this.#nextChange();
        idleBackoff.reset();
      } else await pause(idleBackoff.next(), signal);
    }
  }

  #isWorthReading(): boolean {
    const { hasRecordsAfter } = this.#options;
    if (!hasRecordsAfter || this.#readThrough === undefined) return true;
    return realNow() - this.#lastRead >= MAX_QUIET_MS || hasRecordsAfter(this.#readThrough);
  }

  async #read(iterator: string): Promise<RecordPage> {
    this.#lastRead = realNow();
    const { client, start } = this.#options;
    const page = await client.records(iterator);
    // Sequence numbers are positive.
    const before = this.#readThrough ?? this.#sequenceNumber ?? (start === 'TRIM_HORIZON' ? '0' : undefined);
    this.#readThrough = page.Records.at(-1)?.dynamodb.SequenceNumber ?? before;
    return page;
  }

  /**
   * @param read number of records of the last page
   * @returns milliseconds until the next read if a batch is gathered, otherwise 0
   */
  #gatherMs(read: number): number {
    const { batchSize, maximumBatchingWindowMs } = this.#options;
    if (this.#pending.length === 0 || read >= batchSize) return 0;
    return Math.min(GATHER_MS, this.#pendingSince + maximumBatchingWindowMs - realNow());
  }

  /** @returns `true` if nothing is due before the next change */
  #canSleep(): boolean {
    const { changes, window } = this.#options;
    return changes?.isQuiet() === true && this.#pending.length === 0 && window?.open === undefined;
  }

  async #nextChange(): Promise<void> {
    const { changes, signal } = this.#options;
    const over = new AbortController();
    const change = changes?.next(AbortSignal.any([signal, over.signal])).catch(() => {});
    await withTimeout(MAX_QUIET_MS, Promise.resolve(change));
    over.abort();
  }

  async #iterator(): Promise<string> {
    const { client, origin, start } = this.#options;
    const position: ShardPosition = this.#sequenceNumber === undefined ? start : { after: this.#sequenceNumber };
    try {
      return await client.iterator(origin.shardId, position);
    } catch (error) {
      if (!(error instanceof StreamError) || error.code !== 'TrimmedDataAccessException') throw error;
      this.#options.warn(`records after ${this.#sequenceNumber} are trimmed; reading from the oldest there is`);
      return await client.iterator(origin.shardId, 'TRIM_HORIZON');
    }
  }

  /** @returns the number of records that passed the filter */
  async #process({ Records: records, NextShardIterator: next }: RecordPage): Promise<number> {
    const { origin, passes, batchSize, maximumBatchingWindowMs, window, save } = this.#options;
    const ended = next === undefined;
    if (this.#pending.length === 0) this.#pendingSince = realNow();
    const passed = records.flatMap((record) => {
      const mapped = toLambdaRecord(record, origin);
      return !isNoOp(record) && passes(mapped) ? [mapped] : [];
    });
    this.#pending.push(...passed);
    const isDue = () => ended || realNow() - this.#pendingSince >= maximumBatchingWindowMs;
    while (this.#pending.length >= batchSize || (this.#pending.length > 0 && isDue())) await this.#deliverBatch();

    const last = records.at(-1);
    if (last && this.#pending.length === 0) await this.#saveProgress(last.dynamodb.SequenceNumber);
    if (ended || (records.length === 0 && window?.isOver(realNow()))) await this.#closeWindow(false);
    if (ended) await save({ ...this.#checkpoint(), ended: true });
    return passed.length;
  }

  async #deliverBatch(): Promise<void> {
    const { delivery, invoke, batchSize, window } = this.#options;
    const [first] = this.#pending;
    if (first && window?.isClosedBy(first)) await this.#closeWindow(false);
    const size = Math.min(batchSize, window?.countInWindow(this.#pending) ?? batchSize);
    const batch = this.#pending.slice(0, size);
    let isStateTooLarge = false;
    await delivery.deliver(batch, async (records) => {
      if (!window) return await invoke({ Records: records });
      const answer = await invoke(window.toEvent(records));
      isStateTooLarge = window.updateState(answer);
      return answer;
    });
    if (isStateTooLarge) await this.#closeWindow(true);
    this.#pending.splice(0, size);
    const last = batch.at(-1);
    if (last) await this.#saveProgress(sequenceNumberOf(last));
  }

  async #closeWindow(early: boolean): Promise<void> {
    const { delivery, invoke, window, warn } = this.#options;
    if (!window?.open) return;
    if (early) warn(`the window of ${toSecond(window.open.start)} ends early: its state is over 1 MB`);
    await delivery.invokeUntilSuccess(async () => parseWindowState(await invoke(window.finalEvent(early))));
    window.close();
    await this.#options.save(this.#checkpoint());
  }

  async #saveProgress(sequenceNumber: string): Promise<void> {
    if (sequenceNumber === this.#sequenceNumber) return;
    this.#sequenceNumber = sequenceNumber;
    await this.#options.save(this.#checkpoint());
  }

  #checkpoint(): Checkpoint {
    const open = this.#options.window?.open;
    return {
      ...(this.#sequenceNumber !== undefined && { sequenceNumber: this.#sequenceNumber }),
      ...(open && { window: open }),
    };
  }
}
