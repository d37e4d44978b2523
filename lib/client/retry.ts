import { parseRetryAfter } from '../../functions/core/domain/retry-after.ts';
import { JobdeckConnectionError } from './errors.ts';

/** Milliseconds before the second attempt. Doubles with each further one. */
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 8_000;
/** Longest `Retry-After` that is waited for, in milliseconds. After a longer one the response is returned. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Statuses after which the same request may succeed. */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([429, 503]);
/** Statuses whose responses have no body (https://fetch.spec.whatwg.org/#null-body-status). */
const BODILESS_STATUSES: ReadonlySet<number> = new Set([204, 205, 304]);

export const IDEMPOTENCY_KEY_HEADER = 'Idempotency-Key';

export interface RetryOptions {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Called before each attempt, so that an expired token is replaced. */
  readonly token: () => string | Promise<string>;
  /** Number of attempts after the first. */
  readonly retries: number;
  /** Milliseconds after which an attempt is given up. */
  readonly timeoutMs: number;
}

/**
 * Creates a `fetch` that adds the token and repeats attempts that failed with 429, 503 or without a response, if
 * `isRepeatable` says that several attempts have the effect of one.
 *
 * The returned function rejects with `JobdeckConnectionError` if the last attempt had no complete response, and with the
 * reason of the request's signal after its abort.
 */
export function createRetryingFetch({ fetch, token, retries, timeoutMs }: RetryOptions) {
  const attemptOnce = async (request: Request): Promise<Response> => {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
    const attempt = new Request(request.clone(), { signal });
    attempt.headers.set('authorization', `Bearer ${await token()}`);
    try {
      return await readCompletely(await fetch(attempt));
    } catch (error) {
      if (request.signal.aborted) throw request.signal.reason;
      throw new JobdeckConnectionError(`${new URL(request.url).origin} does not respond (${reasonOf(error)})`, {
        cause: error,
      });
    }
  };

  return async (request: Request, isRepeatable: boolean): Promise<Response> => {
    const attempts = isRepeatable ? retries + 1 : 1;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await attemptOnce(request).catch((error: unknown) => {
        if (!(error instanceof JobdeckConnectionError) || attempt >= attempts) throw error;
        return undefined;
      });
      if (outcome && (attempt >= attempts || !RETRYABLE_STATUSES.has(outcome.status))) return outcome;
      const retryAfterMs = outcome && retryAfterMsOf(outcome);
      if (outcome && retryAfterMs !== undefined && retryAfterMs > MAX_RETRY_AFTER_MS) return outcome;
      await sleep(retryAfterMs ?? backoffMs(attempt, Math.random()), request.signal);
    }
  };
}

/**
 * Returns the pause after an attempt in milliseconds: exponential, with a random part that spreads the attempts of
 * several clients.
 *
 * @param attempt from 1
 * @param random from 0 to 1
 */
export function backoffMs(attempt: number, random: number): number {
  return Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1)) * (0.5 + random / 2);
}

/** Returns the wait that a response asks for, in milliseconds. */
export function retryAfterMsOf({ headers }: Response): number | undefined {
  const seconds = parseRetryAfter(headers.get('retry-after'), new Date());
  return seconds === undefined ? undefined : seconds * 1000;
}

/** Reads the body, so that an interrupted response fails here, where the attempt can be repeated. */
async function readCompletely(response: Response): Promise<Response> {
  const text = await response.text();
  const { status, statusText, headers } = response;
  return new Response(BODILESS_STATUSES.has(status) ? null : text, { status, statusText, headers });
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as { readonly cause?: unknown; readonly message?: string };
  if (!(cause instanceof Error)) return message ?? String(error);
  return cause.message || String((cause as { readonly code?: unknown }).code);
}

/** Waits. Rejects with the signal's reason when it aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
