import { randomUUID } from 'node:crypto';
import { FunctionError, InvocationRefused } from '../lambda/errors.ts';
import type { LambdaFunction } from '../lambda/function.ts';
import type { LogSink } from '../lambda/log.ts';
import { realNow } from '../support/clock.ts';
import { Backoff, pause } from '../support/wait.ts';
import { failedItems } from './batch-failures.ts';
import { creationTimeOf, type LambdaStreamRecord, sequenceNumberOf } from './stream-event.ts';

/**
 * The record that Lambda sends to an on-failure destination for discarded stream records. It contains their position,
 * not their content.
 */
export interface DiscardedBatch {
  readonly version: '1.0';
  readonly timestamp: string;
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
    readonly approximateInvokeCount: number;
  };
  readonly responseContext: {
    readonly statusCode: number;
    readonly executedVersion: '$LATEST';
    readonly functionError: 'Unhandled';
  };
  readonly DDBStreamBatchInfo: {
    readonly shardId: string;
    readonly startSequenceNumber: string;
    readonly endSequenceNumber: string;
    readonly approximateArrivalOfFirstRecord: string;
    readonly approximateArrivalOfLastRecord: string;
    readonly batchSize: number;
    readonly streamArn: string;
  };
}

export interface BatchDeliveryOptions {
  readonly fn: Pick<LambdaFunction, 'name' | 'arn' | 'invoke'>;
  readonly streamArn: string;
  /** @default false */
  readonly reportBatchItemFailures?: boolean;
  /** Splits a failed batch until the failing record is isolated. @default false */
  readonly bisectBatchOnFunctionError?: boolean;
  /** -1: retry until the records are too old. @default -1 */
  readonly maximumRetryAttempts?: number;
  /** -1: no limit. Compared with real time, like the timestamps of stream records. @default -1 */
  readonly maximumRecordAgeSeconds?: number;
  /** Receives the description of discarded records; called until it succeeds. @default none: dropped */
  readonly onFailure?: (discarded: DiscardedBatch) => Promise<void>;
  /** Minimum and maximum delay before a retry. @default 100 ms to 10 s */
  readonly retryDelayMs?: readonly [first: number, most: number];
  /** @default dropped */
  readonly log?: LogSink;
}

/** Invokes the function with records and returns its result. */
export type InvokeWithRecords = (records: readonly LambdaStreamRecord[]) => Promise<unknown>;

interface Part {
  readonly records: readonly LambdaStreamRecord[];
  readonly failures: number;
}

/** Delivers the batches of one shard in order; each until it succeeds or is discarded. */
export class BatchDelivery {
  readonly #options: BatchDeliveryOptions;
  readonly #shardId: string;
  readonly #signal: AbortSignal;

  constructor(options: BatchDeliveryOptions, shardId: string, signal: AbortSignal) {
    this.#options = options;
    this.#shardId = shardId;
    this.#signal = signal;
  }

  /** Rejects on abort only; the outcome of the batch is then unknown. */
  async deliver(batch: readonly LambdaStreamRecord[], send: InvokeWithRecords): Promise<void> {
    const backoff = this.#backoff();
    const parts: Part[] = [{ records: batch, failures: 0 }];
    for (let part = parts.shift(); part; part = parts.shift()) {
      this.#signal.throwIfAborted();
      const current = await this.#withoutExpired(part);
      if (current.length === 0) continue;
      const outcome = await this.#attempt({ ...part, records: current }, send);
      parts.unshift(...outcome.again);
      if (outcome.wait && outcome.again.length > 0) await pause(backoff.next(), this.#signal);
      else backoff.reset();
    }
  }

  /** Invokes until it succeeds, for invocations that cannot be discarded. */
  async invokeUntilSuccess(invoke: () => Promise<unknown>): Promise<void> {
    const backoff = this.#backoff();
    for (;;) {
      this.#signal.throwIfAborted();
      try {
        await invoke();
        return;
      } catch (error) {
        this.#log('warn', `the last invocation of a window failed: ${String(error)}`);
        await pause(backoff.next(), this.#signal);
      }
    }
  }

  async #attempt(
    { records, failures }: Part,
    send: InvokeWithRecords,
  ): Promise<{ again: readonly Part[]; wait: boolean }> {
    const { reportBatchItemFailures = false, bisectBatchOnFunctionError = false } = this.#options;
    const { maximumRetryAttempts = -1 } = this.#options;
    try {
      const result = await send(records);
      if (!reportBatchItemFailures) return { again: [], wait: false };
      const failed = failedItems(result, new Set(records.map(sequenceNumberOf)));
      if (failed.size === 0) return { again: [], wait: false };
      const first = records.findIndex((record) => failed.has(sequenceNumberOf(record)));
      this.#log('warn', `${failed.size} of ${records.length} records failed, the first at ${first}`);
      // The records before the first failure succeeded. The rest is a new batch.
      if (first > 0 && bisectBatchOnFunctionError) {
        return { again: [{ records: records.slice(first), failures }], wait: true };
      }
      if (first > 0) return await this.#retry({ records: records.slice(first), failures: failures + 1 });
    } catch (error) {
      if (this.#signal.aborted) throw error;
      if (error instanceof InvocationRefused) {
        // Not invoked, so not an attempt. An oversized event must be split.
        if (error.code !== 'RequestTooLargeException') return { again: [{ records, failures }], wait: true };
        if (records.length > 1) return { again: halves({ records, failures }), wait: false };
      } else if (!(error instanceof FunctionError)) {
        throw error;
      }
      this.#log('warn', `${records.length} records failed: ${(error as Error).message}`);
    }
    if (bisectBatchOnFunctionError && records.length > 1 && maximumRetryAttempts !== 0) {
      return { again: halves({ records, failures }), wait: true };
    }
    return await this.#retry({ records, failures: failures + 1 });
  }

  async #retry(part: Part): Promise<{ again: readonly Part[]; wait: boolean }> {
    const { maximumRetryAttempts = -1 } = this.#options;
    if (maximumRetryAttempts < 0 || part.failures <= maximumRetryAttempts) return { again: [part], wait: true };
    await this.#discard(part, 'RetryAttemptsExhausted');
    return { again: [], wait: false };
  }

  async #withoutExpired({ records, failures }: Part): Promise<readonly LambdaStreamRecord[]> {
    const { maximumRecordAgeSeconds = -1 } = this.#options;
    if (maximumRecordAgeSeconds < 0) return records;
    const oldest = realNow() - maximumRecordAgeSeconds * 1000;
    const expired = records.filter((record) => creationTimeOf(record) < oldest);
    if (expired.length > 0) await this.#discard({ records: expired, failures }, 'RecordAgeExceeded');
    return records.filter((record) => !expired.includes(record));
  }

  async #discard({ records, failures }: Part, condition: DiscardedBatch['requestContext']['condition']): Promise<void> {
    const [first, last] = [records.at(0), records.at(-1)];
    const { onFailure, fn, streamArn } = this.#options;
    if (!first || !last) return;
    this.#log('error', `${records.length} records are discarded (${condition})`);
    const discarded: DiscardedBatch = {
      version: '1.0',
      timestamp: new Date(realNow()).toISOString(),
      requestContext: {
        requestId: randomUUID(),
        functionArn: `${fn.arn}:$LATEST`,
        condition,
        approximateInvokeCount: failures,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      DDBStreamBatchInfo: {
        shardId: this.#shardId,
        startSequenceNumber: sequenceNumberOf(first),
        endSequenceNumber: sequenceNumberOf(last),
        approximateArrivalOfFirstRecord: toSecond(creationTimeOf(first)),
        approximateArrivalOfLastRecord: toSecond(creationTimeOf(last)),
        batchSize: records.length,
        streamArn,
      },
    };
    const backoff = this.#backoff();
    for (;;) {
      this.#signal.throwIfAborted();
      try {
        await onFailure?.(discarded);
        return;
      } catch (error) {
        this.#log('error', `the on-failure destination rejects them: ${String(error)}`);
        await pause(backoff.next(), this.#signal);
      }
    }
  }

  #backoff(): Backoff {
    const [first, most] = this.#options.retryDelayMs ?? [100, 10_000];
    return new Backoff(first, most);
  }

  #log(level: 'warn' | 'error', message: string): void {
    const { fn, streamArn, log } = this.#options;
    const text = JSON.stringify({ level, message, eventSource: streamArn, shardId: this.#shardId });
    log?.({ functionName: fn.name, level, text });
  }
}

function halves({ records, failures }: Part): readonly Part[] {
  const middle = Math.ceil(records.length / 2);
  return [
    { records: records.slice(0, middle), failures },
    { records: records.slice(middle), failures },
  ];
}

/**
 * Formats a time as `2026-03-02T01:03:00Z`.
 *
 * @param ms epoch milliseconds
 */
export function toSecond(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
