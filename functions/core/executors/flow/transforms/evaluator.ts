import { parseExactJson } from '../../../domain/exact-json.ts';
import type { Json } from '../../../domain/json.ts';
import { residentMb } from '../../process/memory.ts';
import { readJsonLines } from '../../script/protocol.ts';
import { FlowFailure } from '../flow-failure.ts';
import {
  cpuTimeMs,
  type ExpressionProcess,
  type ExpressionProcessOptions,
  type ProcessExit,
  startExpressionProcess,
} from './expression-process.ts';
import { type EvaluationRequest, type EvaluationResponse, MAX_RESPONSE_LENGTH, type Program } from './protocol.ts';

/** How often a process at work is looked at: a record gets up to so much more than its time. */
const WATCH_INTERVAL_MS = 100;
/** A process that has not got its time within this many times of it is not given any. */
const STARVATION_FACTOR = 30;
/** Characters of requests that are on their way: so much waits while one is answered. */
const MAX_PENDING_LENGTH = 256 * 1024;

export interface EvaluatorOptions extends ExpressionProcessOptions {
  /** Milliseconds of computing that one record may take in one program. */
  readonly recordMs: number;
}

/** A request that was being answered when its process ended, by its index; and what is to be said of it. */
export interface FailedRequest {
  readonly index: number;
  readonly message: string;
}

/** A process that evaluates programs, watched from outside: an expression may block it for ever, or want all memory. */
export class Evaluator {
  readonly #host: ExpressionProcess;
  readonly #options: EvaluatorOptions;
  readonly #ended: Promise<ProcessExit>;
  #onAnswer: (answer: EvaluationResponse) => void = () => {};
  /** Why it was killed: for what its request did, or for what is not the request's fault. */
  #killed: string | FlowFailure | undefined;
  #hasEnded = false;

  private constructor(options: EvaluatorOptions) {
    this.#options = options;
    this.#host = startExpressionProcess(options);
    this.#ended = this.#host.closed.finally(() => {
      this.#hasEnded = true;
    });
    readJsonLines(
      this.#host.answers,
      (answer) => this.#onAnswer(answer as EvaluationResponse),
      (cause) => this.#kill(cause),
      MAX_RESPONSE_LENGTH,
      parseExactJson,
    );
  }

  /** @throws FlowFailure when there is no process to be had, or it does not take the programs */
  static async start(programs: readonly Program[], options: EvaluatorOptions, signal: AbortSignal): Promise<Evaluator> {
    signal.throwIfAborted();
    const evaluator = new Evaluator(options);
    let refused: string | undefined;
    const failedRequest = await evaluator.#request(
      [programs],
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

  /** Whether it can be given more. */
  get alive(): boolean {
    return !this.#hasEnded && this.#killed === undefined;
  }

  /**
   * Has a program work on records, one after the other. After a casualty the process is gone, and what came behind it is
   * not answered.
   *
   * @throws FlowFailure when the process was ended by somebody else
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
    const { requests: channel } = this.#host;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sent: number[] = [];
    let ahead = 0;
    let answered = 0;
    const send = (): void => {
      while (sent.length < requests.length && ahead < MAX_PENDING_LENGTH) {
        const line = `${JSON.stringify(requests[sent.length])}\n`;
        channel.write(line);
        sent.push(line.length);
        ahead += line.length;
      }
    };
    this.#onAnswer = (answer) => {
      try {
        onAnswer(answer, answered);
      } catch (error) {
        reject(error);
        return;
      }
      ahead -= sent[answered] ?? 0;
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
   * Kills the process when it takes too much memory, or too long over one answer. Its time is what it computed, where the
   * system says: on a busy machine a record must not fail for having waited.
   */
  #watch(answered: () => number): () => void {
    const pid = this.#host.child.pid ?? 0;
    const { recordMs, memoryMb } = this.#options;
    const look = () => ({ answered: answered(), computed: cpuTimeMs(pid), at: performance.now() });
    let since = look();
    const timer = setInterval(() => {
      if (residentMb(pid) > memoryMb) return this.#kill(`out of memory: over ${memoryMb} MB`);
      const now = look();
      if (now.answered !== since.answered) {
        since = now;
        return;
      }
      const waited = now.at - since.at;
      const computed = now.computed === undefined ? waited : now.computed - (since.computed ?? 0);
      // An answer may be there, unread: this worker was busy, too.
      if (computed > recordMs)
        setImmediate(() => now.answered === answered() && this.#kill(`took longer than ${recordMs / 1000} s`));
      else if (waited > STARVATION_FACTOR * recordMs)
        this.#kill(transientFailure(`got no answer in ${Math.round(waited)} ms`));
    }, WATCH_INTERVAL_MS);
    return () => clearInterval(timer);
  }

  #kill(why: string | FlowFailure): void {
    this.#killed ??= why;
    this.#host.child.kill('SIGKILL');
  }

  /** @throws FlowFailure when it was not for its request that the process ended */
  #exitMessage({ code, signal, spawnError: failure }: ProcessExit): string {
    if (typeof this.#killed === 'string') return this.#killed;
    if (this.#killed) throw this.#killed;
    if (failure) throw transientFailure(`no process: ${failure.message}`);
    // V8 aborts when it has no memory for what it must have.
    if (signal === 'SIGABRT' || signal === 'SIGTRAP') return `out of memory: over ${this.#options.memoryMb} MB`;
    if (signal === 'SIGSEGV' || signal === 'SIGBUS' || signal === 'SIGILL') return `crashed (${signal})`;
    if (code !== null) return `ended its process with exit code ${code}`;
    throw transientFailure(`the process was killed (${signal})`);
  }
}

const transientFailure = (message: string): FlowFailure =>
  new FlowFailure(`expressions: ${message}`, { permanent: false });
