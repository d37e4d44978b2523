import type { Call, InvocationContext } from './invocation-context.ts';

/** A call that waits to be done. */
export interface PendingCall {
  readonly invocation: Invocation;
  readonly call: Call;
  /** Of its invocation, from 1. */
  readonly number: number;
  /** Not done before, in epoch milliseconds. */
  readyAt: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A timer that an invocation set. */
export interface Timer {
  readonly invocation: Invocation;
  at: number;
  readonly every: number | undefined;
  readonly run: () => void;
}

/** How an invocation ended: by itself, or not. */
export type InvocationResult =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }
  /** It is no more, or is taken for that: it ran into its timeout. */
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
  /** How far its clock is off. */
  readonly skewMs: number;
  /** It dies of what it was given, at its first call. */
  readonly crashesAtFirstCall?: boolean;
  /** Whose work it does, and nobody else's; undefined: it is not known, or several tenants'. */
  readonly tenant: string | undefined;
}

/** One invocation of a function: what it asks of the world goes through here. */
export class Invocation implements InvocationContext {
  readonly spec: InvocationSpec;
  readonly startedAt: number;
  /** Its process stands still until then. */
  frozenUntil = 0;
  calls = 0;
  /** Its process is no more: nothing that it asked for is ever answered. */
  dead = false;
  /** It has ended, by itself. */
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
    // Clocks count whole milliseconds.
    const wait = Math.max(1, Math.ceil(ms));
    const timer: Timer = { invocation: this, at: this.#host.now() + wait, every: repeats ? wait : undefined, run };
    if (!this.dead) this.#host.addTimer(timer);
    return () => this.#host.removeTimer(timer);
  }

  fetch(url: string): Promise<Response> {
    return this.#host.fetch(this, url);
  }
}
