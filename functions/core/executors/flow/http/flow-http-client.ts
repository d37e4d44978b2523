import type { lookup as dnsLookup } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseRetryAfter } from '../../../domain/retry-after.ts';
import { DecodingError, decodeBody } from '../../http/content-encoding.ts';
import {
  connectionErrorMessage,
  HttpClient,
  InvalidRequestError,
  type OutgoingRequest,
  urlWithoutQuery,
} from '../../http/http-client.ts';
import type { FlowContext } from '../flow-context.ts';
import { FlowFailure } from '../flow-failure.ts';

/** Milliseconds from the start of a request to the end of its response. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Minimum time during which a slice waits for a rate that is logged, in milliseconds. */
const MIN_LOGGED_WAIT_MS = 1_000;

/** The waits of concurrent requests for a rate. */
interface RateWait {
  /** Number of requests that wait. */
  requests: number;
  /** Time since which requests wait, in epoch milliseconds. */
  since: number;
  /** Milliseconds during which at least one request waited. */
  totalMs: number;
}

export interface FlowHttpClientOptions {
  /** @default the system's resolver */
  readonly lookup?: typeof dnsLookup;
  /** Waits until the time is over or the signal aborts. @default real time */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** @default 30,000 */
  readonly requestTimeoutMs?: number;
  /** Requests per second of the operator, in all tasks and runs of the flow. @default that of the tenant at the host */
  readonly requestsPerSecond?: number | undefined;
}

/** The HTTP client of one source or sink during one slice. Reuses connections between requests. */
export class FlowHttpClient implements Disposable {
  /** Id of the source or sink. */
  readonly operator: string;
  readonly context: FlowContext;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly requestsPerSecond: number | undefined;
  readonly #client: HttpClient;
  readonly #requestMs: number;
  /** The waits for rates, by what limits the requests. */
  readonly #rateWaits = new Map<string, RateWait>();

  constructor(
    operator: string,
    context: FlowContext,
    {
      lookup,
      pause = pauseFor,
      requestTimeoutMs: requestMs = REQUEST_TIMEOUT_MS,
      requestsPerSecond,
    }: FlowHttpClientOptions,
  ) {
    this.requestsPerSecond = requestsPerSecond;
    this.operator = operator;
    this.context = context;
    this.pause = pause;
    this.#client = new HttpClient({ mayConnect: context.mayConnect, lookup, keepAlive: true });
    this.#requestMs = requestMs;
  }

  /**
   * Sends a request and processes its response within one timeout.
   *
   * @param take processes the response
   * @throws FlowFailure, permanent, if the request is invalid or the response cannot be decoded
   * @throws TransientError if the connection fails or the timeout passes
   * @throws the signal's reason after an abort
   */
  async send<Taken>(
    request: OutgoingRequest,
    signal: AbortSignal,
    take: (response: IncomingMessage) => Promise<Taken>,
  ): Promise<Taken> {
    signal.throwIfAborted();
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    const timeout = setTimeout(abort, this.#requestMs);
    signal.addEventListener('abort', abort);
    const name = urlWithoutQuery(request.url);
    try {
      return await take(await this.#client.send(request, stop.signal));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FlowFailure || error instanceof TransientError) throw error;
      if (error instanceof InvalidRequestError) throw this.failure(`${name}: ${error.message}`, { permanent: true });
      if (error instanceof DecodingError && !error.truncated) {
        throw this.failure(`${name}: ${error.message}`, { permanent: true });
      }
      if (stop.signal.aborted)
        throw new TransientError(`no complete response from ${name} within ${this.#requestMs} ms`);
      throw new TransientError(`${name}: ${connectionErrorMessage(error as Error)}`);
    } finally {
      clearTimeout(timeout);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Returns the value of `Retry-After` in milliseconds, or `null` if it is absent, invalid or 0. */
  retryAfterMs({ headers }: IncomingMessage): number | null {
    const seconds = parseRetryAfter(headers['retry-after'], new Date(this.context.now())) ?? 0;
    return seconds > 0 ? seconds * 1_000 : null;
  }

  failure(message: string, { permanent }: { readonly permanent: boolean }): FlowFailure {
    return new FlowFailure(this.redact(message), { permanent });
  }

  /** Writes a redacted line to the run's log. Warnings are counted per operator. */
  log(level: 'info' | 'warn', message: string, details: Parameters<FlowContext['log']>[3] = {}): void {
    this.context.log(level, this.operator, this.redact(message), details);
  }

  redact(text: string): string {
    return this.context.redaction?.text(text) ?? text;
  }

  /**
   * Waits for a rate of requests.
   *
   * @param limit name of what limits the requests, in the log
   */
  async pauseForRate(limit: string, ms: number, signal: AbortSignal): Promise<void> {
    const wait = this.#rateWaits.get(limit) ?? { requests: 0, since: 0, totalMs: 0 };
    this.#rateWaits.set(limit, wait);
    if (wait.requests === 0) wait.since = this.context.now();
    wait.requests += 1;
    try {
      await this.pause(ms, signal);
    } finally {
      wait.requests -= 1;
      if (wait.requests === 0) wait.totalMs += this.context.now() - wait.since;
    }
  }

  /** Logs waits for rates, and closes the connections. */
  [Symbol.dispose](): void {
    for (const [limit, { totalMs: waitMs }] of this.#rateWaits) {
      if (waitMs < MIN_LOGGED_WAIT_MS) continue;
      this.log('info', `requests ${limit}`, { waitMs });
    }
    this.#client[Symbol.dispose]();
  }
}

/** An error that a retry may resolve. */
export class TransientError extends Error {
  /** Milliseconds requested by `Retry-After`; `null` without the header. */
  readonly retryAfterMs: number | null;

  constructor(message: string, askedMs: number | null = null) {
    super(message);
    this.name = 'TransientError';
    this.retryAfterMs = askedMs;
  }
}

/** Classifies a response by its status. */
export function classifyResponse({ statusCode = 0 }: IncomingMessage): 'ok' | 'transient' | 'refused' {
  if (statusCode >= 200 && statusCode < 300) return 'ok';
  // 408: the server did not receive the request in time and allows a repetition (RFC 9110, section 15.5.9).
  return statusCode === 408 || statusCode === 429 || statusCode >= 500 ? 'transient' : 'refused';
}

/** Formats a status for messages: `HTTP 302 from http://…: redirects are not followed`. */
export function formatStatus({ statusCode = 0 }: IncomingMessage, url: string): string {
  const redirect = statusCode >= 300 && statusCode < 400 ? ': redirects are not followed' : '';
  return `HTTP ${statusCode} from ${urlWithoutQuery(url)}${redirect}`;
}

/**
 * Reads and decodes a body up to `limit` bytes.
 *
 * @returns the bytes, and whether they are the whole body
 */
export async function readBody(
  response: IncomingMessage,
  limit: number,
): Promise<{ readonly bytes: Buffer; readonly whole: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of decodeBody(response)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) return { bytes: Buffer.concat(chunks).subarray(0, limit), whole: false };
  }
  return { bytes: Buffer.concat(chunks), whole: true };
}

/** An abort ends the wait without an error: the next request throws the reason. */
async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
