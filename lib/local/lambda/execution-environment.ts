import { Worker } from 'node:worker_threads';
import { realNow } from '../support/clock.ts';
import { withTimeout } from '../support/wait.ts';
import { FunctionError } from './errors.ts';
import { type LogLevel, levelOf, readLines } from './log.ts';
import { type BootData, type InvokeMessage, RETIRE, type RuntimeMessage } from './protocol.ts';

/**
 * Time limit for loading a bundle. Lambda allows 10 s; a development machine that starts a dozen functions at once
 * needs more.
 */
const INIT_TIMEOUT_MS = 30_000;

/** Time limit for ending a thread. A thread in a blocking system call ends only with the process. */
const CLOSE_TIMEOUT_MS = 2000;

/** Limits an environment to about 30 MB; V8's default of 60 MB is tuned for throughput. */
const YOUNG_GENERATION_MB = 8;

/**
 * Bootstrap code of a thread. The compile cache must be enabled before the runtime's TypeScript is loaded; without the
 * cache each start takes 50 % longer.
 */
const ENTRY = `
  const { enableCompileCache } = require('node:module');
  enableCompileCache(require('node:worker_threads').workerData.compileCache);
  import(${JSON.stringify(new URL('./runtime.ts', import.meta.url).href)});
`;

export interface ExecutionEnvironmentOptions {
  readonly boot: BootData;
  /** The complete `process.env` of the thread. */
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly onLine: (line: string, level: LogLevel, requestId: string | undefined) => void;
  /** Called once when the thread has ended. */
  readonly onExit: () => void;
}

/**
 * Returns the heap limit from the function's `NODE_OPTIONS`. Worker threads ignore V8 flags but have resource limits.
 */
const heapMb = ({ NODE_OPTIONS = '' }: Readonly<Record<string, string>>): number | undefined => {
  const [, megabytes] = /--max-old-space-size=(\d+)/.exec(NODE_OPTIONS) ?? [];
  return megabytes === undefined ? undefined : Number(megabytes);
};

type Call = Omit<InvokeMessage, 'deadline'> & { readonly timeoutMs: number };

/** One execution environment: a worker thread that has loaded the function and processes one event at a time. */
export class ExecutionEnvironment {
  readonly #worker: Worker;
  readonly #ready: Promise<void>;
  readonly #exited: Promise<void>;
  #fail: (error: FunctionError) => void = () => {};
  #onMessage: (message: RuntimeMessage) => void = () => {};
  #requestId: string | undefined;
  #cause: FunctionError | undefined;

  constructor({ boot, env, memoryMb, onLine, onExit }: ExecutionEnvironmentOptions) {
    this.#worker = new Worker(ENTRY, {
      eval: true,
      workerData: boot,
      env: { ...env },
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: {
        maxOldGenerationSizeMb: heapMb(env) ?? memoryMb,
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
      },
    });
    readLines(this.#worker.stdout, (line) => onLine(line, levelOf(line, 'info'), this.#requestId));
    readLines(this.#worker.stderr, (line) => onLine(line, levelOf(line, 'error'), this.#requestId));

    const ready = Promise.withResolvers<void>();
    ready.promise.catch(() => {}); // `invoke()` reports the rejection; without an invocation it would be unhandled
    this.#ready = ready.promise;
    const initTimer = setTimeout(() => {
      this.#terminate(timeoutError(INIT_TIMEOUT_MS));
    }, INIT_TIMEOUT_MS);
    this.#fail = ready.reject;
    this.#worker.on('message', (message: RuntimeMessage) => {
      if (message.type === 'ready') {
        clearTimeout(initTimer);
        ready.resolve();
      } else if (message.type === 'init-error') {
        this.#terminate(new FunctionError(message.error));
      } else {
        this.#onMessage(message);
      }
    });
    this.#worker.on('error', (error) => {
      this.#cause ??= exitError(`Runtime exited: ${String(error)}`, error);
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        clearTimeout(initTimer);
        const reason = code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with status ${code}`;
        this.#cause ??= exitError(reason);
        this.#fail(this.#cause);
        onExit();
        resolve();
      });
    });
  }

  /** @returns `false` after a failed initialization, a timeout or the end of the thread */
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
      if (this.#cause) throw this.#cause; // the thread ended while it was idle
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
        this.#worker.postMessage(message);
      });
    } finally {
      this.#requestId = undefined;
    }
  }

  /** Ends the thread immediately. A running invocation fails with `Runtime.ExitError`. */
  kill(): void {
    this.#terminate(exitError('Runtime exited with error: signal: killed'));
  }

  /** Ends an idle thread after its child processes: see `trackChildProcesses`. */
  retire(): void {
    this.#cause ??= exitError('Runtime was retired');
    this.#worker.postMessage(RETIRE);
    setTimeout(() => this.kill(), CLOSE_TIMEOUT_MS).unref();
  }

  /** Ends the thread and resolves when it has ended. */
  async close(): Promise<void> {
    this.kill();
    await withTimeout(CLOSE_TIMEOUT_MS, this.#exited);
  }

  #terminate(cause: FunctionError): void {
    this.#cause ??= cause;
    this.#fail(this.#cause);
    void this.#worker.terminate();
  }
}

function timeoutError(ms: number, requestId?: string): FunctionError {
  const prefix = requestId === undefined ? '' : `RequestId: ${requestId} Error: `;
  const errorMessage = `${prefix}Task timed out after ${(ms / 1000).toFixed(2)} seconds`;
  return new FunctionError({ errorType: 'Sandbox.Timedout', errorMessage, trace: [] });
}

function exitError(errorMessage: string, cause?: unknown): FunctionError {
  const trace = cause instanceof Error ? (cause.stack ?? '').split('\n') : [];
  return new FunctionError({ errorType: 'Runtime.ExitError', errorMessage, trace });
}
