import { randomInt, randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { Clock, realNow } from '../support/clock.ts';
import { ConditionVariable } from '../support/wait.ts';
import { AccountConcurrency, type EnvironmentPool } from './account-concurrency.ts';
import { type AsyncInvocation, type AsyncInvokeOptions, invokeUntilDone } from './async-invoke.ts';
import { FunctionError, InvocationRefused } from './errors.ts';
import { ExecutionEnvironment } from './execution-environment.ts';
import type { LogLevel, LogSink } from './log.ts';
import type { InvokeMessage } from './protocol.ts';
import { startProcess } from './runtime-process.ts';
import { startThread } from './runtime-thread.ts';
import { extendTrace } from './trace-header.ts';
import { WaitingLine } from './waiting-line.ts';

/** Payload limits of Lambda, in bytes. */
const SYNC_REQUEST_LIMIT = 6_291_456;
const SYNC_RESPONSE_LIMIT = 6_291_556;
const ASYNC_REQUEST_LIMIT = 1_048_576;

export interface LambdaFunctionOptions {
  readonly name: string;
  /** Absolute path of the ES module that exports the handler. */
  readonly bundle: string;
  /** @default 'handler' */
  readonly handlerExport?: string;
  /** Environment variables of the function. Only Lambda's own variables are added, none of the host. */
  readonly env: Readonly<Record<string, string>>;
  /** @default 3000, Lambda's default */
  readonly timeoutMs?: number;
  /** Limit of the JavaScript heap. @default 128, Lambda's default */
  readonly memoryMb?: number;
  /**
   * Container of each environment: a thread of the host, which starts faster, or a process, for a function that starts
   * processes itself.
   *
   * @default 'thread'
   */
  readonly isolation?: 'thread' | 'process';
  /**
   * Milliseconds that an invocation waits for a busy environment before another environment is started, one at a time.
   * A start takes longer than most invocations. @default 0, as on AWS: environments are started at once
   */
  readonly coldStartDelayMs?: number;
  /** Maximum number of environments; further invocations wait. @default 10 */
  readonly maximumEnvironments?: number;
  /** Maximum number of concurrent invocations; further ones are throttled. 0 throttles all. @default unreserved */
  readonly reservedConcurrency?: number;
  /**
   * Recursive loop detection: whether Lambda stops a function that invokes itself through a queue. @default 'Terminate'
   */
  readonly recursiveLoop?: 'Allow' | 'Terminate';
  /** Milliseconds after which an idle environment is ended. @default 20 s */
  readonly idleMs?: number;
  /** Delays before the retries of an asynchronous invocation. @default one and two minutes, as in Lambda */
  readonly asyncRetryDelaysMs?: readonly [number, number];
  /** Clock of the function's `Date`. @default real time */
  readonly clock?: Clock;
  /** Limits the environments of all functions that share it. @default no shared limit */
  readonly account?: AccountConcurrency;
  /** Receives the function's output and errors. @default dropped */
  readonly log?: LogSink;
  /** Folder of the compile cache, which shortens cold starts. @default Node's cache in the temporary folder */
  readonly compileCache?: string;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** @default '000000000000' */
  readonly accountId?: string;
}

export interface InvokeOptions {
  /** `X-Amzn-Trace-Id` of the caller. */
  readonly trace?: string;
  /** @default a random UUID */
  readonly requestId?: string;
  /** Withdraws the event on abort, unless it has reached an environment. @default none */
  readonly signal?: AbortSignal;
  /** Events of different lanes get free environments in turn. @default a common lane */
  readonly lane?: string;
  /** JSON of the client context of the caller. @default none */
  readonly clientContext?: string;
}

/** The place of an event among those that wait for an environment. */
interface Place {
  readonly signal: AbortSignal | undefined;
  readonly lane: string;
}

export interface LambdaStats {
  readonly invocations: number;
  /** Includes function errors, timeouts and lost environments. */
  readonly errors: number;
  readonly timeouts: number;
  readonly throttles: number;
  readonly recursiveInvocationsDropped: number;
  readonly coldStarts: number;
  /** Current values: all environments (including idle ones), idle environments, and running or waiting invocations. */
  readonly environments: number;
  readonly idle: number;
  readonly active: number;
}

interface Waiter {
  readonly resolve: (environment: ExecutionEnvironment) => void;
  readonly reject: (error: Error) => void;
}

interface Idle {
  readonly environment: ExecutionEnvironment;
  readonly since: number;
  readonly retire: NodeJS.Timeout;
}

/** A Lambda function: a pool of execution environments that process one event at a time each. */
export class LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly timeoutMs: number;
  readonly #options: LambdaFunctionOptions;
  readonly #env: Readonly<Record<string, string>>;
  readonly #memoryMb: number;
  readonly #maximum: number;
  readonly #clock: Clock;
  readonly #account: AccountConcurrency;
  readonly #stopped = new AbortController();

  readonly #environments = new Set<ExecutionEnvironment>();
  /** Ordered by last use, the most recent last. */
  readonly #idle: Idle[] = [];
  readonly #waiters = new WaitingLine<Waiter>();
  /** Notified when an invocation ends. */
  readonly #invocationEnded = new ConditionVariable();
  /** Environments that exist or wait for `AccountConcurrency`. */
  #planned = 0;
  /** Environments that load the function. */
  #starting = 0;
  #active = 0;
  readonly #counts = {
    invocations: 0,
    errors: 0,
    timeouts: 0,
    throttles: 0,
    recursiveInvocationsDropped: 0,
    coldStarts: 0,
  };

  constructor(options: LambdaFunctionOptions) {
    const { name, region = 'us-east-1', accountId = '000000000000' } = options;
    this.#options = options;
    this.name = name;
    this.arn = `arn:aws:lambda:${region}:${accountId}:function:${name}`;
    this.timeoutMs = options.timeoutMs ?? 3000;
    this.#memoryMb = options.memoryMb ?? 128;
    this.#maximum = options.maximumEnvironments ?? 10;
    if (!(this.#maximum >= 1)) {
      throw new RangeError(`${name}: maximumEnvironments must be at least 1, got ${this.#maximum}`);
    }
    this.#clock = options.clock ?? new Clock();
    this.#account = options.account ?? new AccountConcurrency({ maximumEnvironments: this.#maximum });
    this.#account.register(this.#pool);
    this.#env = {
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_SESSION_TOKEN: 'local',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      LANG: 'en_US.UTF-8',
      ...options.env,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(this.#memoryMb),
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: 'local',
      LAMBDA_TASK_ROOT: dirname(options.bundle),
      _HANDLER: `index.${options.handlerExport ?? 'handler'}`,
    };
  }

  /**
   * Invokes the function synchronously.
   *
   * @param event any JSON value
   *
   * @returns the handler's result, or `null` if it returned nothing
   * @throws FunctionError if the function failed
   * @throws InvocationRefused if the function did not run; `InvocationWithdrawn` on abort of the signal
   */
  async invoke(event: unknown, options: InvokeOptions = {}): Promise<unknown> {
    return await this.#invoke(serialize(event, SYNC_REQUEST_LIMIT), options);
  }

  /**
   * Accepts an event for asynchronous invocation; a failed event is retried as in Lambda. Unfinished events are lost
   * when the function is stopped.
   *
   * @throws InvocationRefused if the event is too large or the function is stopped
   */
  invokeAsync(event: unknown, options: AsyncInvokeOptions = {}): AsyncInvocation {
    this.#assertRunning();
    const payload = serialize(event, ASYNC_REQUEST_LIMIT);
    const requestId = randomUUID();
    const done = invokeUntilDone({
      ...options,
      requestId,
      functionArn: this.arn,
      event,
      retryDelaysMs: this.#options.asyncRetryDelaysMs ?? [60_000, 120_000],
      now: () => this.#clock.now(),
      signal: this.#stopped.signal,
      invoke: () => this.#invoke(payload, { requestId }),
    }).catch((error: unknown) => {
      this.#log('error', `asynchronous event was lost: ${String(error)}`, requestId);
      return 'failed' as const;
    });
    return { requestId, done };
  }

  /** Resolves when an environment is idle or can be created; rejects on abort. */
  async waitForCapacity(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const max = Math.min(this.#maximum, this.#options.reservedConcurrency ?? this.#maximum);
    for (;;) {
      if (this.#active >= max) await this.#invocationEnded.wait(signal);
      else if (this.#idle.length === 0 && !this.#account.hasCapacity) await this.#account.nextChange(signal);
      else return;
    }
  }

  /**
   * Kills environments, for fault tests. Running invocations fail with `Runtime.ExitError`.
   *
   * @param which one at random, or all
   *
   * @returns the number of killed environments
   */
  kill(which: 'one' | 'all' = 'one', random: (below: number) => number = randomInt): number {
    const all = [...this.#environments];
    const victims = which === 'all' ? all : all.length > 0 ? all.slice(random(all.length)).slice(0, 1) : [];
    for (const victim of victims) {
      this.#drop(victim);
      victim.kill();
    }
    return victims.length;
  }

  get stats(): LambdaStats {
    return {
      ...this.#counts,
      environments: this.#environments.size,
      idle: this.#idle.length,
      active: this.#active,
    };
  }

  /** Rejects new events, kills running invocations and resolves when all environments have ended. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    for (let waiter = this.#waiters.shift(); waiter; waiter = this.#waiters.shift()) {
      waiter.reject(stoppedError(this.name));
    }
    const all = [...this.#environments];
    for (const environment of all) this.#drop(environment);
    await Promise.all(all.map((environment) => environment.close()));
  }

  async #invoke(
    payload: string,
    { trace, requestId = randomUUID(), signal, lane = '', clientContext }: InvokeOptions,
  ): Promise<unknown> {
    this.#assertRunning();
    if (signal?.aborted) throw withdrawnError(this.name);
    const { header, exhausted } = extendTrace(this.arn, trace);
    if (exhausted && this.#options.recursiveLoop !== 'Allow') {
      this.#counts.recursiveInvocationsDropped++;
      const message = `${this.name} was invoked 16 times by its own messages and has been stopped`;
      this.#log('error', `RecursiveInvocationException: ${message}`, requestId);
      throw new InvocationRefused('RecursiveInvocationException', message);
    }
    if (this.#active >= (this.#options.reservedConcurrency ?? Number.POSITIVE_INFINITY)) {
      this.#counts.throttles++;
      throw new InvocationRefused('TooManyRequestsException', `Rate Exceeded: ${this.name}`);
    }
    this.#active++;
    try {
      const call = { event: payload, trace: header, requestId, ...(clientContext !== undefined && { clientContext }) };
      return await this.#run(call, { signal, lane });
    } finally {
      this.#active--;
      this.#invocationEnded.notifyAll();
    }
  }

  async #run(
    message: Pick<InvokeMessage, 'event' | 'trace' | 'requestId' | 'clientContext'>,
    place: Place,
  ): Promise<unknown> {
    const environment = await this.#acquire(place);
    this.#counts.invocations++;
    try {
      const result = await environment.invoke({ ...message, functionArn: this.arn, timeoutMs: this.timeoutMs });
      if (Buffer.byteLength(result) > SYNC_RESPONSE_LIMIT) throw responseTooLarge();
      return JSON.parse(result) as unknown;
    } catch (error) {
      this.#counts.errors++;
      if (error instanceof FunctionError) {
        if (error.errorType === 'Sandbox.Timedout') this.#counts.timeouts++;
        this.#log(
          'error',
          JSON.stringify({ message: 'Invoke Error', requestId: message.requestId, ...error.payload }),
          message.requestId,
        );
      }
      throw error;
    } finally {
      this.#release(environment);
    }
  }

  async #acquire({ signal, lane }: Place): Promise<ExecutionEnvironment> {
    const idle = this.#idle.pop();
    if (idle) {
      clearTimeout(idle.retire);
      return idle.environment;
    }
    const waiter = Promise.withResolvers<ExecutionEnvironment>();
    this.#waiters.push(lane, waiter);
    const grow = () => {
      if (this.#planned < this.#maximum && this.#waiters.has(waiter)) void this.#grow();
    };
    const { coldStartDelayMs: delay = 0 } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const growLater = () => {
      timer = setTimeout(() => (this.#starting > 0 ? growLater() : grow()), delay);
    };
    if (delay > 0 && this.#planned > 0) growLater();
    else grow();
    const withdraw = () => {
      if (!this.#waiters.remove(waiter)) return; // the event has reached an environment
      waiter.reject(withdrawnError(this.name));
    };
    signal?.addEventListener('abort', withdraw);
    try {
      return await waiter.promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', withdraw);
    }
  }

  #release(environment: ExecutionEnvironment): void {
    if (!environment.alive) {
      this.#drop(environment);
      return;
    }
    const waiter = this.#waiters.shift();
    if (waiter) {
      waiter.resolve(environment);
      return;
    }
    const retire = setTimeout(() => this.#retire(environment), this.#options.idleMs ?? 20_000);
    retire.unref();
    this.#idle.push({ environment, since: realNow(), retire });
    this.#account.notifyIdle();
  }

  async #grow(): Promise<void> {
    this.#planned++;
    await this.#account.acquire();
    const waiter = this.#stopped.signal.aborted ? undefined : this.#waiters.shift();
    if (!waiter) {
      this.#planned--;
      this.#account.release();
      return;
    }
    waiter.resolve(this.#create());
  }

  #create(): ExecutionEnvironment {
    this.#counts.coldStarts++;
    const { bundle, handlerExport = 'handler', compileCache, isolation } = this.#options;
    const environment: ExecutionEnvironment = new ExecutionEnvironment({
      start: isolation === 'process' ? startProcess : startThread,
      boot: { bundle, handlerExport, ...(compileCache !== undefined && { compileCache }) },
      clock: this.#clock,
      env: this.#env,
      memoryMb: this.#memoryMb,
      onLine: (line, level, requestId) => this.#log(level, line, requestId),
      onExit: () => this.#drop(environment),
    });
    this.#environments.add(environment);
    this.#starting++;
    void environment.started.finally(() => {
      this.#starting--;
    });
    return environment;
  }

  #retire(environment: ExecutionEnvironment): void {
    this.#drop(environment);
    environment.retire();
  }

  /** Removes an environment from the pool (idempotent) and creates a replacement if an invocation waits. */
  #drop(environment: ExecutionEnvironment): void {
    if (!this.#environments.delete(environment)) return;
    const index = this.#idle.findIndex((idle) => idle.environment === environment);
    for (const idle of index >= 0 ? this.#idle.splice(index, 1) : []) clearTimeout(idle.retire);
    this.#planned--;
    this.#account.release();
    if (!this.#waiters.isEmpty && this.#planned < this.#maximum) void this.#grow();
  }

  get #pool(): EnvironmentPool {
    const idle = this.#idle;
    return {
      get idleSince() {
        return idle[0]?.since;
      },
      retireOldest: () => {
        const oldest = idle[0];
        if (oldest) this.#retire(oldest.environment);
      },
    };
  }

  #assertRunning(): void {
    if (this.#stopped.signal.aborted) throw stoppedError(this.name);
  }

  #log(level: LogLevel, text: string, requestId: string | undefined): void {
    const { name, log } = this.#options;
    log?.({ functionName: name, level, text, ...(requestId !== undefined && { requestId }) });
  }
}

function serialize(event: unknown, limit: number): string {
  const payload = JSON.stringify(event) ?? 'null';
  const bytes = Buffer.byteLength(payload);
  if (bytes <= limit) return payload;
  const message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation, got ${bytes}`;
  throw new InvocationRefused('RequestTooLargeException', message);
}

function responseTooLarge(): FunctionError {
  return new FunctionError({
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size exceeded maximum allowed payload size (${SYNC_RESPONSE_LIMIT} bytes).`,
    trace: [],
  });
}

const withdrawnError = (name: string) =>
  new InvocationRefused('InvocationWithdrawn', `${name}: the caller gave up before an environment was free`);

const stoppedError = (name: string) => new InvocationRefused('ServiceException', `${name} is stopped`);
