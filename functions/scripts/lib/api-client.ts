import { setTimeout as wait } from 'node:timers/promises';
import { parseRetryAfter } from '../../core/domain/retry-after.ts';
import type { Log } from './define-script.ts';

/** Tries of one request, the first included, before a rate limit fails the run. */
const MAX_ATTEMPTS = 6;
/** Seconds that a script waits at most because an API says so; one that wants more is asked by the next run. */
const MAX_WAIT_SECONDS = 120;

export interface ApiResponse {
  readonly status: number;
  /** The JSON body; undefined when it is none. */
  readonly body: unknown;
}

export interface ApiClientOptions {
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Whether an answer means "not so fast", beyond the statuses 429 and 503. */
  readonly isRateLimit?: (answer: ApiResponse) => boolean;
}

/** Calls a JSON API at the pace it allows: it waits as `Retry-After` says, or longer each time when that is missing. */
export class ApiClient {
  readonly #options: ApiClientOptions;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  /**
   * @returns the answer, whatever its status, unless that is a rate limit
   * @throws when the API still refuses for its rate after `TRIES`, wants a longer wait than `LONGEST_WAIT`, or cannot
   *   be reached
   */
  async call(url: URL, init: RequestInit = {}): Promise<ApiResponse> {
    const { signal, log, isRateLimit = () => false } = this.#options;
    // What changes something is not cut off: nobody could say whether it was done.
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
          `${redactQuery(url)}: rate limit: refused at try ${attempt}, the next one is due in ${seconds} s`,
        );
      }
      log.warn(`rate limit: waiting ${seconds} s`);
      await wait(seconds * 1000, undefined, { signal });
    }
  }
}

/** A URL without its query, where secrets may be. */
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
