import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type MemoryQueue, type Message, toSqsRecord } from '../../helpers/fakes/memory-queue.ts';
import type { FunctionName } from './deployed-functions.ts';
import type { InvocationResult } from './invocation.ts';
import type { EventSource, PendingEvent, Simulator } from './simulator.ts';

export interface SqsSourceOptions {
  readonly queue: string;
  readonly fn: FunctionName;
  /** Most invocations at once. */
  readonly concurrency: number;
  /**
   * Jobs whose runs kill whoever receives their messages.
   *
   * @default none
   */
  readonly poisonPillJobs?: readonly string[];
}

/** What of a message's body is of use here. */
interface Body {
  readonly tenant?: string;
  readonly jobId?: string;
  readonly ulid?: string;
}

/**
 * Hands a queue's messages to a function, as Lambda does: what it does not handle comes again when its visibility ends,
 * or sooner, and in the end is a dead letter. On a bad day a message comes twice at once, late, or in no version that the
 * function knows.
 */
export class SqsSource implements EventSource {
  readonly #simulator: Simulator;
  readonly #queue: MemoryQueue;
  readonly #options: SqsSourceOptions;
  /** Runs whose messages kill whoever receives them. */
  readonly #poisonPills = new Set<string>();
  #activeInvocations = 0;

  constructor(simulator: Simulator, options: SqsSourceOptions) {
    this.#simulator = simulator;
    this.#queue = simulator.queue(options.queue);
    this.#options = options;
  }

  ready(now: number): readonly PendingEvent[] {
    if (this.#activeInvocations >= this.#options.concurrency) return [];
    return this.#queue.visible(now).map((message) => ({ what: 'message', run: () => this.#receive(message) }));
  }

  next(now: number): number | undefined {
    const next = this.#queue.next();
    return next === undefined || (next <= now && this.#activeInvocations >= this.#options.concurrency)
      ? undefined
      : next;
  }

  #receive(first: Message): void {
    const { faults, profile, now, trace } = this.#simulator;
    if (this.#queue.isDead(first)) {
      this.#moveToDeadLetterQueue(first);
      return;
    }
    if (first.receives === 0 && !this.#isOfControlTenant(first) && faults.chance(profile.late)) {
      first.visibleAt = now + 1_000 + this.#simulator.randomBelow(90_000);
      // It has been held back, and is not again.
      first.receives = -1;
      this.#simulator.countFault('late');
      trace.note(now, `${first.id} is late by ${first.visibleAt - now} ms`);
      return;
    }
    if (!this.#isOfControlTenant(first) && faults.chance(profile.foreign)) {
      if (this.#isOfAnotherVersion(first)) return;
    }
    this.#markPoisonPill(first);
    const batch = this.#batchOf(first);
    for (const message of batch) {
      message.receives = Math.max(0, message.receives) + 1;
      message.visibleAt = now + this.#queue.spec.visibilityMs;
      if (!this.#isOfControlTenant(message) && faults.chance(profile.duplicate)) {
        this.#simulator.countFault('duplicate');
        // While it is worked on; or after it was deleted, for a standard queue may keep a copy.
        if (this.#simulator.randomBelow(2) === 0)
          message.visibleAt = now + this.#simulator.randomBelow(2) * this.#simulator.randomBelow(120_000);
        else this.#queue.send(message.body, now, this.#simulator.randomBelow(60_000));
      }
    }
    this.#invoke(batch);
  }

  #invoke(batch: readonly Message[]): void {
    const { fn, queue } = this.#options;
    const event: SQSEvent = { Records: batch.map((message) => toSqsRecord(message, queue)) };
    const tenants = new Set(batch.map(tenantOfMessage));
    const tenant = tenants.size === 1 ? [...tenants][0] : undefined;
    this.#activeInvocations++;
    const what = batch.map(({ id, receives, body }) => `${id} (${receives}) ${body}`).join(', ');
    const end = (ended: InvocationResult) => this.#complete(batch, ended);
    if (batch.some((message) => this.#poisonPills.has(ulidOf(message))))
      this.#simulator.invokeAndCrash(fn, event, what, end);
    else this.#simulator.invoke(fn, event, what, tenant, end);
  }

  /** Whoever receives a message of that run dies of it, each time. */
  #markPoisonPill(message: Message): void {
    const { faults, profile, now, trace } = this.#simulator;
    const ulid = ulidOf(message);
    if (
      this.#options.queue !== 'runs' ||
      ulid === '' ||
      this.#isOfControlTenant(message) ||
      message.body.includes('"slice"')
    )
      return;
    if (this.#options.poisonPillJobs?.includes(bodyOf(message).jobId ?? '')) this.#poisonPills.add(ulid);
    if (message.receives > 0 || this.#poisonPills.has(ulid) || !faults.chance(profile.killer)) return;
    this.#poisonPills.add(ulid);
    this.#simulator.countFault('killer');
    trace.note(now, `${message.id} kills its workers: ${message.body}`);
  }

  #complete(batch: readonly Message[], ended: InvocationResult): void {
    this.#activeInvocations--;
    const failed = failuresOf(batch, ended);
    for (const message of batch) {
      if (!failed.has(message.id)) this.#queue.remove(message.id);
      // By its visibility timeout; or the poller, which is told of an error, makes it come sooner.
      else if (this.#poisonPills.has(ulidOf(message)) || this.#simulator.randomBelow(2) === 0)
        message.visibleAt = this.#simulator.now + this.#simulator.randomBelow(60_000);
    }
  }

  /** Messages of one batch: spared tenants share none with others. */
  #batchOf(first: Message): readonly Message[] {
    const { batchSize } = this.#queue.spec;
    const spared = this.#isOfControlTenant(first);
    const others = this.#queue
      .visible(this.#simulator.now)
      .filter(
        (message) => message !== first && !this.#queue.isDead(message) && this.#isOfControlTenant(message) === spared,
      );
    return [first, ...others.slice(0, this.#simulator.randomBelow(batchSize))];
  }

  /**
   * While a version is rolled out, or back: one that this one does not know sent it, or took it; or only said more in it.
   * Whether it is gone.
   */
  #isOfAnotherVersion(message: Message): boolean {
    const body = bodyOf(message);
    if (!('v' in body)) return false;
    const { trace, now } = this.#simulator;
    const kind = this.#simulator.randomBelow(3);
    this.#simulator.countFault('foreign');
    if (kind === 0) {
      trace.note(now, `${message.id} is dropped by another version: ${message.body}`);
      this.#queue.remove(message.id);
      return true;
    }
    message.body = JSON.stringify(kind === 1 ? { ...body, v: 2 } : { hops: 1, ...body, sender: { version: 'next' } });
    trace.note(now, `${message.id} is of another version: ${message.body}`);
    return false;
  }

  #moveToDeadLetterQueue(message: Message): void {
    const { redrivePolicy: deadLetters } = this.#queue.spec;
    if (!deadLetters) throw new Error(`${message.id} has no dead-letter queue`);
    this.#simulator.trace.note(this.#simulator.now, `${message.id} is a dead letter: ${message.body}`);
    this.#simulator.countFault('dead letter');
    this.#queue.remove(message.id);
    this.#simulator.queue(deadLetters.queue).send(message.body, this.#simulator.now);
  }

  #isOfControlTenant(message: Message): boolean {
    const tenant = tenantOfMessage(message);
    return tenant !== undefined && this.#simulator.isControlTenant(tenant);
  }
}

export const tenantOfMessage = (message: Pick<Message, 'body'>): string | undefined => bodyOf(message).tenant;

const ulidOf = (message: Message): string => bodyOf(message).ulid ?? '';

function bodyOf({ body }: Pick<Message, 'body'>): Body {
  try {
    return (JSON.parse(body) as Body | null) ?? {};
  } catch {
    return {};
  }
}

function failuresOf(batch: readonly Message[], ended: InvocationResult): ReadonlySet<string> {
  if (ended.kind !== 'returned') return new Set(batch.map(({ id }) => id));
  const response = ended.value as SQSBatchResponse | undefined;
  return new Set((response?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier));
}
