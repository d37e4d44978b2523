import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type MemoryQueue, type Message, toSqsRecord } from '../../helpers/fakes/memory-queue.ts';
import type { InvocationResult } from './invocation.ts';
import type { EventSource, PendingEvent, Simulator } from './simulator.ts';
import type { FunctionName } from './timeouts.ts';

export interface SqsSourceOptions {
  readonly queue: string;
  readonly fn: FunctionName;
  /** Maximum number of concurrent invocations. */
  readonly concurrency: number;
  /**
   * Jobs whose run messages crash every worker.
   *
   * @defaultValue none
   */
  readonly poisonPillJobs?: readonly string[];
}

/** The fields of a message body that the event source reads. */
interface Body {
  readonly tenant?: string;
  readonly jobId?: string;
  readonly ulid?: string;
}

/**
 * Delivers messages of a queue to a function as a Lambda event source does: a failed message is redelivered at the
 * latest after its visibility timeout, and finally moves to the dead-letter queue. Faults duplicate or delay messages
 * or replace them by those of another version.
 */
export class SqsSource implements EventSource {
  readonly #simulator: Simulator;
  readonly #queue: MemoryQueue;
  readonly #options: SqsSourceOptions;
  /** Runs whose messages crash every worker. */
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
      // Marks a delayed message, so that it is delayed only once.
      first.receives = -1;
      this.#simulator.countFault('late');
      trace.note(now, `${first.id} is delayed by ${first.visibleAt - now} ms`);
      return;
    }
    if (!this.#isOfControlTenant(first) && faults.chance(profile.otherVersion)) {
      if (this.#isOfAnotherVersion(first)) return;
    }
    this.#markPoisonPill(first);
    const batch = this.#batchOf(first);
    for (const message of batch) {
      message.receives = Math.max(0, message.receives) + 1;
      message.visibleAt = now + this.#queue.spec.visibilityMs;
      if (!this.#isOfControlTenant(message) && faults.chance(profile.duplicate)) {
        this.#simulator.countFault('duplicate');
        // Redelivers during the processing, or sends a copy: a standard queue may deliver a deleted message again.
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

  /** Turns the message of a run into a poison pill by chance: every worker that receives it crashes. */
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
    if (message.receives > 0 || this.#poisonPills.has(ulid) || !faults.chance(profile.poisonPill)) return;
    this.#poisonPills.add(ulid);
    this.#simulator.countFault('poison pill');
    trace.note(now, `${message.id} crashes its workers: ${message.body}`);
  }

  #complete(batch: readonly Message[], ended: InvocationResult): void {
    this.#activeInvocations--;
    const failed = failuresOf(batch, ended);
    for (const message of batch) {
      if (!failed.has(message.id)) this.#queue.remove(message.id);
      // The message is redelivered after its visibility timeout, or earlier because the poller resets the timeout on an
      // error.
      else if (this.#poisonPills.has(ulidOf(message)) || this.#simulator.randomBelow(2) === 0)
        message.visibleAt = this.#simulator.now + this.#simulator.randomBelow(60_000);
    }
  }

  /** Selects the messages of a batch. Messages of control tenants share no batch with those of other tenants. */
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
   * Simulates a rolling deployment: another version sends the message in an unknown format or with additional fields,
   * or consumes it.
   *
   * @returns whether the other version consumed the message
   */
  #isOfAnotherVersion(message: Message): boolean {
    const body = bodyOf(message);
    if (!('v' in body)) return false;
    const { trace, now } = this.#simulator;
    const kind = this.#simulator.randomBelow(3);
    this.#simulator.countFault('other version');
    if (kind === 0) {
      trace.note(now, `${message.id} is consumed by another version: ${message.body}`);
      this.#queue.remove(message.id);
      return true;
    }
    message.body = JSON.stringify(kind === 1 ? { ...body, v: 2 } : { hops: 1, ...body, sender: { version: 'next' } });
    trace.note(now, `${message.id} comes from another version: ${message.body}`);
    return false;
  }

  #moveToDeadLetterQueue(message: Message): void {
    const { redrivePolicy } = this.#queue.spec;
    if (!redrivePolicy) throw new Error(`${message.id} has no dead-letter queue`);
    this.#simulator.trace.note(this.#simulator.now, `${message.id} moves to the dead-letter queue: ${message.body}`);
    this.#simulator.countFault('dead letter');
    this.#queue.remove(message.id);
    this.#simulator.queue(redrivePolicy.queue).send(message.body, this.#simulator.now);
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
