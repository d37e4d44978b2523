import {
  type ChangeMessageVisibilityBatchCommandInput,
  type DeleteMessageBatchCommandInput,
  type DeleteMessageBatchCommandOutput,
  type Message,
  type ReceiveMessageCommandInput,
  SQS,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { FunctionError, InvocationRefused } from '../lambda/errors.ts';
import type { LambdaFunction } from '../lambda/function.ts';
import type { LogSink } from '../lambda/log.ts';
import { mergeTraces } from '../lambda/trace-header.ts';
import { Backoff, pause, withTimeout } from '../support/wait.ts';
import { failedItems } from './batch-failures.ts';
import { compileFilters } from './filter-criteria.ts';
import type { MessageAttributeCache } from './message-attribute-cache.ts';
import { toSqsRecord } from './sqs-event.ts';

/** Maximum number of messages in one SQS call. */
const CALL_LIMIT = 10;

/** The SQS calls of an event source. */
export interface QueueClient {
  receiveMessage(input: ReceiveMessageCommandInput): Promise<{ readonly Messages?: Message[] | undefined }>;
  deleteMessageBatch(input: DeleteMessageBatchCommandInput): Promise<Partial<DeleteMessageBatchCommandOutput>>;
  changeMessageVisibilityBatch(input: ChangeMessageVisibilityBatchCommandInput): Promise<unknown>;
  destroy(): void;
}

export interface SqsSourceOptions {
  /** Base URL of SQS. */
  readonly endpoint: string;
  /** @default a client of the endpoint */
  readonly client?: QueueClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly fn: Pick<LambdaFunction, 'name' | 'invoke' | 'waitForCapacity'>;
  /** Maximum number of messages in one invocation. More than 10 require a batching window. @default 10 */
  readonly batchSize?: number;
  /** Milliseconds for which a batch is gathered. @default 0: one receive is one batch */
  readonly maximumBatchingWindowMs?: number;
  /**
   * `true` if the function reports failed messages individually. @default false: the batch fails or succeeds as a whole
   */
  readonly reportBatchItemFailures?: boolean;
  /**
   * Seconds of a long poll, 0–20. A poll is not aborted on stop, because a message that is sent to an aborted request
   * stays invisible for the whole visibility timeout. Callers that exceed the default must end the polls themselves.
   *
   * @default 1
   */
  readonly longPollSeconds?: number;
  /** Patterns of `FilterCriteria` on `body`, as JSON. Messages that match none are deleted. @default none: all pass */
  readonly filters?: readonly string[];
  /** Maximum number of concurrent invocations by this source. @default the function's capacity */
  readonly maximumConcurrency?: number;
  /** Provides the attributes that fauxqs drops. Without it, recursive loops are not detected. */
  readonly attributes?: MessageAttributeCache;
  /** @default dropped */
  readonly log?: LogSink;
}

/**
 * An event source mapping from an SQS queue to a function. Messages of a failed batch stay in flight, as on AWS: they
 * become visible after the queue's visibility timeout and move to the dead-letter queue after the maximum receive
 * count.
 */
export class SqsSource {
  readonly #options: SqsSourceOptions;
  readonly #sqs: QueueClient;
  readonly #passes: (record: object) => boolean;
  readonly #batchSize: number;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #polling: Promise<void> = Promise.resolve();

  constructor(options: SqsSourceOptions) {
    const { endpoint, filters = [], batchSize = CALL_LIMIT, maximumBatchingWindowMs = 0 } = options;
    if (batchSize > CALL_LIMIT && maximumBatchingWindowMs < 1000) {
      throw new RangeError(
        `${options.queueArn}: a batch size over 10 needs a window of at least 1 s, got ${batchSize}`,
      );
    }
    this.#options = options;
    this.#batchSize = batchSize;
    this.#passes = compileFilters(filters, 'body');
    this.#sqs =
      options.client ??
      new SQS({
        endpoint,
        region: options.queueArn.split(':')[3] ?? 'us-east-1',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        useQueueUrlAsEndpoint: false,
      });
  }

  start(): void {
    this.#polling = this.#poll();
  }

  /** Stops receiving and waits `graceMs` for running invocations. The messages of unfinished ones stay in flight. */
  async stop(graceMs = 1000): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
    await withTimeout(graceMs, Promise.all(this.#running));
    this.#sqs.destroy();
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopping;
    const backoff = new Backoff(250, 5000);
    while (!signal.aborted) {
      try {
        await this.#waitForCapacity();
        const messages = await this.#receiveBatch();
        backoff.reset();
        if (messages.length > 0) this.#dispatch(messages);
      } catch (error) {
        if (signal.aborted) return;
        const delay = backoff.next();
        this.#log('warn', `cannot receive, trying again in ${delay} ms: ${String(error)}`);
        await pause(delay, signal);
      }
    }
  }

  /** Waits until a received message could be processed immediately. */
  async #waitForCapacity(): Promise<void> {
    const { fn, maximumConcurrency = Number.POSITIVE_INFINITY } = this.#options;
    const { signal } = this.#stopping;
    const { promise: stopped, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    while (this.#running.size >= maximumConcurrency && !signal.aborted) {
      await Promise.race([stopped, ...this.#running]);
    }
    await fn.waitForCapacity(signal);
  }

  async #receiveBatch(): Promise<Message[]> {
    const { maximumBatchingWindowMs = 0, longPollSeconds = 1 } = this.#options;
    const { signal } = this.#stopping;
    const messages = await this.#receive(longPollSeconds, this.#batchSize);
    const end = performance.now() + maximumBatchingWindowMs;
    while (messages.length > 0 && messages.length < this.#batchSize && performance.now() < end && !signal.aborted) {
      const wait = Math.min(longPollSeconds, Math.ceil((end - performance.now()) / 1000));
      // Keeps the messages received so far; a persistent failure surfaces at the next receive.
      messages.push(...(await this.#receive(wait, this.#batchSize - messages.length).catch(() => [])));
    }
    return messages;
  }

  async #receive(waitSeconds: number, max: number): Promise<Message[]> {
    const { Messages: messages = [] } = await this.#sqs.receiveMessage({
      QueueUrl: this.#options.queueUrl,
      MaxNumberOfMessages: Math.min(max, CALL_LIMIT),
      WaitTimeSeconds: waitSeconds,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    });
    return messages;
  }

  #dispatch(messages: readonly Message[]): void {
    const work: Promise<void> = this.#handle(messages)
      .catch((error: unknown) => this.#log('error', `batch of ${messages.length} stays in flight: ${String(error)}`))
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  async #handle(messages: readonly Message[]): Promise<void> {
    const { queueArn, attributes } = this.#options;
    const records = messages.map((message) => toSqsRecord(message, queueArn, attributes?.get(message.MessageId ?? '')));
    if (this.#stopping.signal.aborted) {
      await this.#makeVisible(records);
      return;
    }
    const dropped = records.filter((record) => !this.#passes(record));
    await this.#delete(dropped);
    const passed = records.filter((record) => !dropped.includes(record));
    if (passed.length > 0) await this.#delete(await this.#invoke(passed));
  }

  /** @returns the records that were processed */
  async #invoke(records: readonly SQSRecord[]): Promise<readonly SQSRecord[]> {
    const { fn, reportBatchItemFailures = false } = this.#options;
    const trace = mergeTraces(records.flatMap(({ attributes }) => attributes.AWSTraceHeader ?? []));
    try {
      const result = await fn.invoke({ Records: records }, trace === undefined ? {} : { trace });
      if (!reportBatchItemFailures) return records;
      const failed = failedItems(result, new Set(records.map((record) => record.messageId)));
      if (failed.size > 0) this.#log('warn', `${failed.size} of ${records.length} messages failed`);
      return records.filter((record) => !failed.has(record.messageId));
    } catch (error) {
      if (error instanceof InvocationRefused && error.code === 'TooManyRequestsException') {
        await fn.waitForCapacity(this.#stopping.signal);
        return await this.#invoke(records);
      }
      if (error instanceof InvocationRefused && error.code === 'RequestTooLargeException' && records.length > 1) {
        const half = Math.ceil(records.length / 2);
        return [...(await this.#invoke(records.slice(0, half))), ...(await this.#invoke(records.slice(half)))];
      }
      if (!(error instanceof FunctionError || error instanceof InvocationRefused)) throw error;
      this.#log('warn', `${records.length} messages failed: ${error.message}`);
      return [];
    }
  }

  async #delete(records: readonly SQSRecord[]): Promise<void> {
    for (const entries of toDeleteEntries(records)) {
      const { queueUrl: QueueUrl } = this.#options;
      const { Failed: failed = [] } = await this.#sqs.deleteMessageBatch({ QueueUrl, Entries: entries });
      for (const { Message: reason, Code: code } of failed) this.#log('error', `cannot delete: ${code} ${reason}`);
    }
    for (const { messageId } of records) this.#options.attributes?.delete(messageId);
  }

  /** Makes messages visible that were received during the stop. */
  async #makeVisible(records: readonly SQSRecord[]): Promise<void> {
    for (const entries of toDeleteEntries(records)) {
      const visible = entries.map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
      const { queueUrl: QueueUrl } = this.#options;
      await this.#sqs.changeMessageVisibilityBatch({ QueueUrl, Entries: visible });
    }
  }

  #log(level: 'warn' | 'error', message: string): void {
    const { fn, queueArn, log } = this.#options;
    log?.({ functionName: fn.name, level, text: JSON.stringify({ level, message, eventSource: queueArn }) });
  }
}

function toDeleteEntries(records: readonly SQSRecord[]): { Id: string; ReceiptHandle: string }[][] {
  const entries = records.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
  return Array.from({ length: Math.ceil(entries.length / CALL_LIMIT) }, (_, call) =>
    entries.slice(call * CALL_LIMIT, (call + 1) * CALL_LIMIT),
  );
}
