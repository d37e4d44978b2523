import { AsyncLocalStorage } from 'node:async_hooks';

interface Message {
  messageGroupId?: string | undefined;
}

/** Internal members of a fauxqs queue (version 2.4.1) that this module uses. */
export interface FauxqsQueue {
  /** Visible messages, oldest first. */
  readonly messages: Message[];
  /** Messages in flight, by receipt handle. */
  readonly inflightMessages: ReadonlyMap<
    string,
    {
      readonly message: Message;
      /** Epoch milliseconds. */
      readonly visibilityDeadline: number;
    }
  >;
  isFifo(): boolean;
  /** Makes due messages visible: delayed ones, and those whose visibility timeout is over. */
  processTimers(): void;
  enqueue(message: Message): void;
  dequeue(count: number, ...rest: readonly unknown[]): unknown;
}

/** Message group of the request being handled; fauxqs drops it on standard queues. */
const sentGroup = new AsyncLocalStorage<string>();

/** Request hook that records the message group of a request. */
export function captureMessageGroup(request: { readonly body?: unknown }, _reply: unknown, done: () => void): void {
  const { MessageGroupId: group } = (request.body ?? {}) as { readonly MessageGroupId?: unknown };
  if (typeof group === 'string') sentGroup.run(group, done);
  else done();
}

/**
 * Makes a standard queue fair: `dequeue` selects the oldest message of the group with the fewest messages in flight, so
 * that a tenant with a large backlog does not delay others.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
export function withFairDequeue<Queue extends FauxqsQueue>(queue: Queue): Queue {
  const enqueue = queue.enqueue.bind(queue);
  const dequeue = queue.dequeue.bind(queue);
  queue.enqueue = (message) => {
    if (!queue.isFifo()) message.messageGroupId ??= sentGroup.getStore();
    enqueue(message);
  };
  queue.dequeue = (count, ...rest) => {
    if (!queue.isFifo()) {
      queue.processTimers();
      moveFairFirst(queue.messages, countInFlight(queue), count);
    }
    return dequeue(count, ...rest);
  };
  return queue;
}

/** Counts the messages in flight by group. */
function countInFlight({ inflightMessages }: FauxqsQueue): Map<string, number> {
  const groups = new Map<string, number>();
  for (const { message } of inflightMessages.values()) count(groups, message);
  return groups;
}

function moveFairFirst(messages: Message[], inFlight: Map<string, number>, limit: number): void {
  // A message without a group counts as a tenant of its own.
  const load = (message: Message | undefined) => inFlight.get(message?.messageGroupId ?? '') ?? 0;
  for (let position = 0; position < Math.min(limit, messages.length); position++) {
    let selected = position;
    for (let i = position + 1; i < messages.length && load(messages[selected]) > 0; i++) {
      if (load(messages[i]) < load(messages[selected])) selected = i;
    }
    const message = messages[selected] as Message;
    // Avoids moving a large backlog when its first message is selected.
    if (selected !== position) messages.splice(position, 0, ...messages.splice(selected, 1));
    count(inFlight, message);
  }
}

function count(groups: Map<string, number>, { messageGroupId }: Message): void {
  if (messageGroupId !== undefined) groups.set(messageGroupId, (groups.get(messageGroupId) ?? 0) + 1);
}
