import type { SQSRecord } from 'aws-lambda';

/** A message in a queue. */
export interface Message {
  readonly id: string;
  /** The body; a fault may replace it by the body of another version of the sender. */
  body: string;
  readonly sentAt: number;
  /** Epoch milliseconds from which the message can be received. */
  visibleAt: number;
  receives: number;
}

export interface QueueSpec {
  readonly name: string;
  /** Maximum number of messages in a batch. */
  readonly batchSize: number;
  /** Visibility timeout in milliseconds. */
  readonly visibilityMs: number;
  /**
   * Dead-letter queue and the number of receives after which a message moves there. Without it, a message is
   * redelivered without limit.
   */
  readonly redrivePolicy?: { readonly queue: string; readonly maxReceives: number };
}

/** A standard SQS queue in memory: messages are received in any order and possibly more than once. */
export class MemoryQueue {
  readonly spec: QueueSpec;
  readonly #messages = new Map<string, Message>();
  #made = 0;

  constructor(spec: QueueSpec) {
    this.spec = spec;
  }

  get size(): number {
    return this.#messages.size;
  }

  send(body: string, now: number, delayMs = 0): Message {
    const id = `${this.spec.name}-${++this.#made}`;
    const message = { id, body, sentAt: now, visibleAt: now + delayMs, receives: 0 };
    this.#messages.set(id, message);
    return message;
  }

  visible(now: number): readonly Message[] {
    return [...this.#messages.values()].filter(({ visibleAt }) => visibleAt <= now);
  }

  /** @returns the time at which the next message becomes visible, or `undefined` if the queue is empty */
  next(): number | undefined {
    let next: number | undefined;
    for (const { visibleAt } of this.#messages.values()) next = Math.min(next ?? visibleAt, visibleAt);
    return next;
  }

  isDead({ receives }: Message): boolean {
    return this.spec.redrivePolicy !== undefined && receives >= this.spec.redrivePolicy.maxReceives;
  }

  /** Makes every message visible now. */
  showAll(now: number): void {
    for (const message of this.#messages.values()) message.visibleAt = Math.min(message.visibleAt, now);
  }

  /** Deletes a message; ignores an unknown id. */
  remove(id: string): void {
    this.#messages.delete(id);
  }

  has(id: string): boolean {
    return this.#messages.has(id);
  }

  all(): readonly Message[] {
    return [...this.#messages.values()];
  }
}

/** Converts a message to the format of a Lambda event. */
export function toSqsRecord({ id, body, sentAt, receives }: Message, queue: string): SQSRecord {
  return {
    messageId: id,
    receiptHandle: id,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAt),
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: String(sentAt),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
    awsRegion: 'us-east-1',
  };
}
