import { AsyncLocalStorage } from 'node:async_hooks';

interface Message {
  messageGroupId?: string | undefined;
}

/** The parts of fauxqs' queue that its package does not export, as far as they are used here (version 2.4.1). */
export interface FauxqsQueue {
  /** Those that can be received, the oldest first. */
  readonly messages: Message[];
  /** Those that were received and neither deleted nor given back, by receipt handle. */
  readonly inflightMessages: ReadonlyMap<
    string,
    {
      readonly message: Message;
      /** Epoch milliseconds. */
      readonly visibilityDeadline: number;
    }
  >;
  isFifo(): boolean;
  /** Makes receivable what was delayed, or hidden, for long enough. */
  processTimers(): void;
  enqueue(message: Message): void;
  dequeue(count: number, ...rest: readonly unknown[]): unknown;
}

/** The group of the message that is being sent: fauxqs leaves it out on standard queues. */
const sentGroup = new AsyncLocalStorage<string>();

/** A hook that notes which group the message of a request belongs to. */
export function captureMessageGroup(request: { readonly body?: unknown }, _reply: unknown, done: () => void): void {
  const { MessageGroupId: group } = (request.body ?? {}) as { readonly MessageGroupId?: unknown };
  if (typeof group === 'string') sentGroup.run(group, done);
  else done();
}

/**
 * Makes a standard queue fair: the next message is the oldest of the group with the fewest in flight, so that a tenant
 * with a heap of messages does not keep those of others waiting.
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

/** How many messages of each group are in flight. */
function countInFlight({ inflightMessages }: FauxqsQueue): Map<string, number> {
  const groups = new Map<string, number>();
  for (const { message } of inflightMessages.values()) count(groups, message);
  return groups;
}

function moveFairFirst(messages: Message[], inFlight: Map<string, number>, most: number): void {
  // One without a group is a tenant of its own, and has nothing in flight.
  const load = (message: Message | undefined) => inFlight.get(message?.messageGroupId ?? '') ?? 0;
  for (let place = 0; place < Math.min(most, messages.length); place++) {
    let chosen = place;
    for (let i = place + 1; i < messages.length && load(messages[chosen]) > 0; i++) {
      if (load(messages[i]) < load(messages[chosen])) chosen = i;
    }
    const message = messages[chosen] as Message;
    // A heap of messages is not moved for the first of them.
    if (chosen !== place) messages.splice(place, 0, ...messages.splice(chosen, 1));
    count(inFlight, message);
  }
}

function count(groups: Map<string, number>, { messageGroupId }: Message): void {
  if (messageGroupId !== undefined) groups.set(messageGroupId, (groups.get(messageGroupId) ?? 0) + 1);
}
