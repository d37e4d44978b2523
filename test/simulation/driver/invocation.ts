import type { Call, InvocationContext } from './invocation-context.ts';

/** A call that the simulator has not performed yet. */
export interface PendingCall {
  readonly invocation: Invocation;
  readonly call: Call;
  /** Number of the call within its invocation, from 1. */
  readonly number: number;
  /** Earliest time at which the call is performed, in epoch milliseconds. */
  readyAt: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A timer set by an invocation. */
export interface Timer {
  readonly invocation: Invocation;
  at: number;
  readonly every: number | undefined;
  readonly run: () => void;
}

/** The end of an invocation. */
export type InvocationResult =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }
  /** The process crashed, or the invocation exceeded its timeout. */
  | { readonly kind: 'died' };

export interface InvocationHost {
  readonly now: () => number;
  readonly random: () => number;
  park(call: PendingCall): void;
  addTimer(timer: Timer): void;
  removeTimer(timer: Timer): void;
  fetch(invocation: Invocation, url: string): Promise<Response>;
}

export interface InvocationSpec {
  readonly name: string;
  readonly fn: string;
  readonly timeoutMs: number;
  /** Clock skew in milliseconds. */
  readonly skewMs: number;
  /** The invocation crashes at its first call, as it does for a poison pill. */
  readonly crashesAtFirstCall?: boolean;
  /** The tenant of the invocation's work, or `undefined` if it is unknown or not unique. */
  readonly tenant: string | undefined;
}

/** One invocation of a function. All of its calls, timers and clock reads go through this object. */
export class Invocation implements InvocationContext {
  readonly spec: InvocationSpec;
  readonly startedAt: number;
  /** Epoch milliseconds until which the process is frozen. */
  frozenUntil = 0;
  calls = 0;
  /** The invocation has called before, and none of its timers has run since. */
  isImmediate = false;
  /** The process has ended: pending calls are never answered. */
  dead = false;
  /** The handler has returned or thrown. */
  done = false;
  readonly #host: InvocationHost;

  constructor(spec: InvocationSpec, host: InvocationHost) {
    this.spec = spec;
    this.#host = host;
    this.startedAt = host.now();
  }

  get deadline(): number {
    return this.startedAt + this.spec.timeoutMs;
  }

  now(): number {
    return this.#host.now() + this.spec.skewMs;
  }

  monotonic(): number {
    return this.#host.now();
  }

  random(): number {
    return this.#host.random();
  }

  call(call: Call): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.dead) return;
      const number = ++this.calls;
      this.#host.park({ invocation: this, call, number, readyAt: 0, resolve, reject });
    });
  }

  timer(run: () => void, ms: number, repeats: boolean): () => void {
    // Timers have a resolution of 1 ms.
    const wait = Math.max(1, Math.ceil(ms));
    const timer: Timer = { invocation: this, at: this.#host.now() + wait, every: repeats ? wait : undefined, run };
    if (!this.dead) this.#host.addTimer(timer);
    return () => this.#host.removeTimer(timer);
  }

  fetch(url: string): Promise<Response> {
    return this.#host.fetch(this, url);
  }
}
