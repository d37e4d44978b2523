import { parseExactJson } from '../../../domain/exact-json.ts';
import type { Json } from '../../../domain/json.ts';
import type { ProcessExit } from '../../process/child-process.ts';
import { readJsonLines } from '../../process/json-lines.ts';
import { cpuTimeMs, residentMb } from '../../process/usage.ts';
import { FlowFailure } from '../flow-failure.ts';
import { type ExpressionProcess, type ExpressionProcessOptions, startExpressionProcess } from './expression-process.ts';
import {
  type EvaluationRequest,
  type EvaluationResponse,
  type EvaluationSetup,
  MAX_RESPONSE_LENGTH,
} from './protocol.ts';

/** Milliseconds between checks of the process; a record may exceed its time by this much. */
const WATCH_INTERVAL_MS = 100;
/** Factor of `recordMs` in wall time after which the process counts as starved of CPU. */
const STARVATION_FACTOR = 30;
/** Maximum characters of requests in flight. */
const MAX_PENDING_LENGTH = 256 * 1024;

export interface EvaluatorOptions extends ExpressionProcessOptions {
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
  readonly #process: ExpressionProcess;
  readonly #options: EvaluatorOptions;
  readonly #ended: Promise<ProcessExit>;
  #onAnswer: (answer: EvaluationResponse) => void = () => {};
  /** The reason of the kill: a message if the request caused it, otherwise a failure. */
  #killed: string | FlowFailure | undefined;
  #hasEnded = false;

  private constructor(options: EvaluatorOptions) {
    this.#options = options;
    this.#process = startExpressionProcess(options);
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

  /**
   * Kills the process if it exceeds its memory, or its time on one request. The time is CPU time where the system
   * reports it, so that a busy machine does not fail records.
   */
  #watch(answered: () => number): () => void {
    const pid = this.#process.child.pid ?? 0;
    const { recordMs, memoryMb } = this.#options;
    const measure = () => ({ answered: answered(), computed: cpuTimeMs(pid), at: performance.now() });
    let baseline = measure();
    const timer = setInterval(() => {
      if (residentMb(pid) > memoryMb) return this.#kill(`out of memory: over ${memoryMb} MB`);
      const now = measure();
      if (now.answered !== baseline.answered) {
        baseline = now;
        return;
      }
      const waitedMs = now.at - baseline.at;
      const computedMs = now.computed === undefined ? waitedMs : now.computed - (baseline.computed ?? 0);
      // A response may be waiting unread, because this process was busy, too.
      if (computedMs > recordMs)
        setImmediate(() => now.answered === answered() && this.#kill(`took longer than ${recordMs / 1000} s`));
      else if (waitedMs > STARVATION_FACTOR * recordMs)
        this.#kill(transientFailure(`no response within ${Math.round(waitedMs)} ms`));
    }, WATCH_INTERVAL_MS);
    return () => clearInterval(timer);
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
