import { setTimeout as wait } from 'node:timers/promises';
import { parseRetryAfter } from '../../core/domain/retry-after.ts';
import type { Log } from './define-script.ts';

/** Maximum number of requests, including the first, before a rate limit fails the run. */
const MAX_ATTEMPTS = 6;
/** Maximum wait in seconds that an API can request. The next run continues after a longer one. */
const MAX_WAIT_SECONDS = 120;

export interface ApiResponse {
  readonly status: number;
  /** The parsed JSON body, or `undefined` if it is not JSON. */
  readonly body: unknown;
}

export interface ApiClientOptions {
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Recognizes rate limit responses other than statuses 429 and 503. */
  readonly isRateLimit?: (answer: ApiResponse) => boolean;
}

/**
 * A client of a JSON API that respects its rate limit: it waits as long as `Retry-After` says, or with exponential
 * backoff without that header.
 */
export class ApiClient {
  readonly #options: ApiClientOptions;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  /**
   * @returns the response with any status, except rate limits
   * @throws if the rate limit persists after `MAX_ATTEMPTS`, requires a wait above `MAX_WAIT_SECONDS`, or the API is
   * unreachable
   */
  async call(url: URL, init: RequestInit = {}): Promise<ApiResponse> {
    const { signal, log, isRateLimit = () => false } = this.#options;
    // Requests with side effects are not aborted, because their outcome would be unknown.
    const changes = init.method !== undefined && init.method !== 'GET';
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(url, { ...init, signal: changes ? null : signal }).catch((error: Error) => {
        throw new Error(`${redactQuery(url)}: ${(error.cause as Error | undefined)?.message ?? error.message}`, {
          cause: error,
        });
      });
      const answer = { status: response.status, body: parse(await response.text()) };
      if (answer.status !== 429 && answer.status !== 503 && !isRateLimit(answer)) return answer;
      const seconds = parseRetryAfter(response.headers.get('retry-after'), new Date()) ?? 2 ** attempt;
      if (attempt === MAX_ATTEMPTS || seconds > MAX_WAIT_SECONDS) {
        throw new Error(
          `${redactQuery(url)}: rate limit: rejected at attempt ${attempt}, the next one is due in ${seconds} s`,
        );
      }
      log.warn(`rate limit: waiting ${seconds} s`);
      await wait(seconds * 1000, undefined, { signal });
    }
  }
}

/** Returns a URL without its query, which may contain secrets. */
function redactQuery({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
