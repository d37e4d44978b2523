import { AsyncLocalStorage } from 'node:async_hooks';
import crypto from 'node:crypto';
import timers from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';

/** The AWS services that the functions call through SDK clients. */
export type Service = 'dynamodb' | 'sqs' | 's3' | 'scheduler';

/** A call of an SDK client. */
export interface Call {
  readonly service: Service;
  /** Name of the command's class, for example `PutItemCommand`. */
  readonly name: string;
  readonly input: Record<string, unknown>;
}

/** The clock, random numbers, timers and service clients that the code of one invocation uses. */
export interface InvocationContext {
  /** Epoch milliseconds by the invocation's clock, which may be skewed. */
  now(): number;
  /** Milliseconds of a monotonic clock. */
  monotonic(): number;
  /** A number in [0, 1). */
  random(): number;
  call(call: Call): Promise<unknown>;
  /**
   * Calls `run` once after `ms`, or every `ms` milliseconds.
   *
   * @returns a function that stops the timer
   */
  timer(run: () => void, ms: number, repeats: boolean): () => void;
  fetch(url: string): Promise<Response>;
}

interface ProcessState {
  readonly storage: AsyncLocalStorage<InvocationContext>;
  isInstalled: boolean;
}

const STATE = Symbol.for('jobdeck.fault-driver');
const shared = globalThis as { [STATE]?: ProcessState };
/** One state per process: the module may be loaded several times. */
shared[STATE] ??= { storage: new AsyncLocalStorage(), isInstalled: false };
const state = shared[STATE];
const { storage } = state;

/** Runs code in a context. Everything that the code awaits runs in the same context. */
export function runInContext<Result>(context: InvocationContext, run: () => Result): Result {
  return storage.run(context, run);
}

/** The timer object that `setTimeout` and `setInterval` return inside a context. */
class VirtualTimer {
  readonly end: () => void;

  constructor(end: () => void) {
    this.end = end;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

/**
 * Replaces the global clock, timers, random numbers, `fetch` and SDK clients by those of the current context. Code
 * outside of any context uses the real ones. Must run once per process before the handlers are loaded, because handlers
 * keep references to the clock.
 */
export function installInvocationContext(): void {
  if (state.isInstalled) return;
  state.isInstalled = true;
  patchClock();
  patchTimers();
  patchRandom();
  patchClients();
  const { fetch } = globalThis;
  globalThis.fetch = (input, init) => storage.getStore()?.fetch(urlOf(input)) ?? fetch(input, init);
}

const urlOf = (input: string | URL | Request): string => {
  if (typeof input === 'string') return input;
  return input instanceof URL ? input.href : input.url;
};

function patchClock(): void {
  const RealDate = Date;
  const realNow = Date.now.bind(Date);
  const realMonotonic = performance.now.bind(performance);
  class ContextDate extends RealDate {
    constructor(...parts: unknown[]) {
      if (parts.length === 0) super(ContextDate.now());
      else super(...(parts as [number]));
    }

    static override now(): number {
      return storage.getStore()?.now() ?? realNow();
    }
  }
  globalThis.Date = ContextDate as DateConstructor;
  performance.now = () => storage.getStore()?.monotonic() ?? realMonotonic();
}

function patchTimers(): void {
  const real = { setTimeout, setInterval, clearTimeout, clearInterval, sleep: timers.setTimeout };
  const patched =
    (make: typeof setTimeout | typeof setInterval, repeats: boolean) =>
    (run: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) => {
      const context = storage.getStore();
      if (!context) return make(run, ms, ...given);
      return new VirtualTimer(context.timer(() => storage.run(context, run, ...given), ms, repeats));
    };
  const cleared = (clear: typeof clearTimeout) => (timer: unknown) =>
    timer instanceof VirtualTimer ? timer.end() : clear(timer as NodeJS.Timeout);
  Object.assign(globalThis, {
    setTimeout: patched(real.setTimeout, false),
    setInterval: patched(real.setInterval, true),
    clearTimeout: cleared(real.clearTimeout),
    clearInterval: cleared(real.clearInterval),
  });
  const sleep = (ms = 0, value?: unknown, options: { signal?: AbortSignal } = {}): Promise<unknown> => {
    const context = storage.getStore();
    if (!context) return real.sleep(ms, value, options);
    return new Promise((resolve, reject) => {
      const { signal } = options;
      if (signal?.aborted) return reject(signal.reason as Error);
      const end = context.timer(() => resolve(value), ms, false);
      signal?.addEventListener('abort', () => {
        end();
        reject(signal.reason as Error);
      });
    });
  };
  timers.setTimeout = sleep as typeof timers.setTimeout;
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms) => {
    const context = storage.getStore();
    if (!context) return timeout(ms);
    const controller = new AbortController();
    context.timer(() => controller.abort(new DOMException('it took too long', 'TimeoutError')), ms, false);
    return controller.signal;
  };
}

function patchRandom(): void {
  const random = Math.random.bind(Math);
  Math.random = () => storage.getStore()?.random() ?? random();
  const real = { randomBytes: crypto.randomBytes, randomUUID: crypto.randomUUID };
  const web = globalThis.crypto.getRandomValues.bind(globalThis.crypto);
  const filled = <Bytes extends ArrayBufferView>(bytes: Bytes, context: InvocationContext): Bytes => {
    const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < view.length; i++) view[i] = Math.floor(context.random() * 256);
    return bytes;
  };
  globalThis.crypto.getRandomValues = ((bytes: Uint8Array<ArrayBuffer>) => {
    const context = storage.getStore();
    return context ? filled(bytes, context) : web(bytes);
  }) as typeof globalThis.crypto.getRandomValues;
  Object.assign(crypto, {
    randomBytes: (size: number, ...rest: []) => {
      const context = storage.getStore();
      return context ? filled(Buffer.alloc(size), context) : real.randomBytes(size, ...rest);
    },
    randomUUID: (...rest: []) => {
      const context = storage.getStore();
      if (!context) return real.randomUUID(...rest);
      const hex = filled(Buffer.alloc(16), context).toString('hex');
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
    },
  });
}

const CLIENTS = [
  ['dynamodb', DynamoDBClient],
  ['sqs', SQSClient],
  ['s3', S3Client],
  ['scheduler', SchedulerClient],
] as const;

type Command = { readonly input: Record<string, unknown> };
type Send = (this: unknown, command: Command, options?: { readonly abortSignal?: AbortSignal }) => Promise<unknown>;

function patchClients(): void {
  for (const [service, Client] of CLIENTS) {
    const prototype = Client.prototype as unknown as { send: Send };
    const real = prototype.send;
    prototype.send = function send(command, options) {
      const context = storage.getStore();
      if (!context) return real.call(this, command, options);
      const aborted = options?.abortSignal;
      if (aborted?.aborted) return Promise.reject(aborted.reason as Error);
      return context.call({ service, name: command.constructor.name, input: command.input });
    };
  }
}
