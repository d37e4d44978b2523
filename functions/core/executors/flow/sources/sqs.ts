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
import { sendWhole, type Undone } from '../../../platform/batch.ts';
import type { FlowContext } from '../context.ts';
import { FlowFailure } from '../flow-failure.ts';
import { jsonRecord } from '../formats/record.ts';
import { MAX_PAGE_BYTES } from '../pages.ts';
import type { QueueMessage, SourceReader } from '../source.ts';

/** Any number of tasks may read a queue; a split is nothing but what a task's pages are numbered in. */
const SPLITS = 64;
/** Messages of a page: they are marked as taken in one transaction, which can write 100 items. */
const MOST_MESSAGES = 90;
/** What SQS gives or deletes at once. */
const BATCH = 10;
/** How long it waits for a message to come, when it may: a gentle stop is seen after it. */
const WAIT_SECONDS = 1;
/** How long nobody else gets a message: longer than a page takes. One that comes again is known by its id. */
const VISIBILITY_SECONDS = 120;
/**
 * How long one stays away that came again while a task has it in hand, which may be trying for an hour: each time that it
 * comes brings it nearer to a dead-letter queue.
 */
const DEFERRED_SECONDS = 15 * 60;
/** A queue is always read from where it is. */
const HERE = 0;

/** A queue's messages, as they come: their bodies are JSON. */
export function sqsReader({ id, queue }: SqsSource & { readonly id: string }, context: FlowContext): SourceReader {
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
  async function receive(most: number, waitSeconds: number, signal: AbortSignal): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: await url(),
      MaxNumberOfMessages: Math.min(BATCH, most),
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: VISIBILITY_SECONDS,
    });
    const { Messages = [] } = await sqs.send(command, { abortSignal: signal });
    return Messages;
  }
  /** What can be had at once; it waits for the first message only. */
  async function gather(waitSeconds: number, signal: AbortSignal): Promise<readonly Message[]> {
    const most = Math.min(pageSize, MOST_MESSAGES);
    const first = await receive(most, waitSeconds, signal);
    if (first.length < BATCH || bytesOf(first) * (most / BATCH) > MAX_PAGE_BYTES) return first;
    const further = Array.from({ length: Math.ceil((most - BATCH) / BATCH) }, (_, i) => most - BATCH * (i + 1));
    const settled = await Promise.allSettled(further.map((left) => receive(left, 0, signal)));
    // What was received is not to be lost for one receive that failed: it would be hidden for a while.
    return [first, ...settled.map((result) => (result.status === 'fulfilled' ? result.value : []))].flat();
  }
  async function explained<Result>(work: Promise<Result>, signal?: AbortSignal): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      signal?.throwIfAborted();
      throw failureOf(error, name);
    }
  }
  async function forget(messages: readonly QueueMessage[]): Promise<Undone<readonly QueueMessage[]>> {
    const Entries = messages.map(({ receipt }, i) => ({ Id: `${i}`, ReceiptHandle: receipt }));
    const { Failed } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: await url(), Entries }));
    return leftOf(messages, Failed);
  }
  async function hide(messages: readonly QueueMessage[]): Promise<Undone<readonly QueueMessage[]>> {
    const Entries = messages.map(({ receipt }, i) => ({
      Id: `${i}`,
      ReceiptHandle: receipt,
      VisibilityTimeout: DEFERRED_SECONDS,
    }));
    const { Failed } = await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: await url(), Entries }));
    return leftOf(messages, Failed);
  }
  async function inBatches(
    messages: readonly QueueMessage[],
    send: (messages: readonly QueueMessage[]) => Promise<Undone<readonly QueueMessage[]>>,
    what: string,
  ): Promise<void> {
    const batches = Array.from({ length: Math.ceil(messages.length / BATCH) }, (_, i) =>
      messages.slice(i * BATCH, (i + 1) * BATCH),
    );
    const options = { send, sizeOf: ({ length }: readonly QueueMessage[]) => length, what, pacing: context.pacing };
    await explained(Promise.all(batches.map((batch) => sendWhole(batch, options))));
  }

  return {
    staged: true,
    unbounded: true,
    async plan(signal) {
      await explained(url(), signal);
      return Array.from({ length: SPLITS }, () => null);
    },
    async *read(_split, _position, signal, isPatient = () => true) {
      for (;;) {
        signal.throwIfAborted();
        const messages = distinct(await explained(gather(isPatient() ? WAIT_SECONDS : 0, signal), signal));
        if (messages.length === 0) {
          yield { waitMs: 0 };
          continue;
        }
        yield {
          records: messages.map(({ Body = '', MessageId }) => jsonRecord(Body, `message ${MessageId}`)),
          messages: messages.map(({ MessageId = '', ReceiptHandle = '' }) => ({
            id: MessageId,
            receipt: ReceiptHandle,
          })),
          bytes: bytesOf(messages),
          next: HERE,
        };
      }
    },
    acknowledge: (messages) => inBatches(messages, forget, 'deletions of messages'),
    defer: (messages) => inBatches(messages, hide, 'deferrals of messages'),
  };
}

const bytesOf = (messages: readonly Message[]): number =>
  messages.reduce((sum, { Body = '' }) => sum + Buffer.byteLength(Body), 0);

/** A queue may give a message twice; the newer receipt is the one that counts. */
const distinct = (messages: readonly Message[]): readonly Message[] => [
  ...new Map(messages.map((message) => [message.MessageId, message])).values(),
];

/**
 * @returns the messages that SQS failed at. One whose receipt ran out is not among them: that is the sender's fault, and
 *   the message comes again and is known by its id
 */
function leftOf(
  messages: readonly QueueMessage[],
  failed: readonly BatchResultErrorEntry[] = [],
): Undone<readonly QueueMessage[]> {
  const refused = failed.filter(({ SenderFault }) => !SenderFault);
  return { rest: refused.flatMap(({ Id }) => messages[Number(Id)] ?? []), why: refused[0]?.Code };
}

function failureOf(error: unknown, queue: string): FlowFailure {
  if (error instanceof QueueDoesNotExist) {
    const message = `sqs: there is no queue ${queue}: whoever runs the platform opens it by creating one of this name`;
    return new FlowFailure(message, { permanent: true, cause: error });
  }
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new FlowFailure(`sqs: queue ${queue} cannot be used: ${why}`, { permanent: false, cause: error });
}
