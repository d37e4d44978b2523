import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  type Message,
  QueueDoesNotExist,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { sourceQueueName } from '../../../domain/flow/queue-name.ts';
import type { SqsSource } from '../../../domain/flow/source.ts';
import { toTenantText } from '../../../domain/service-error-text.ts';
import { sendUntilProcessed, type Unprocessed } from '../../../platform/batch.ts';
import type { FlowContext } from '../flow-context.ts';
import { FlowFailure } from '../flow-failure.ts';
import { parseJsonRecord } from '../formats/parse-record.ts';
import { MAX_PAGE_BYTES } from '../page-builder.ts';
import type { QueueMessage, SourceReader } from '../source-reader.ts';

/** Any number of tasks may read a queue. A split only numbers the pages of a task. */
const SPLITS = 64;
/** Messages per page. A transaction of at most 100 items marks them as taken. */
const MAX_PAGE_MESSAGES = 90;
/** Maximum entries of an SQS batch request. */
const SQS_BATCH_SIZE = 10;
/** Seconds to wait for a message. A checkpoint stop is noticed after the wait. */
const WAIT_SECONDS = 1;
/** Visibility timeout in seconds, longer than a page takes. A redelivered message is deduplicated by id. */
const VISIBILITY_SECONDS = 120;
/**
 * Seconds to hide a redelivered message that another task is processing, which may retry for an hour. Each delivery
 * brings the message closer to a dead-letter queue.
 */
const DEFER_SECONDS = 15 * 60;
/** A queue has a single position. */
const ONLY_POSITION = 0;

/** Creates a reader of a queue whose message bodies are JSON. */
export function createSqsReader(
  { id, queue }: SqsSource & { readonly id: string },
  context: FlowContext,
): SourceReader {
  const { sqs, pageSize } = context;
  const name = sourceQueueName(context.sourceQueuePrefix, context.run.tenant, queue);
  let queueUrl: Promise<string> | undefined;

  async function findUrl(): Promise<string> {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    if (!QueueUrl) throw new Error('SQS returned no queue URL');
    context.log('info', id, `connected to queue ${queue}`, { queue });
    return QueueUrl;
  }
  function url(): Promise<string> {
    queueUrl ??= findUrl();
    return queueUrl;
  }
  async function receive(maxMessages: number, waitSeconds: number, signal: AbortSignal): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: await url(),
      MaxNumberOfMessages: Math.min(SQS_BATCH_SIZE, maxMessages),
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: VISIBILITY_SECONDS,
    });
    const { Messages = [] } = await sqs.send(command, { abortSignal: signal });
    return Messages;
  }
  /** Receives the available messages. Waits only for the first one. */
  async function receivePage(waitSeconds: number, signal: AbortSignal): Promise<readonly Message[]> {
    const maxMessages = Math.min(pageSize, MAX_PAGE_MESSAGES);
    const first = await receive(maxMessages, waitSeconds, signal);
    if (first.length < SQS_BATCH_SIZE || totalBytes(first) * (maxMessages / SQS_BATCH_SIZE) > MAX_PAGE_BYTES)
      return first;
    const furtherReceives = Array.from(
      { length: Math.ceil((maxMessages - SQS_BATCH_SIZE) / SQS_BATCH_SIZE) },
      (_, i) => maxMessages - SQS_BATCH_SIZE * (i + 1),
    );
    const settled = await Promise.allSettled(furtherReceives.map((maxCount) => receive(maxCount, 0, signal)));
    // Keeps the received messages if another receive fails; otherwise they would stay invisible until the visibility
    // timeout.
    return [first, ...settled.map((result) => (result.status === 'fulfilled' ? result.value : []))].flat();
  }
  async function withFailures<Result>(work: Promise<Result>, signal?: AbortSignal): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      signal?.throwIfAborted();
      throw toFailure(error, name);
    }
  }
  async function deleteMessages(messages: readonly QueueMessage[]): Promise<Unprocessed<readonly QueueMessage[]>> {
    const Entries = messages.map(({ receipt }, i) => ({ Id: `${i}`, ReceiptHandle: receipt }));
    const { Failed } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: await url(), Entries }));
    return unfinished(messages, Failed);
  }
  async function extendVisibility(messages: readonly QueueMessage[]): Promise<Unprocessed<readonly QueueMessage[]>> {
    const Entries = messages.map(({ receipt }, i) => ({
      Id: `${i}`,
      ReceiptHandle: receipt,
      VisibilityTimeout: DEFER_SECONDS,
    }));
    const { Failed } = await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: await url(), Entries }));
    return unfinished(messages, Failed);
  }
  async function inBatches(
    messages: readonly QueueMessage[],
    send: (messages: readonly QueueMessage[]) => Promise<Unprocessed<readonly QueueMessage[]>>,
    what: string,
  ): Promise<void> {
    const batches = Array.from({ length: Math.ceil(messages.length / SQS_BATCH_SIZE) }, (_, i) =>
      messages.slice(i * SQS_BATCH_SIZE, (i + 1) * SQS_BATCH_SIZE),
    );
    const options = {
      send,
      sizeOf: ({ length }: readonly QueueMessage[]) => length,
      entryNoun: what,
      pacing: context.pacing,
    };
    await withFailures(Promise.all(batches.map((batch) => sendUntilProcessed(batch, options))));
  }

  return {
    staged: true,
    unbounded: true,
    async plan(signal) {
      await withFailures(url(), signal);
      return Array.from({ length: SPLITS }, () => null);
    },
    async *read(_split, _position, signal, isPatient = () => true) {
      for (;;) {
        signal.throwIfAborted();
        const messages = distinct(await withFailures(receivePage(isPatient() ? WAIT_SECONDS : 0, signal), signal));
        if (messages.length === 0) {
          yield { waitMs: 0 };
          continue;
        }
        yield {
          records: messages.map(({ Body = '', MessageId }) => parseJsonRecord(Body, `message ${MessageId}`)),
          messages: messages.map(({ MessageId = '', ReceiptHandle = '' }) => ({
            id: MessageId,
            receipt: ReceiptHandle,
          })),
          bytes: totalBytes(messages),
          next: ONLY_POSITION,
        };
      }
    },
    acknowledge: (messages) => inBatches(messages, deleteMessages, 'deletions of messages'),
    defer: (messages) => inBatches(messages, extendVisibility, 'deferrals of messages'),
  };
}

const totalBytes = (messages: readonly Message[]): number =>
  messages.reduce((sum, { Body = '' }) => sum + Buffer.byteLength(Body), 0);

/** A receive may contain a message twice. The newer receipt handle is valid. */
const distinct = (messages: readonly Message[]): readonly Message[] => [
  ...new Map(messages.map((message) => [message.MessageId, message])).values(),
];

/**
 * @returns the messages that SQS failed to process. Expired receipt handles are the sender's fault and are omitted:
 * those messages are redelivered and deduplicated by id
 */
function unfinished(
  messages: readonly QueueMessage[],
  failed: readonly BatchResultErrorEntry[] = [],
): Unprocessed<readonly QueueMessage[]> {
  const refused = failed.filter(({ SenderFault }) => !SenderFault);
  return { remaining: refused.flatMap(({ Id }) => messages[Number(Id)] ?? []), reason: refused[0]?.Code };
}

function toFailure(error: unknown, queue: string): FlowFailure {
  if (error instanceof QueueDoesNotExist) {
    const message = `sqs: queue ${queue} does not exist: the platform operator grants access by creating a queue of this name`;
    return new FlowFailure(message, { permanent: true, cause: error });
  }
  return new FlowFailure(`sqs: queue ${queue} cannot be used: ${toTenantText(error)}`, {
    permanent: false,
    cause: error,
  });
}
