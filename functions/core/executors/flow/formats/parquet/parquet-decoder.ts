import { parseExactJson } from '../../../../domain/exact-json.ts';
import type { ProcessExit } from '../../../process/child-process.ts';
import {
  type ConfinedProcess,
  type ConfinedProcessOptions,
  startConfinedProcess,
} from '../../../process/confined-process.ts';
import { readJsonLines } from '../../../process/json-lines.ts';
import { watchProgress } from '../../../process/watch-progress.ts';
import { FlowFailure } from '../../flow-failure.ts';
import type { SourceRecord } from '../../source-reader.ts';
import {
  type DecodingRequest,
  type DecodingResponse,
  MAX_PART_BYTES,
  MAX_RESPONSE_LENGTH,
  type RowGroup,
} from './protocol.ts';

/** Limits of a decoding process. */
export interface ParquetDecoderOptions extends Partial<ConfinedProcessOptions> {
  /** CPU milliseconds for one range of bytes or one row. @default 30,000 */
  readonly cpuMs?: number;
}

const DEFAULTS = { memoryMb: 256, cpuMs: 30_000 };

/** A file to decode. */
export interface EncodedFile {
  /** Name in messages. */
  readonly name: string;
  readonly size: number;
  /** Streams the bytes from `from` (inclusive) to `to` (exclusive). */
  read(from: number, to: number): AsyncIterable<Buffer>;
}

/** The last response to a request. */
type ExchangeEnd = Extract<DecodingResponse, readonly ['groups' | 'done' | 'error', ...unknown[]]>;

/** A running request: takes the responses of the process, and ends with one of them or with an error. */
interface Exchange {
  readonly file: EncodedFile;
  readonly records: SourceRecord[];
  readonly resolve: (end: ExchangeEnd) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Decodes Parquet files in a process of its own, because a damaged file may keep the decoder busy forever or exhaust its
 * memory. The process starts with the first file.
 */
export class ParquetDecoder {
  readonly #options: ConfinedProcessOptions & { readonly cpuMs: number };
  #process: ConfinedProcess | undefined;
  #file: EncodedFile | undefined;
  #exchange: Exchange | undefined;
  /** Number of messages in both directions. */
  #messages = 0;
  /** The reason of a kill: a message if the file caused it, otherwise a failure. */
  #killed: string | FlowFailure | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ParquetDecoderOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /**
   * Reads the row groups of a file.
   *
   * @throws FlowFailure, permanent if the file cannot be decoded
   * @throws the error of `EncodedFile.read`
   */
  groups(file: EncodedFile, signal: AbortSignal): Promise<readonly RowGroup[]> {
    return this.#inTurn(() => this.#open(file, signal));
  }

  /**
   * Reads rows of one row group.
   *
   * @throws as `groups`
   */
  rows(file: EncodedFile, from: number, to: number, signal: AbortSignal): Promise<readonly SourceRecord[]> {
    return this.#inTurn(async () => {
      if (this.#file !== file || !this.#process) await this.#open(file, signal);
      const records: SourceRecord[] = [];
      await this.#request(file, ['rows', from, to, file.name], records, signal);
      if (records.length !== to - from) throw unreadable(file, 'it has fewer rows than its metadata say');
      return records;
    });
  }

  async close(): Promise<void> {
    const { closed } = this.#process ?? {};
    this.#kill('closed');
    await closed;
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #open(file: EncodedFile, signal: AbortSignal): Promise<readonly RowGroup[]> {
    this.#file = file;
    return this.#request(file, ['open', file.size], [], signal);
  }

  #start(): ConfinedProcess {
    const started = startConfinedProcess('parquet-host', this.#options);
    this.#process = started;
    this.#killed = undefined;
    readJsonLines(
      started.responses,
      // What an abandoned process sent belongs to no later request.
      (message) => started === this.#process && this.#take(message as DecodingResponse),
      (cause) => started === this.#process && this.#kill(cause),
      MAX_RESPONSE_LENGTH,
      parseExactJson,
    );
    return started;
  }

  async #request(
    file: EncodedFile,
    request: DecodingRequest,
    records: SourceRecord[],
    signal: AbortSignal,
  ): Promise<readonly RowGroup[]> {
    signal.throwIfAborted();
    const current = this.#process ?? this.#start();
    const { promise, resolve, reject } = Promise.withResolvers<ExchangeEnd>();
    this.#exchange = { file, records, resolve, reject };
    const { memoryMb, cpuMs } = this.#options;
    const limits = { memoryMb, cpuMs, progress: () => this.#messages };
    const unwatch = watchProgress(current.child.pid ?? 0, limits, (excess) => {
      if (excess.kind === 'memory') this.#kill(`it needs over ${memoryMb} MB: write smaller row groups`);
      else if (excess.kind === 'time') this.#kill(`it takes over ${cpuMs / 1000} s`);
      else this.#kill(transientFailure(`no response within ${excess.waitedMs} ms`));
    });
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
    let end: ExchangeEnd;
    try {
      this.#send(request);
      const ended = await Promise.race([promise, current.closed]);
      if ('code' in ended) throw this.#exitError(file, ended);
      end = ended;
    } catch (error) {
      // The process may wait for bytes, or be busy without end.
      this.#kill('abandoned');
      throw error;
    } finally {
      unwatch();
      this.#exchange = undefined;
      signal.removeEventListener('abort', abort);
    }
    if (end[0] === 'error') throw unreadable(file, end[1]);
    return end[0] === 'groups' ? end[1] : [];
  }

  /** @returns whether further messages may be sent at once */
  #send(request: DecodingRequest): boolean {
    this.#messages++;
    return this.#process?.requests.write(`${JSON.stringify(request)}\n`) ?? false;
  }

  #take(response: DecodingResponse): void {
    this.#messages++;
    const exchange = this.#exchange;
    if (!exchange) return;
    if (response[0] === 'need') this.#answer(exchange, response[1], response[2]);
    else if (response[0] === 'row') exchange.records.push(response[1]);
    else exchange.resolve(response);
  }

  /** Sends a range of the file to the process, which bounds what this process holds of it. */
  #answer(exchange: Exchange, from: number, to: number): void {
    const { file, reject } = exchange;
    if (!(from >= 0 && from <= to && to <= file.size)) {
      reject(unreadable(file, `it refers to the bytes ${from}–${to} of ${file.size}`));
      return;
    }
    this.#stream(exchange, file.read(from, to)).catch(reject);
  }

  async #stream(exchange: Exchange, chunks: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += MAX_PART_BYTES) {
        const sent = this.#send(['bytes', chunk.toString('base64', at, at + MAX_PART_BYTES)]);
        // An abandoned request ends the stream of the file.
        if (exchange !== this.#exchange) return;
        if (!sent) await this.#drained();
      }
    }
    if (exchange === this.#exchange) this.#send(['end']);
  }

  /** Waits until the process has taken what was sent, or has ended. */
  async #drained(): Promise<void> {
    const { requests, closed } = this.#process ?? {};
    if (requests && closed) await Promise.race([new Promise((resolve) => requests.once('drain', resolve)), closed]);
  }

  #kill(reason: string | FlowFailure): void {
    this.#killed ??= reason;
    this.#process?.child.kill('SIGKILL');
    this.#process = undefined;
  }

  /** Returns the error of a process that ended during a request. */
  #exitError(file: EncodedFile, { code, signal, spawnError }: ProcessExit): FlowFailure {
    this.#process = undefined;
    if (typeof this.#killed === 'string') return unreadable(file, this.#killed);
    if (this.#killed) return this.#killed;
    if (spawnError) return transientFailure(`no process: ${spawnError.message}`);
    // V8 aborts when it cannot allocate memory.
    if (signal === 'SIGABRT' || signal === 'SIGTRAP')
      return unreadable(file, `it needs over ${this.#options.memoryMb} MB: write smaller row groups`);
    if (code !== null) return unreadable(file, `its decoder ended with exit code ${code}`);
    return transientFailure(`the process was killed (${signal})`);
  }
}

const unreadable = ({ name }: EncodedFile, why: string): FlowFailure =>
  new FlowFailure(`s3: ${name} cannot be read as Parquet: ${why}`, { permanent: true });

const transientFailure = (message: string): FlowFailure => new FlowFailure(`Parquet: ${message}`, { permanent: false });
