import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  type Message,
  QueueDoesNotExist,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import type { SqsSource } from '../../../domain/flow/flow.ts';
import { sourceQueueName } from '../../../domain/flow/queue-name.ts';
import { sendUntilProcessed, type Unprocessed } from '../../../platform/batch.ts';
import type { FlowContext } from '../flow-context.ts';
import { FlowFailure } from '../flow-failure.ts';
import { parseJsonRecord } from '../formats/parse-record.ts';
import { MAX_PAGE_BYTES } from '../page-builder.ts';
import type { QueueMessage, SourceReader } from '../source-reader.ts';

/** Any number of tasks may read a queue; a split is nothing but what a task's pages are numbered in. */
const SPLITS = 64;
/** Messages of a page: they are marked as taken in one transaction, which can write 100 items. */
const MAX_PAGE_MESSAGES = 90;
/** What SQS gives or deletes at once. */
const SQS_BATCH_SIZE = 10;
/** How long it waits for a message to come, when it may: a gentle stop is seen after it. */
const WAIT_SECONDS = 1;
/** How long nobody else gets a message: longer than a page takes. One that comes again is known by its id. */
const VISIBILITY_SECONDS = 120;
/**
 * How long one stays away that came again while a task has it in hand, which may be trying for an hour: each time that it
 * comes brings it nearer to a dead-letter queue.
 */
const DEFER_SECONDS = 15 * 60;
/** A queue is always read from where it is. */
const ONLY_POSITION = 0;

/** A queue's messages, as they come: their bodies are JSON. */
export function createSqsReader(
  { id, queue }: SqsSource & { readonly id: string },
  context: FlowContext,
): SourceReader {
  const { sqs, pageSize } = context;
  const name = sourceQueueName(context.sourceQueuePrefix, context.run.tenant, queue);
  let found: Promise<string> | undefined;

  async function findUrl(): Promise<string> {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    if (!QueueUrl) throw new Error('SQS tells no URL of it');
    context.log('info', id, `connected to queue ${queue}`, { queue });
    return QueueUrl;
  }
  function url(): Promise<string> {
    found ??= findUrl();
    return found;
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
  /** What can be had at once; it waits for the first message only. */
  async function receivePage(waitSeconds: number, signal: AbortSignal): Promise<readonly Message[]> {
    const maxMessages = Math.min(pageSize, MAX_PAGE_MESSAGES);
    const first = await receive(maxMessages, waitSeconds, signal);
    if (first.length < SQS_BATCH_SIZE || totalBytes(first) * (maxMessages / SQS_BATCH_SIZE) > MAX_PAGE_BYTES)
      return first;
    const further = Array.from(
      { length: Math.ceil((maxMessages - SQS_BATCH_SIZE) / SQS_BATCH_SIZE) },
      (_, i) => maxMessages - SQS_BATCH_SIZE * (i + 1),
    );
    const settled = await Promise.allSettled(further.map((left) => receive(left, 0, signal)));
    // What was received is not to be lost for one receive that failed: it would be hidden for a while.
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

/** A queue may give a message twice; the newer receipt is the one that counts. */
const distinct = (messages: readonly Message[]): readonly Message[] => [
  ...new Map(messages.map((message) => [message.MessageId, message])).values(),
];

/**
 * @returns the messages that SQS failed at. One whose receipt ran out is not among them: that is the sender's fault, and
 *   the message comes again and is known by its id
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
    const message = `sqs: there is no queue ${queue}: whoever runs the platform opens it by creating one of this name`;
    return new FlowFailure(message, { permanent: true, cause: error });
  }
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new FlowFailure(`sqs: queue ${queue} cannot be used: ${why}`, { permanent: false, cause: error });
}
