import { syncBuiltinESMExports } from 'node:module';
import type { SQSBatchResponse } from 'aws-lambda';
import { Env } from '../../../functions/core/platform/env-names.ts';
import { createObjects, S3Client } from '../../../functions/core/platform/s3-objects.ts';
import { type StageConfig, type StageSettings, stageConfig, stages } from '../../../lib/config.ts';
import { MemoryBucket } from '../../helpers/fakes/memory-bucket.ts';
import { type ItemChange, MemoryDynamoDb } from '../../helpers/fakes/memory-dynamodb.ts';
import { toSqsRecord } from '../../helpers/fakes/memory-queue.ts';
import { MemoryScheduler } from '../../helpers/fakes/memory-scheduler.ts';
import { TABLE_SPECS } from '../../helpers/fakes/table-specs.ts';
import { seededRandom } from '../../helpers/seeded-random.ts';
import { deployFunctions, type ExternalServices, type Handlers } from '../../simulation/driver/deployed-functions.ts';
import { Invocation, type InvocationHost, type Timer } from '../../simulation/driver/invocation.ts';
import { type Call, runInContext, type Service } from '../../simulation/driver/invocation-context.ts';
import { type FunctionName, TIMEOUT_MS } from '../../simulation/driver/timeouts.ts';
import { EventQueue, type TimedEvent } from './event-queue.ts';
import { FairQueue, type GroupedMessage } from './fair-queue.ts';
import { createStreamReaders, type StreamReader } from './stream-readers.ts';

/** Start of the virtual clock, at a whole minute. */
export const START = Date.UTC(2031, 4, 6, 10, 0, 0);

/** Assumed durations of a call, in milliseconds. */
export const CALL_MS: Readonly<Record<Service, number>> = { dynamodb: 5, sqs: 10, s3: 20, scheduler: 50 };

/** Assumed time in milliseconds after which a poller receives a message that was sent to an empty queue. */
const QUEUE_POLL_MS = 20;
const MINUTE_MS = 60_000;
/** Turns of the event loop in which an invocation may reach its next call or timer. */
const MAX_TURNS = 50;

/** A queue with its event source mapping. */
interface QueueMapping {
  readonly queue: FairQueue;
  readonly fn: FunctionName;
  readonly batchSize: number;
  readonly concurrency: number;
  active: number;
  isPolled: boolean;
}

/** The outcome of a request to the API. */
export type Answer<Value> = { readonly value: Value } | { readonly error: unknown };

/**
 * A stage with the settings of `prod` on services in memory, in virtual time. All functions run at the same time: a call
 * takes the time in `CALL_MS`, and the computation of a function takes none. The results therefore do not depend on the
 * machine. There are no faults, and each stream has one shard, which all tenants share.
 *
 * It replaces clock, timers and SDK clients of its thread.
 */
export class VirtualStage {
  readonly #config: StageConfig;
  readonly dynamodb: MemoryDynamoDb;
  readonly platform: ReturnType<typeof deployFunctions>['platform'] & {
    readonly objects: ReturnType<typeof createObjects>;
  };
  /** Called for every change of an item. */
  readonly watchers: ((change: ItemChange) => void)[] = [];
  /** Maximum number of invocations at the same time, which each take an execution environment. */
  maximumInvocations = 0;
  /** Functions that exceeded their timeouts. */
  readonly timedOut: string[] = [];
  readonly #bucket = new MemoryBucket();
  readonly #scheduler = new MemoryScheduler();
  readonly #events = new EventQueue();
  readonly #handlers: Handlers;
  readonly #mappings: ReadonlyMap<string, QueueMapping>;
  readonly #readers: readonly StreamReader[];
  /** Calls and timers that an invocation waits for. */
  readonly #waits = new Map<Invocation, number>();
  readonly #ends = new Map<Invocation, (outcome: Answer<unknown>) => void>();
  readonly #timers = new Map<Timer, TimedEvent>();
  /** Running invocations that wait for no call and no timer. */
  readonly #busy = new Set<Invocation>();
  /** Messages that a function processes. */
  readonly #processing = new Map<Invocation, readonly GroupedMessage[]>();
  readonly #host: InvocationHost;
  #now = START;
  #messages = 0;
  #defect: unknown;

  /**
   * @param services targets, flows and receivers, which may use the stage
   * @param settings other settings than those of `prod`
   */
  constructor(services: (stage: VirtualStage) => ExternalServices, settings: StageSettings = {}) {
    this.#config = stageConfig('prod', { ...stages.prod, ...settings });
    // Modules may have imported the timers before the simulation replaced them.
    syncBuiltinESMExports();
    process.env[Env.sliceMs] = String(this.#config.sliceSeconds * 1_000);
    const random = seededRandom(1);
    this.dynamodb = new MemoryDynamoDb(TABLE_SPECS, { now: () => this.#now, onChange: (change) => this.#see(change) });
    this.#host = {
      now: () => this.#now,
      random,
      park: ({ invocation, call, resolve, reject }) => {
        this.#wait(invocation);
        this.at(this.#now + CALL_MS[call.service], () => {
          if (!this.#endWait(invocation)) return;
          const answer = this.#perform(call);
          if ('value' in answer) resolve(answer.value);
          else reject(answer.error);
        });
      },
      addTimer: (timer) => {
        this.#wait(timer.invocation);
        this.#arm(timer);
      },
      removeTimer: (timer) => this.#removeTimer(timer),
      fetch: async (_, url) => {
        throw new TypeError(`no server at ${url}`);
      },
    };
    const { handlers, platform } = deployFunctions(services(this));
    this.#handlers = handlers;
    this.platform = { ...platform, objects: createObjects(new S3Client({}), 'files') };
    const { workers, runsPerWorker, dispatchers, deliverers, sweepers, counterDelaySeconds } = this.#config;
    const mapping = (fn: FunctionName, batchSize: number, concurrency: number): QueueMapping => {
      return { queue: new FairQueue(), fn, batchSize, concurrency, active: 0, isPolled: false };
    };
    this.#mappings = new Map([
      ['ticks', mapping('dispatcher', 10, dispatchers)],
      ['runs', mapping('worker', runsPerWorker, workers)],
      ['notifications', mapping('deliverer', 1, deliverers)],
      ['sweeps', mapping('sweeper', 1, sweepers)],
    ]);
    this.#readers = createStreamReaders(counterDelaySeconds * 1_000);
    this.#sweepEachMinute();
  }

  get now(): number {
    return this.#now;
  }

  at(time: number, run: () => void): TimedEvent {
    return this.#events.add(Math.max(time, this.#now), run);
  }

  /** Runs an action at an interval from now until a time. The action's promise is not awaited. */
  repeat(everyMs: number, until: number, action: (time: number) => unknown): void {
    let times = 0;
    const next = (): void => {
      if (this.#now >= until) return;
      times += 1;
      action(times);
      this.at(this.#now + everyMs, next);
    };
    next();
  }

  /** Runs code as a request to the API, with its timeout. */
  request<Value>(work: () => Promise<Value>): Promise<Answer<Value>> {
    return this.#run('api', work) as Promise<Answer<Value>>;
  }

  /** Runs events in the order of their times until `until` returns `true`, at most until `limit`. */
  async runUntil(limit: number, until: () => boolean = () => false): Promise<void> {
    for (;;) {
      await this.#runInvocations();
      if (this.#defect !== undefined) throw this.#defect;
      if (until()) return;
      const next = this.#events.take(limit);
      if (!next) break;
      this.#now = next.at;
      next.run?.();
    }
    this.#now = limit;
  }

  /** Ends the worker that executes a run, as a crash does. */
  killWorker(ulid: string): void {
    for (const [invocation, messages] of this.#processing) {
      if (invocation.spec.fn !== 'worker' || !messages.some(({ body }) => body.includes(ulid))) continue;
      this.#finish(invocation, { error: new Error('the worker was killed') });
      return;
    }
    throw new Error(`no worker executes the run ${ulid}`);
  }

  /** Lets every invocation continue until it waits for a call or a timer. */
  async #runInvocations(): Promise<void> {
    for (let turn = 0; turn === 0 || (this.#busy.size > 0 && turn < MAX_TURNS); turn++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  #run(fn: FunctionName | 'api', work: () => Promise<unknown>, messages?: readonly GroupedMessage[]) {
    const spec = { name: fn, fn, timeoutMs: TIMEOUT_MS[fn], skewMs: 0, tenant: undefined };
    const invocation = new Invocation(spec, this.#host);
    const ended = new Promise<Answer<unknown>>((resolve) => this.#ends.set(invocation, resolve));
    if (messages) this.#processing.set(invocation, messages);
    this.maximumInvocations = Math.max(this.maximumInvocations, this.#ends.size);
    this.#waits.set(invocation, 0);
    this.#busy.add(invocation);
    this.at(invocation.deadline, () => {
      if (!this.#ends.has(invocation)) return;
      this.timedOut.push(fn);
      this.#finish(invocation, { error: new Error(`${fn} exceeded its timeout`) });
    });
    runInContext(invocation, () => Promise.resolve().then(work)).then(
      (value) => this.#finish(invocation, { value }),
      (error: unknown) => this.#finish(invocation, { error }),
    );
    return ended;
  }

  #finish(invocation: Invocation, outcome: Answer<unknown>): void {
    const end = this.#ends.get(invocation);
    if (!end) return;
    invocation.dead = true;
    this.#ends.delete(invocation);
    this.#waits.delete(invocation);
    this.#busy.delete(invocation);
    this.#processing.delete(invocation);
    end(outcome);
  }

  #wait(invocation: Invocation): void {
    const count = this.#waits.get(invocation);
    if (count === undefined) return;
    this.#waits.set(invocation, count + 1);
    this.#busy.delete(invocation);
  }

  /** @returns `false` if the invocation has ended */
  #endWait(invocation: Invocation): boolean {
    const count = this.#waits.get(invocation);
    if (count === undefined) return false;
    this.#waits.set(invocation, count - 1);
    if (count === 1) this.#busy.add(invocation);
    return true;
  }

  #arm(timer: Timer): void {
    const event = this.at(timer.at, () => {
      if (timer.every === undefined) this.#removeTimer(timer);
      else {
        timer.at = this.#now + timer.every;
        this.#arm(timer);
      }
      if (!timer.invocation.dead) timer.run();
    });
    this.#timers.set(timer, event);
  }

  #removeTimer(timer: Timer): void {
    const event = this.#timers.get(timer);
    if (!event) return;
    event.run = undefined;
    this.#timers.delete(timer);
    this.#endWait(timer.invocation);
  }

  #perform({ service, name, input }: Call): Answer<unknown> {
    try {
      return { value: this.#performAt(service, name, input) };
    } catch (error) {
      // Any other error is a defect of the simulation and not a result.
      if (!(typeof error === 'object' && error !== null && '$metadata' in error)) this.#defect ??= error;
      return { error };
    }
  }

  #performAt(service: Service, name: string, input: Record<string, unknown>): unknown {
    if (service === 'dynamodb') return this.dynamodb.perform({ name, input });
    if (service === 's3') return this.#bucket.perform(name, input, this.#now);
    if (service === 'scheduler') return this.#scheduler.perform(name, input, this.#now);
    const { QueueUrl, Entries = [input] } = input as { QueueUrl: string; Entries?: readonly Record<string, unknown>[] };
    for (const { MessageBody, MessageGroupId, DelaySeconds = 0 } of Entries) {
      const message = { body: MessageBody as string, group: (MessageGroupId ?? '') as string };
      this.#send(QueueUrl, message, (DelaySeconds as number) * 1_000);
    }
    return {};
  }

  #send(name: string, { body, group }: { readonly body: string; readonly group: string }, delayMs: number): void {
    const mapping = this.#mappings.get(name);
    if (!mapping) throw new Error(`a message for the unexpected queue ${name}: ${body}`);
    const id = `${name}-${++this.#messages}`;
    const add = () => this.#add(mapping, { id, body, group, sentAt: this.#now, receives: 0 });
    if (delayMs > 0) this.at(this.#now + delayMs, add);
    else add();
  }

  #add(mapping: QueueMapping, message: GroupedMessage): void {
    mapping.queue.add(message);
    this.#pollLater(mapping);
  }

  #pollLater(mapping: QueueMapping): void {
    if (mapping.isPolled || mapping.active >= mapping.concurrency || mapping.queue.isEmpty) return;
    mapping.isPolled = true;
    this.at(this.#now + QUEUE_POLL_MS, () => {
      mapping.isPolled = false;
      while (mapping.active < mapping.concurrency && !mapping.queue.isEmpty) this.#receive(mapping);
    });
  }

  #receive(mapping: QueueMapping): void {
    const { fn, queue } = mapping;
    const batch = queue.take(mapping.batchSize);
    for (const message of batch) message.receives += 1;
    mapping.active += 1;
    const event = { Records: batch.map((message) => toSqsRecord({ ...message, visibleAt: 0 }, fn)) };
    void this.#run(fn, () => this.#handlers[fn](event), batch).then((outcome) => {
      mapping.active -= 1;
      for (const message of batch) queue.end(message);
      const failed = failuresOf(batch, outcome);
      // A message that was not processed becomes visible again after its visibility timeout.
      const visibleAt = this.#now + 6 * TIMEOUT_MS[fn];
      for (const message of failed) this.at(visibleAt, () => this.#add(mapping, message));
      this.#pollLater(mapping);
    });
  }

  #see(change: ItemChange): void {
    for (const watch of this.watchers) watch(change);
    for (const reader of this.#readers) {
      if (reader.add(change, this.#now)) this.#readLater(reader, reader.pollMs + reader.windowMs);
    }
  }

  #readLater(reader: StreamReader, delayMs: number): void {
    if (!reader.begin()) return;
    this.at(this.#now + delayMs, () => {
      const event = reader.takeBatch();
      void this.#run(reader.fn, () => this.#handlers[reader.fn](event)).then((outcome) => {
        const { batchItemFailures = [] } = ('value' in outcome ? (outcome.value as SQSBatchResponse) : null) ?? {};
        if ('error' in outcome || batchItemFailures.length > 0) {
          this.#defect ??= new Error(`${reader.fn} failed`, { cause: 'error' in outcome ? outcome.error : outcome });
        }
        reader.end();
        if (!reader.isDone) this.#readLater(reader, reader.hasFullBatch ? 0 : reader.windowMs);
      });
    });
  }

  #sweepEachMinute(): void {
    this.at(this.#now + MINUTE_MS, () => {
      void this.#run('sweep-dispatcher', () => this.#handlers['sweep-dispatcher']({})).then((outcome) => {
        if ('error' in outcome) this.#defect ??= outcome.error;
      });
      this.#sweepEachMinute();
    });
  }
}

function failuresOf(batch: readonly GroupedMessage[], outcome: Answer<unknown>): readonly GroupedMessage[] {
  if ('error' in outcome) return batch;
  const { batchItemFailures = [] } = (outcome.value as SQSBatchResponse | undefined) ?? {};
  const ids = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  return batch.filter(({ id }) => ids.has(id));
}
