import type { SQSRecord } from 'aws-lambda';

/** A message on its way. */
export interface Message {
  readonly id: string;
  /** As it was sent; or as another version of the sender would have sent it. */
  body: string;
  readonly sentAt: number;
  /** Nobody receives it before: epoch milliseconds. */
  visibleAt: number;
  receives: number;
}

export interface QueueSpec {
  readonly name: string;
  /** Messages of one batch, at most. */
  readonly batchSize: number;
  /** How long who received a message has it to himself. */
  readonly visibilityMs: number;
  /** Where a message goes that was received so often; undefined: it comes for ever. */
  readonly redrivePolicy?: { readonly queue: string; readonly maxReceives: number };
}

/** A standard queue in memory: what is visible is received in any order, and may be received more than once. */
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

  /** When the next message becomes visible; undefined when there is none. */
  next(): number | undefined {
    let next: number | undefined;
    for (const { visibleAt } of this.#messages.values()) next = Math.min(next ?? visibleAt, visibleAt);
    return next;
  }

  isDead({ receives }: Message): boolean {
    return this.spec.redrivePolicy !== undefined && receives >= this.spec.redrivePolicy.maxReceives;
  }

  /** Ends the wait of every message. */
  showAll(now: number): void {
    for (const message of this.#messages.values()) message.visibleAt = Math.min(message.visibleAt, now);
  }

  /** Forgets a message; one that is gone is no error. */
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

/** A message as Lambda hands it to a function. */
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
