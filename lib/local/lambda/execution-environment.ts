import { realNow } from '../support/clock.ts';
import { withTimeout } from '../support/wait.ts';
import { type ErrorPayload, FunctionError } from './errors.ts';
import { type LogLevel, levelOf } from './log.ts';
import { type InvokeMessage, RETIRE, type RuntimeMessage } from './protocol.ts';
import type { RuntimeContainer, RuntimeOptions, StartRuntime } from './runtime-container.ts';

/**
 * Time limit for loading a bundle. Lambda allows 10 s; a development machine that starts a dozen functions at once
 * needs more.
 */
const INIT_TIMEOUT_MS = 30_000;

/** Time limit for ending a runtime. A thread in a blocking system call ends only with the process. */
const CLOSE_TIMEOUT_MS = 2000;

export interface ExecutionEnvironmentOptions extends RuntimeOptions {
  /** Starts the runtime in a thread or process. */
  readonly start: StartRuntime;
  readonly onLine: (line: string, level: LogLevel, requestId: string | undefined) => void;
  /** Called once when the runtime has ended. */
  readonly onExit: () => void;
}

type Call = Omit<InvokeMessage, 'deadline'> & { readonly timeoutMs: number };

/** One execution environment: a runtime that has loaded the function and processes one event at a time. */
export class ExecutionEnvironment {
  readonly #runtime: RuntimeContainer;
  readonly #ready: Promise<void>;
  readonly #exited: Promise<void>;
  #fail: (error: FunctionError) => void = () => {};
  #onMessage: (message: RuntimeMessage) => void = () => {};
  #requestId: string | undefined;
  #cause: FunctionError | undefined;

  constructor({ start, onLine, onExit, ...options }: ExecutionEnvironmentOptions) {
    const ready = Promise.withResolvers<void>();
    ready.promise.catch(() => {}); // `invoke()` reports the rejection; without an invocation it would be unhandled
    const exited = Promise.withResolvers<void>();
    this.#ready = ready.promise;
    this.#exited = exited.promise;
    this.#fail = ready.reject;
    const initTimer = setTimeout(() => {
      this.#terminate(timeoutError(INIT_TIMEOUT_MS));
    }, INIT_TIMEOUT_MS);
    this.#runtime = start(options, {
      onLine: (line, stream) => onLine(line, levelOf(line, stream === 'stderr' ? 'error' : 'info'), this.#requestId),
      onMessage: (message) => {
        if (message.type === 'ready') {
          clearTimeout(initTimer);
          ready.resolve();
        } else if (message.type === 'init-error') {
          this.#terminate(new FunctionError(message.error));
        } else {
          this.#onMessage(message);
        }
      },
      onError: (error) => {
        this.#cause ??= exitError(`Runtime exited: ${describeError(error)}`, error);
      },
      onExit: (reason) => {
        clearTimeout(initTimer);
        this.#cause ??= exitError(reason);
        this.#fail(this.#cause);
        onExit();
        exited.resolve();
      },
    });
  }

  /** Resolves when the function is loaded or the runtime has ended. */
  get started(): Promise<void> {
    return Promise.race([this.#ready.catch(() => {}), this.#exited]);
  }

  /** @returns `false` after a failed initialization, a timeout or the end of the runtime */
  get alive(): boolean {
    return this.#cause === undefined;
  }

  /**
   * @returns the handler's result as JSON
   * @throws FunctionError; `alive` tells whether the environment can be reused
   */
  async invoke({ timeoutMs, ...call }: Call): Promise<string> {
    this.#requestId = call.requestId;
    try {
      await this.#ready;
      if (this.#cause) throw this.#cause; // the runtime ended while it was idle
      return await new Promise<string>((resolve, reject) => {
        const timer = setTimeout(() => this.#terminate(timeoutError(timeoutMs, call.requestId)), timeoutMs);
        const clearingTimer = <T>(complete: (value: T) => void) => {
          return (value: T) => {
            clearTimeout(timer);
            complete(value);
          };
        };
        const succeed = clearingTimer(resolve);
        this.#fail = clearingTimer(reject);
        this.#onMessage = (message) => {
          if (message.type === 'result') succeed(message.result);
          else if (message.type === 'error') this.#fail(new FunctionError(message.error));
        };
        const message: InvokeMessage = { ...call, deadline: realNow() + timeoutMs };
        this.#runtime.send(message);
      });
    } finally {
      this.#requestId = undefined;
    }
  }

  /** Ends the runtime immediately. A running invocation fails with `Runtime.ExitError`. */
  kill(): void {
    this.#terminate(exitError('Runtime exited with error: signal: killed'));
  }

  /** Ends an idle runtime after its child processes: see `trackChildProcesses`. */
  retire(): void {
    this.#cause ??= exitError('Runtime was retired');
    this.#runtime.send(RETIRE);
    setTimeout(() => this.kill(), CLOSE_TIMEOUT_MS).unref();
  }

  /** Ends the runtime and resolves when it has ended. */
  async close(): Promise<void> {
    this.kill();
    await withTimeout(CLOSE_TIMEOUT_MS, this.#exited);
  }

  #terminate(cause: FunctionError): void {
    this.#cause ??= cause;
    this.#fail(this.#cause);
    this.#runtime.terminate();
  }
}

function timeoutError(ms: number, requestId?: string): FunctionError {
  const prefix = requestId === undefined ? '' : `RequestId: ${requestId} Error: `;
  const errorMessage = `${prefix}Task timed out after ${(ms / 1000).toFixed(2)} seconds`;
  return new FunctionError({ errorType: 'Sandbox.Timedout', errorMessage, trace: [] });
}

/** An error of another process arrives as its payload. */
function describeError(error: unknown): string {
  const { errorType, errorMessage } = error as Partial<ErrorPayload>;
  return errorType === undefined ? String(error) : `${errorType}: ${errorMessage}`;
}

function exitError(errorMessage: string, cause?: unknown): FunctionError {
  const trace = cause instanceof Error ? (cause.stack ?? '').split('\n') : [];
  return new FunctionError({ errorType: 'Runtime.ExitError', errorMessage, trace });
}
