import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { MemoryBucket } from '../../helpers/fakes/memory-bucket.ts';
import { type ItemChange, MemoryDynamoDb } from '../../helpers/fakes/memory-dynamodb.ts';
import { MemoryQueue, type QueueSpec } from '../../helpers/fakes/memory-queue.ts';
import { MemoryScheduler } from '../../helpers/fakes/memory-scheduler.ts';
import { TABLE_SPECS } from '../../helpers/fakes/table-specs.ts';
import { seededRandom } from '../../helpers/seeded-random.ts';
import type { Handlers } from './deployed-functions.ts';
import { type CallResult, errorResponse, FaultInjector, isWrite } from './fault-injector.ts';
import { type FaultProfile, NO_FAULTS } from './fault-profile.ts';
import { Invocation, type InvocationHost, type InvocationResult, type PendingCall, type Timer } from './invocation.ts';
import { type Call, runInContext, type Service } from './invocation-context.ts';
import { type FunctionName, TIMEOUT_MS } from './timeouts.ts';
import { Trace } from './trace.ts';

export const START = Date.UTC(2031, 4, 6, 10, 0, 0);
const SECOND = 1_000;
/** Limit of events in a simulation; more events indicate an endless loop. */
const MAX_EVENTS = 200_000;

/** Visibility timeouts of six times the consumer's timeout, as in the CDK stacks. */
const QUEUES: readonly QueueSpec[] = [
  queue('ticks', 10, 6 * TIMEOUT_MS.dispatcher, 5),
  queue('runs', 4, 6 * TIMEOUT_MS.worker, 3),
  queue('notifications', 1, 6 * TIMEOUT_MS.deliverer, 5),
  queue('sweeps', 1, 6 * TIMEOUT_MS.sweeper, 5, 'platform-dead-letters'),
  { name: 'ticks-dead-letters', batchSize: 10, visibilityMs: 6 * TIMEOUT_MS['dead-ticks'] },
  { name: 'runs-dead-letters', batchSize: 10, visibilityMs: 6 * TIMEOUT_MS['dead-runs'] },
  { name: 'notifications-dead-letters', batchSize: 10, visibilityMs: 6 * TIMEOUT_MS['dead-notifications'] },
  { name: 'platform-dead-letters', batchSize: 10, visibilityMs: 6 * TIMEOUT_MS['dead-platform'] },
  { name: 'registrations-dead-letters', batchSize: 10, visibilityMs: 6 * TIMEOUT_MS['dead-registrations'] },
];

function queue(
  name: string,
  batchSize: number,
  visibilityMs: number,
  maxReceives: number,
  dlq = `${name}-dead-letters`,
): QueueSpec {
  return { name, batchSize, visibilityMs, redrivePolicy: { queue: dlq, maxReceives } };
}

/** An event that can happen next. */
export interface PendingEvent {
  readonly what: string;
  run(): void;
}

/** A producer of events: an event source mapping, a cron or the users. */
export interface EventSource {
  /** Returns the events that can happen now. */
  ready(now: number): readonly PendingEvent[];
  /** @returns the earliest time at which another event can happen, or `undefined` if none is pending */
  next(now: number): number | undefined;
}

/** Counts of the simulation for the report. */
export interface Tally {
  readonly faults: Record<string, number>;
  readonly invocations: Record<string, number>;
  calls: number;
  writes: number;
}

/** A crash at the given call, counted over all invocations of one function. */
export interface CrashPoint {
  readonly fn: string;
  readonly call: number;
  readonly when: 'before' | 'after';
}

/** A call of a function, as `Simulator.calls` lists it. */
export interface ObservedCall {
  /** The invocation has called before, and none of its timers has run since. */
  readonly isImmediate: boolean;
  readonly isWrite: boolean;
}

export interface SimulatorOptions {
  readonly seed: number;
  readonly profile?: FaultProfile;
  /** Tenants whose calls no fault hits. */
  readonly controlTenants?: readonly string[];
  readonly crashPoint?: CrashPoint;
}

/**
 * A deterministic simulation of the platform on services in memory. Events happen one after the other: the response to
 * a call, a timer, a batch of an event source. The seed decides which possible event happens next and which faults
 * occur, so that a seed reproduces the simulation to the last call.
 */
export class Simulator {
  readonly seed: number;
  readonly trace = new Trace();
  readonly tally: Tally = { faults: {}, invocations: {}, calls: 0, writes: 0 };
  readonly dynamodb: MemoryDynamoDb;
  readonly bucket = new MemoryBucket();
  readonly scheduler = new MemoryScheduler();
  readonly queues: ReadonlyMap<string, MemoryQueue>;
  /** Called for every change of an item at the time of the write. */
  readonly watchers: ((change: ItemChange) => void)[] = [];
  /** Random numbers that choose the next event. */
  readonly random: () => number;
  readonly #options: SimulatorOptions;
  readonly #chance: () => number;
  readonly #parked: PendingCall[] = [];
  readonly #timers: Timer[] = [];
  readonly #origins: EventSource[] = [];
  readonly #running = new Set<Invocation>();
  readonly #ends = new Map<Invocation, (ended: InvocationResult) => void>();
  readonly #host: InvocationHost;
  #handlers: Handlers | undefined;
  #faults: FaultInjector;
  #profile: FaultProfile;
  #isOver = false;
  #now = START;
  #invoked = 0;
  #eventCount = 0;
  #broken: unknown;
  readonly #calls = new Map<string, ObservedCall[]>();

  constructor(options: SimulatorOptions) {
    this.#options = options;
    this.seed = options.seed;
    this.random = seededRandom(options.seed * 7 + 1);
    this.#chance = seededRandom(options.seed * 7 + 2);
    this.#profile = NO_FAULTS;
    this.#faults = new FaultInjector(this.#profile, this.#chance, START);
    const chance = seededRandom(options.seed * 7 + 3);
    this.dynamodb = new MemoryDynamoDb(TABLE_SPECS, {
      now: () => this.#now,
      indexLag: () => this.#lag(),
      readLag: () => this.#lag(),
      onChange: (change) => {
        for (const watch of this.watchers) watch(change);
      },
    });
    this.queues = new Map(QUEUES.map((spec) => [spec.name, new MemoryQueue(spec)]));
    this.#host = {
      now: () => this.#now,
      random: chance,
      park: (call) => void this.#parked.push(call),
      addTimer: (timer) => void this.#timers.push(timer),
      removeTimer: (timer) => {
        const at = this.#timers.indexOf(timer);
        if (at >= 0) this.#timers.splice(at, 1);
      },
      fetch: (invocation, url) => this.fetch(invocation, url),
    };
  }

  /** Response to a `fetch` call of an invocation. Replaced by the simulated issuer. */
  fetch: (invocation: Invocation, url: string) => Promise<Response> = async (_, url) => {
    throw new TypeError(`no server at ${url}`);
  };

  get now(): number {
    return this.#now;
  }

  get profile(): FaultProfile {
    return this.#profile;
  }

  /** Returns the lag of the next change in the indexes, or in eventually consistent reads, in milliseconds. */
  #lag(): number {
    return this.#profile.indexLagMs > 0 ? Math.floor(this.#chance() * this.#profile.indexLagMs) : 0;
  }

  /** @returns whether the profile includes index lag */
  get hadIndexLag(): boolean {
    return (this.#options.profile ?? NO_FAULTS).indexLagMs > 0;
  }

  get faults(): FaultInjector {
    return this.#faults;
  }

  /** Number of running invocations, including zombies. */
  get activeInvocations(): number {
    return this.#running.size;
  }

  deploy(handlers: Handlers): void {
    this.#handlers = handlers;
  }

  addSources(...origins: readonly EventSource[]): void {
    this.#origins.push(...origins);
  }

  queue(name: string): MemoryQueue {
    const found = this.queues.get(name);
    if (!found) throw new Error(`unknown queue ${name}`);
    return found;
  }

  randomBelow(n: number): number {
    return Math.floor(this.random() * n);
  }

  /** Starts the faults of the profile. */
  startFaults(): void {
    this.#profile = this.#options.profile ?? NO_FAULTS;
    this.#faults = new FaultInjector(this.#profile, this.#chance, START);
  }

  /** Stops all faults. Effects of earlier faults remain. */
  stopFaults(): void {
    this.trace.note(this.#now, 'faults end');
    this.#isOver = true;
    this.#profile = { ...NO_FAULTS };
    this.#faults = new FaultInjector(this.#profile, this.#chance, START);
  }

  /** @returns whether the faults have ended; external services work without faults then */
  get faultsEnded(): boolean {
    return this.#isOver;
  }

  countFault(fault: string): void {
    this.tally.faults[fault] = (this.tally.faults[fault] ?? 0) + 1;
  }

  /**
   * Invokes a function that crashes at its first call.
   *
   * @param end called once, as for `invoke`
   */
  invokeAndCrash(fn: FunctionName, event: unknown, what: string, end: (ended: InvocationResult) => void): void {
    this.run(fn, `${what} (crashes)`, undefined, () => this.#handler(fn)(event), end, true);
  }

  #handler(fn: FunctionName): (event: unknown) => Promise<unknown> {
    const handler = this.#handlers?.[fn];
    if (!handler) throw new Error(`${fn} is not deployed`);
    return handler;
  }

  /**
   * Invokes a function.
   *
   * @param end called once: when the function returns, crashes or exceeds its timeout
   */
  invoke(
    fn: FunctionName,
    event: unknown,
    what: string,
    tenant: string | undefined,
    end: (ended: InvocationResult) => void,
  ): void {
    this.run(fn, what, tenant, () => this.#handler(fn)(event), end);
  }

  /** Runs code as an invocation. */
  run(
    fn: FunctionName | 'api',
    what: string,
    tenant: string | undefined,
    code: () => Promise<unknown>,
    end: (ended: InvocationResult) => void,
    doomed = false,
  ): Invocation {
    const { skewMs } = this.#profile;
    const spared = tenant !== undefined && this.isControlTenant(tenant);
    const skew = skewMs > 0 && !spared ? Math.floor((this.#chance() * 2 - 1) * skewMs) : 0;
    const name = `${fn}-${++this.#invoked}`;
    const spec = { name, fn, timeoutMs: TIMEOUT_MS[fn], skewMs: skew, tenant, crashesAtFirstCall: doomed };
    const invocation = new Invocation(spec, this.#host);
    this.trace.note(this.#now, `${name} begins: ${what}${skew === 0 ? '' : ` (clock ${skew} ms)`}`);
    this.tally.invocations[fn] = (this.tally.invocations[fn] ?? 0) + 1;
    this.#running.add(invocation);
    this.#ends.set(invocation, end);
    runInContext(invocation, () => Promise.resolve().then(code)).then(
      (value) => this.#complete(invocation, { kind: 'returned', value }),
      (error: unknown) => this.#complete(invocation, { kind: 'threw', error }),
    );
    return invocation;
  }

  /**
   * Runs events until `until` returns `true`, or no event is left before `limit`.
   *
   * @param limit epoch milliseconds
   */
  async runUntil(limit: number, until: () => boolean = () => false): Promise<void> {
    for (;;) {
      await this.#waitUntilIdle();
      if (this.#broken !== undefined) throw this.#broken;
      if (until()) return;
      if (++this.#eventCount > MAX_EVENTS) throw new Error(`the simulation does not end within ${MAX_EVENTS} events`);
      const happening = this.#choose();
      if (happening) {
        happening.run();
        continue;
      }
      const next = this.#next();
      if (next === undefined || next > limit) {
        this.#now = Math.max(this.#now, limit);
        return;
      }
      this.#now = Math.max(this.#now, next);
    }
  }

  /** Lets every invocation continue until it waits for a call or timer. */
  async #waitUntilIdle(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 50; turn++) {
      const isWaiting = (invocation: Invocation) =>
        this.#parked.some((parked) => parked.invocation === invocation) ||
        this.#timers.some((timer) => timer.invocation === invocation);
      if ([...this.#running].every(isWaiting)) return;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  #choose(): PendingEvent | undefined {
    const ready: PendingEvent[] = [];
    for (const parked of this.#parked) {
      if (Math.max(parked.readyAt, parked.invocation.frozenUntil) <= this.#now) ready.push(this.#callEvent(parked));
    }
    for (const timer of this.#timers) {
      if (Math.max(timer.at, timer.invocation.frozenUntil) <= this.#now) ready.push(this.#timerEvent(timer));
    }
    for (const invocation of this.#ends.keys()) {
      if (invocation.deadline <= this.#now) ready.push(this.#timeoutEvent(invocation));
    }
    for (const origin of this.#origins) ready.push(...origin.ready(this.#now));
    return ready[this.randomBelow(ready.length)];
  }

  #next(): number | undefined {
    const times = [
      ...this.#parked.map(({ readyAt, invocation }) => Math.max(readyAt, invocation.frozenUntil)),
      ...this.#timers.map(({ at, invocation }) => Math.max(at, invocation.frozenUntil)),
      ...[...this.#ends.keys()].map(({ deadline }) => deadline),
      ...this.#origins.flatMap((origin) => origin.next(this.#now) ?? []),
    ];
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #callEvent(parked: PendingCall): PendingEvent {
    return { what: 'call', run: () => this.#answer(parked) };
  }

  #timerEvent(timer: Timer): PendingEvent {
    return {
      what: 'timer',
      run: () => {
        if (timer.every === undefined) this.#host.removeTimer(timer);
        else timer.at = this.#now + timer.every;
        timer.invocation.isImmediate = false;
        timer.run();
      },
    };
  }

  /** Times out an invocation: the caller regards it as failed. Its process ends, or continues as a zombie. */
  #timeoutEvent(invocation: Invocation): PendingEvent {
    return {
      what: 'timeout',
      run: () => {
        const zombie = invocation.frozenUntil > this.#now || this.#chance() < 0.5;
        this.trace.note(this.#now, `${invocation.spec.name} timed out${zombie ? ', continues as a zombie' : ''}`);
        this.countFault(zombie ? 'zombie' : 'timeout');
        this.#notifyEnd(invocation, { kind: 'died' });
        if (!zombie) this.#discard(invocation);
      },
    };
  }

  #answer(parked: PendingCall): void {
    const { invocation, call, number } = parked;
    const result = this.#decide(parked);
    const note = (text: string) =>
      this.trace.note(this.#now, `${invocation.spec.name} ${number} ${describe(call)} ${text}`.trim());
    if (result.kind === 'freeze' || result.kind === 'slow') {
      note(`${result.kind} ${result.ms} ms`);
      this.countFault(result.kind);
      if (result.kind === 'freeze') invocation.frozenUntil = this.#now + result.ms;
      parked.readyAt = this.#now + result.ms;
      return;
    }
    this.#now += 1 + this.randomBelow(12);
    this.#parked.splice(this.#parked.indexOf(parked), 1);
    if (result.kind !== 'done') this.countFault(result.kind === 'refused' ? result.why : result.kind);
    if (result.kind === 'refused') {
      note(result.why);
      parked.reject(errorResponse(call, result.why));
      return;
    }
    if (result.kind === 'crash' && result.when === 'before') {
      note('crashes before the call');
      this.#die(invocation);
      return;
    }
    const answer = this.#perform(result.kind === 'partial' ? halved(call) : call);
    if (result.kind === 'crash') {
      note('crashes after the call');
      this.#die(invocation);
      return;
    }
    if (result.kind === 'lost') {
      note('response is lost');
      parked.reject(Object.assign(new Error('socket hang up'), { name: 'TimeoutError' }));
      return;
    }
    const last = result.kind === 'repeated' && call.name !== 'TransactWriteItemsCommand' ? this.#perform(call) : answer;
    note('error' in last ? `→ ${(last.error as Error).name}` : result.kind === 'done' ? '' : result.kind);
    if ('error' in last) parked.reject(last.error);
    else parked.resolve(result.kind === 'partial' ? withRest(call, last.value) : last.value);
  }

  #decide(parked: PendingCall): CallResult {
    const { invocation, call } = parked;
    const { crashPoint } = this.#options;
    const { fn } = invocation.spec;
    const calls = this.#calls.get(fn) ?? [];
    this.#calls.set(fn, calls);
    calls.push({ isImmediate: invocation.isImmediate, isWrite: isWrite(call) });
    invocation.isImmediate = true;
    if (crashPoint?.fn === fn && calls.length === crashPoint.call) return { kind: 'crash', when: crashPoint.when };
    if (invocation.spec.crashesAtFirstCall) return { kind: 'crash', when: 'before' };
    // A call that was frozen or slow before succeeds.
    if (parked.readyAt > 0) return { kind: 'done' };
    const { tenant } = invocation.spec;
    if ((tenant !== undefined && this.isControlTenant(tenant)) || this.isControlTenant(tenantOfCall(call)))
      return { kind: 'done' };
    return this.#faults.decide(parked, this.#now);
  }

  /** Calls of each function so far, over all of its invocations. */
  get calls(): Readonly<Record<string, readonly ObservedCall[]>> {
    return Object.fromEntries([...this.#calls].map(([fn, calls]) => [fn, [...calls]]));
  }

  /** @returns whether the tenant is exempt from faults */
  isControlTenant(tenant: string): boolean {
    return this.#options.controlTenants?.includes(tenant) ?? false;
  }

  #perform(call: Call): { readonly value: unknown } | { readonly error: unknown } {
    this.tally.calls++;
    if (isWrite(call)) this.tally.writes++;
    try {
      return { value: this.#performAt(call.service, call) };
    } catch (error) {
      // Any other error is a defect of the simulation and not a result.
      if (!isAnswer(error)) this.#broken ??= error;
      return { error };
    }
  }

  #performAt(service: Service, { name, input }: Call): unknown {
    switch (service) {
      case 'dynamodb':
        return this.dynamodb.perform({ name, input });
      case 's3':
        return this.bucket.perform(name, input, this.#now);
      case 'scheduler':
        return this.scheduler.perform(name, input, this.#now);
      case 'sqs': {
        if (name === 'SendMessageBatchCommand') return this.#sendBatch(input);
        const { QueueUrl, MessageBody, DelaySeconds } = input as Record<string, string> & { DelaySeconds?: number };
        if (name !== 'SendMessageCommand') throw new Error(`MemoryQueue does not support ${name}`);
        this.queue(QueueUrl ?? '').send(MessageBody ?? '', this.#now, (DelaySeconds ?? 0) * SECOND);
        return {};
      }
    }
  }

  #sendBatch({ QueueUrl, Entries }: Call['input']): unknown {
    const queue = this.queue(QueueUrl as string);
    for (const {
      MessageBody = '',
      MessageGroupId = '',
      DelaySeconds = 0,
    } of Entries as SendMessageBatchRequestEntry[]) {
      const isSweep = queue === this.queue('sweeps');
      for (let copies = isSweep ? this.#copiesOfSweep(MessageGroupId) : 1; copies > 0; copies--) {
        queue.send(MessageBody, this.#now, DelaySeconds * SECOND);
      }
    }
    return {};
  }

  /** Returns how many messages an entry of the agenda leads to. */
  #copiesOfSweep(tenant: string): number {
    if (this.isControlTenant(tenant)) return 1;
    const isLost = this.#faults.chance(this.#profile.lostSweep);
    const isDouble = !isLost && this.#faults.chance(this.#profile.doubleSweepMessage);
    if (isLost) this.countFault('lost sweep message');
    if (isDouble) this.countFault('double sweep message');
    return isLost ? 0 : isDouble ? 2 : 1;
  }

  /** Ends the invocation as crashed. */
  #die(invocation: Invocation): void {
    this.#discard(invocation);
    this.#notifyEnd(invocation, { kind: 'died' });
  }

  #discard(invocation: Invocation): void {
    invocation.dead = true;
    this.#running.delete(invocation);
    remove(this.#parked, invocation);
    remove(this.#timers, invocation);
  }

  #complete(invocation: Invocation, ended: InvocationResult): void {
    if (invocation.dead) return;
    invocation.done = true;
    const how = ended.kind === 'threw' ? `threw ${String(ended.error)}` : ended.kind;
    this.trace.note(this.#now, `${invocation.spec.name} ${how}`);
    // Lambda freezes work that continues in the background after the handler has returned.
    this.#discard(invocation);
    this.#notifyEnd(invocation, ended);
  }

  #notifyEnd(invocation: Invocation, ended: InvocationResult): void {
    const end = this.#ends.get(invocation);
    this.#ends.delete(invocation);
    end?.(ended);
  }
}

/** @returns whether the error is an SDK error, which has `$metadata` */
const isAnswer = (error: unknown): boolean => typeof error === 'object' && error !== null && '$metadata' in error;

function remove(list: { readonly invocation: Invocation }[], invocation: Invocation): void {
  for (let i = list.length - 1; i >= 0; i--) if (list[i]?.invocation === invocation) list.splice(i, 1);
}

/**
 * Returns the tenant whose items or messages a call concerns. The tenant leads every key, and every message names it.
 */
export function tenantOfCall({ input }: Call): string {
  const { Key, Item, MessageGroupId, MessageBody, ExpressionAttributeValues, TransactItems, RequestItems } =
    input as Record<string, never> & { readonly TransactItems?: Record<string, Record<string, unknown>>[] };
  const key = (Key ?? Item) as { pk?: { S?: string } } | string | undefined;
  if (typeof key === 'string') return key.split('/')[1] ?? '';
  if (key?.pk?.S) return key.pk.S.split('#')[0] ?? '';
  if (MessageGroupId) return String(MessageGroupId);
  if (MessageBody) return (JSON.parse(MessageBody) as { tenant?: string }).tenant ?? '';
  if (TransactItems)
    return tenantOfCall({ service: 'dynamodb', name: '', input: Object.values(TransactItems[0] ?? {})[0] ?? {} });
  if (RequestItems) return tenantOfBatch(RequestItems);
  return (ExpressionAttributeValues as { ':v0'?: { S?: string } } | undefined)?.[':v0']?.S?.split('#')[0] ?? '';
}

/** Returns the tenant of a batch, or an empty string if it has several. */
function tenantOfBatch(requests: Record<string, unknown>): string {
  const texts = JSON.stringify(requests).matchAll(/"pk":\{"S":"([^"#]+)/g);
  const tenants = new Set([...texts].map(([, tenant]) => tenant));
  return tenants.size === 1 ? ([...tenants][0] ?? '') : '';
}

/** Returns the call with the first half of its batch. */
function halved(call: Call): Call {
  const requests = Object.entries(call.input.RequestItems as Record<string, unknown>);
  return { ...call, input: { RequestItems: Object.fromEntries(requests.map(([t, given]) => [t, half(given, 0)])) } };
}

/** Adds the second half of the batch to the response as unprocessed items. */
function withRest(call: Call, answer: unknown): unknown {
  const requests = Object.entries(call.input.RequestItems as Record<string, unknown>);
  const left = requests.map(([table, given]) => [table, half(given, 1)] as const);
  const rest = Object.fromEntries(left.filter(([, given]) => sizeOf(given) > 0));
  return {
    ...(answer as object),
    ...(call.name === 'BatchGetItemCommand' ? { UnprocessedKeys: rest } : { UnprocessedItems: rest }),
  };
}

function half(given: unknown, which: 0 | 1): unknown {
  const cut = (list: readonly unknown[]) => {
    const middle = Math.ceil(list.length / 2);
    return which === 0 ? list.slice(0, middle) : list.slice(middle);
  };
  if (Array.isArray(given)) return cut(given);
  const { Keys, ...rest } = given as { Keys: unknown[] };
  return { ...rest, Keys: cut(Keys) };
}

const sizeOf = (given: unknown): number => (Array.isArray(given) ? given : (given as { Keys: unknown[] }).Keys).length;

/** Describes a call for the trace. */
function describe({ name, input, service }: Call): string {
  const verb = name.replace('Command', '');
  const { Key, Item, ...names } = input as Record<string, unknown>;
  const { TableName, Name, QueueUrl, IndexName } = names as Record<string, string | undefined>;
  const key = (Key ?? Item) as { pk?: { S?: string }; sk?: { S?: string } } | string | undefined;
  if (service === 'dynamodb') {
    const where = typeof key === 'object' ? ` ${key.pk?.S ?? ''} ${key.sk?.S ?? ''}` : IndexName ? ` ${IndexName}` : '';
    return `${verb} ${TableName ?? ''}${where}`;
  }
  return `${verb} ${Name ?? QueueUrl ?? (typeof key === 'string' ? key : '')}`;
}
