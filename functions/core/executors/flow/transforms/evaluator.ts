import { parseExactJson } from '../../../domain/exact-json.ts';
import type { Json } from '../../../domain/json.ts';
import type { ProcessExit } from '../../process/child-process.ts';
import {
  type ConfinedProcess,
  type ConfinedProcessOptions,
  startConfinedProcess,
} from '../../process/confined-process.ts';
import { readJsonLines } from '../../process/json-lines.ts';
import { watchProgress } from '../../process/watch-progress.ts';
import { FlowFailure } from '../flow-failure.ts';
import {
  type EvaluationRequest,
  type EvaluationResponse,
  type EvaluationSetup,
  MAX_RESPONSE_LENGTH,
} from './protocol.ts';

/** Maximum characters of requests in flight. */
const MAX_PENDING_LENGTH = 256 * 1024;

export interface EvaluatorOptions extends ConfinedProcessOptions {
  /** CPU milliseconds per record and program. */
  readonly recordMs: number;
}

/** The request, by its index, whose evaluation ended the process, and the reason. */
export interface FailedRequest {
  readonly index: number;
  readonly message: string;
}

/**
 * A process that evaluates programs, supervised from outside because an expression may block forever or exhaust memory.
 */
export class Evaluator {
  readonly #process: ConfinedProcess;
  readonly #options: EvaluatorOptions;
  readonly #ended: Promise<ProcessExit>;
  #onAnswer: (answer: EvaluationResponse) => void = () => {};
  /** The reason of the kill: a message if the request caused it, otherwise a failure. */
  #killed: string | FlowFailure | undefined;
  #hasEnded = false;

  private constructor(options: EvaluatorOptions) {
    this.#options = options;
    this.#process = startConfinedProcess('expression-host', options);
    this.#ended = this.#process.closed.finally(() => {
      this.#hasEnded = true;
    });
    readJsonLines(
      this.#process.responses,
      (answer) => this.#onAnswer(answer as EvaluationResponse),
      (cause) => this.#kill(cause),
      MAX_RESPONSE_LENGTH,
      parseExactJson,
    );
  }

  /** @throws FlowFailure if the process does not start or rejects the programs */
  static async start(setup: EvaluationSetup, options: EvaluatorOptions, signal: AbortSignal): Promise<Evaluator> {
    signal.throwIfAborted();
    const evaluator = new Evaluator(options);
    let refused: string | undefined;
    const failedRequest = await evaluator.#request(
      [setup],
      (answer) => {
        if ('error' in answer) refused = answer.error;
      },
      signal,
    );
    if (refused === undefined && !failedRequest) return evaluator;
    await evaluator.end();
    if (failedRequest) throw transientFailure(`no process: ${failedRequest.message}`);
    throw new FlowFailure(`an expression is not valid: ${refused}`, { permanent: true });
  }

  /** @returns whether the process accepts requests */
  get alive(): boolean {
    return !this.#hasEnded && this.#killed === undefined;
  }

  /**
   * Evaluates a program on records, one after the other. After a failed request the process has ended, and later
   * records have no response.
   *
   * @throws FlowFailure if the process was ended from outside
   */
  evaluate(
    program: number,
    records: readonly Json[],
    onAnswer: (answer: EvaluationResponse, index: number) => void,
    signal: AbortSignal,
  ): Promise<FailedRequest | undefined> {
    return this.#request(
      records.map((record) => [program, record]),
      onAnswer,
      signal,
    );
  }

  async end(): Promise<void> {
    this.#kill('ended');
    await this.#ended;
  }

  async #request(
    requests: readonly EvaluationRequest[],
    onAnswer: (answer: EvaluationResponse, index: number) => void,
    signal: AbortSignal,
  ): Promise<FailedRequest | undefined> {
    signal.throwIfAborted();
    const { requests: channel } = this.#process;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sent: number[] = [];
    let pendingLength = 0;
    let answered = 0;
    const send = (): void => {
      while (sent.length < requests.length && pendingLength < MAX_PENDING_LENGTH) {
        const line = `${JSON.stringify(requests[sent.length])}\n`;
        channel.write(line);
        sent.push(line.length);
        pendingLength += line.length;
      }
    };
    this.#onAnswer = (answer) => {
      try {
        onAnswer(answer, answered);
      } catch (error) {
        reject(error);
        return;
      }
      pendingLength -= sent[answered] ?? 0;
      answered++;
      if (answered === requests.length) resolve();
      else send();
    };
    const unwatch = this.#watch(() => answered);
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
    try {
      send();
      const ended = await Promise.race([promise, this.#ended]);
      if (!ended || answered === requests.length) return undefined;
      return { index: answered, message: this.#exitMessage(ended) };
    } catch (error) {
      this.#kill('abandoned');
      throw error;
    } finally {
      unwatch();
      this.#onAnswer = () => {};
      signal.removeEventListener('abort', abort);
    }
  }

  /** Kills the process if it exceeds its memory, or its time on one request. */
  #watch(answered: () => number): () => void {
    const { recordMs, memoryMb } = this.#options;
    return watchProgress(this.#process.child.pid ?? 0, { memoryMb, cpuMs: recordMs, progress: answered }, (excess) => {
      if (excess.kind === 'memory') this.#kill(`out of memory: over ${memoryMb} MB`);
      else if (excess.kind === 'time') this.#kill(`took longer than ${recordMs / 1000} s`);
      else this.#kill(transientFailure(`no response within ${excess.waitedMs} ms`));
    });
  }

  #kill(reason: string | FlowFailure): void {
    this.#killed ??= reason;
    this.#process.child.kill('SIGKILL');
  }

  /** @throws FlowFailure if the process ended for another reason than its request */
  #exitMessage({ code, signal, spawnError }: ProcessExit): string {
    if (typeof this.#killed === 'string') return this.#killed;
    if (this.#killed) throw this.#killed;
    if (spawnError) throw transientFailure(`no process: ${spawnError.message}`);
    // V8 aborts when it cannot allocate memory.
    if (signal === 'SIGABRT' || signal === 'SIGTRAP') return `out of memory: over ${this.#options.memoryMb} MB`;
    if (signal === 'SIGSEGV' || signal === 'SIGBUS' || signal === 'SIGILL') return `crashed (${signal})`;
    if (code !== null) return `ended its process with exit code ${code}`;
    throw transientFailure(`the process was killed (${signal})`);
  }
}

const transientFailure = (message: string): FlowFailure =>
  new FlowFailure(`expressions: ${message}`, { permanent: false });
