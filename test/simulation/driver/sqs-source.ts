import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { FunctionName } from './functions.ts';
import type { Ended } from './invocation.ts';
import { type MemoryQueue, type Message, toSqsRecord } from './memory-queue.ts';
import type { Happening, Origin, World } from './world.ts';

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
  readonly killers?: readonly string[];
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
export class SqsSource implements Origin {
  readonly #world: World;
  readonly #queue: MemoryQueue;
  readonly #options: SqsSourceOptions;
  /** Runs whose messages kill whoever receives them. */
  readonly #killers = new Set<string>();
  #underWay = 0;

  constructor(world: World, options: SqsSourceOptions) {
    this.#world = world;
    this.#queue = world.queue(options.queue);
    this.#options = options;
  }

  ready(now: number): readonly Happening[] {
    if (this.#underWay >= this.#options.concurrency) return [];
    return this.#queue.visible(now).map((message) => ({ what: 'message', happen: () => this.#receive(message) }));
  }

  next(now: number): number | undefined {
    const next = this.#queue.next();
    return next === undefined || (next <= now && this.#underWay >= this.#options.concurrency) ? undefined : next;
  }

  #receive(first: Message): void {
    const { faults, profile, now, trace } = this.#world;
    if (this.#queue.isDead(first)) {
      this.#giveUp(first);
      return;
    }
    if (first.receives === 0 && !this.#isSpared(first) && faults.chance(profile.late)) {
      first.visibleAt = now + 1_000 + this.#world.below(90_000);
      // It has been held back, and is not again.
      first.receives = -1;
      this.#world.count('late');
      trace.note(now, `${first.id} is late by ${first.visibleAt - now} ms`);
      return;
    }
    if (!this.#isSpared(first) && faults.chance(profile.foreign)) {
      if (this.#isOfAnotherVersion(first)) return;
    }
    this.#maybeKiller(first);
    const batch = this.#batchOf(first);
    for (const message of batch) {
      message.receives = Math.max(0, message.receives) + 1;
      message.visibleAt = now + this.#queue.spec.visibilityMs;
      if (!this.#isSpared(message) && faults.chance(profile.duplicate)) {
        this.#world.count('duplicate');
        // While it is worked on; or after it was deleted, for a standard queue may keep a copy.
        if (this.#world.below(2) === 0) message.visibleAt = now + this.#world.below(2) * this.#world.below(120_000);
        else this.#queue.send(message.body, now, this.#world.below(60_000));
      }
    }
    this.#hand(batch);
  }

  #hand(batch: readonly Message[]): void {
    const { fn, queue } = this.#options;
    const event: SQSEvent = { Records: batch.map((message) => toSqsRecord(message, queue)) };
    const tenants = new Set(batch.map(tenantOf));
    const tenant = tenants.size === 1 ? [...tenants][0] : undefined;
    this.#underWay++;
    const what = batch.map(({ id, receives, body }) => `${id} (${receives}) ${body}`).join(', ');
    const end = (ended: Ended) => this.#settled(batch, ended);
    if (batch.some((message) => this.#killers.has(ulidOf(message)))) this.#world.doom(fn, event, what, end);
    else this.#world.invoke(fn, event, what, tenant, end);
  }

  /** Whoever receives a message of that run dies of it, each time. */
  #maybeKiller(message: Message): void {
    const { faults, profile, now, trace } = this.#world;
    const ulid = ulidOf(message);
    if (this.#options.queue !== 'runs' || ulid === '' || this.#isSpared(message) || message.body.includes('"slice"'))
      return;
    if (this.#options.killers?.includes(bodyOf(message).jobId ?? '')) this.#killers.add(ulid);
    if (message.receives > 0 || this.#killers.has(ulid) || !faults.chance(profile.killer)) return;
    this.#killers.add(ulid);
    this.#world.count('killer');
    trace.note(now, `${message.id} kills its workers: ${message.body}`);
  }

  #settled(batch: readonly Message[], ended: Ended): void {
    this.#underWay--;
    const failed = failuresOf(batch, ended);
    for (const message of batch) {
      if (!failed.has(message.id)) this.#queue.remove(message.id);
      // By its visibility timeout; or the poller, which is told of an error, makes it come sooner.
      else if (this.#killers.has(ulidOf(message)) || this.#world.below(2) === 0)
        message.visibleAt = this.#world.now + this.#world.below(60_000);
    }
  }

  /** Messages of one batch: spared tenants share none with others. */
  #batchOf(first: Message): readonly Message[] {
    const { batchSize } = this.#queue.spec;
    const spared = this.#isSpared(first);
    const others = this.#queue
      .visible(this.#world.now)
      .filter((message) => message !== first && !this.#queue.isDead(message) && this.#isSpared(message) === spared);
    return [first, ...others.slice(0, this.#world.below(batchSize))];
  }

  /**
   * While a version is rolled out, or back: one that this one does not know sent it, or took it; or only said more in it.
   * Whether it is gone.
   */
  #isOfAnotherVersion(message: Message): boolean {
    const body = bodyOf(message);
    if (!('v' in body)) return false;
    const { trace, now } = this.#world;
    const kind = this.#world.below(3);
    this.#world.count('foreign');
    if (kind === 0) {
      trace.note(now, `${message.id} is dropped by another version: ${message.body}`);
      this.#queue.remove(message.id);
      return true;
    }
    message.body = JSON.stringify(kind === 1 ? { ...body, v: 2 } : { hops: 1, ...body, sender: { version: 'next' } });
    trace.note(now, `${message.id} is of another version: ${message.body}`);
    return false;
  }

  #giveUp(message: Message): void {
    const { deadLetters } = this.#queue.spec;
    if (!deadLetters) throw new Error(`${message.id} has no dead-letter queue`);
    this.#world.trace.note(this.#world.now, `${message.id} is a dead letter: ${message.body}`);
    this.#world.count('dead letter');
    this.#queue.remove(message.id);
    this.#world.queue(deadLetters.queue).send(message.body, this.#world.now);
  }

  #isSpared(message: Message): boolean {
    const tenant = tenantOf(message);
    return tenant !== undefined && this.#world.isSpared(tenant);
  }
}

export const tenantOf = (message: Pick<Message, 'body'>): string | undefined => bodyOf(message).tenant;

const ulidOf = (message: Message): string => bodyOf(message).ulid ?? '';

function bodyOf({ body }: Pick<Message, 'body'>): Body {
  try {
    return (JSON.parse(body) as Body | null) ?? {};
  } catch {
    return {};
  }
}

function failuresOf(batch: readonly Message[], ended: Ended): ReadonlySet<string> {
  if (ended.kind !== 'returned') return new Set(batch.map(({ id }) => id));
  const response = ended.value as SQSBatchResponse | undefined;
  return new Set((response?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier));
}
