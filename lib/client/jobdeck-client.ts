import createClient, { type Client } from 'openapi-fetch';
import { parsePublicRunId } from '../../functions/core/domain/public-run-id.ts';
import type { paths, RunnerRun, RunnerRunWithOutput } from './api-types.ts';
import { createApiError, type JobdeckApiError, parseErrorBody } from './errors.ts';
import { LISTS, type List, type ListArgument, type ListItem, type ListPath, readPages } from './lists.ts';
import { createRetryingFetch, IDEMPOTENCY_KEY_HEADER, retryAfterMsOf } from './retry.ts';
import {
  acceptsIdempotencyKey,
  type InputArgument,
  type Method,
  type PathWith,
  type Query,
  type ResponseData,
  type Result,
} from './routes.ts';
import { pollRun, type WaitOptions } from './wait-for-run.ts';

/** Exceeds the longest request: API Gateway ends requests after 30 s. */
const REQUEST_TIMEOUT_MS = 45_000;
const DEFAULT_RETRIES = 3;

/** Options of a client. */
export interface JobdeckClientOptions {
  /** URL of the API, for example `http://127.0.0.1:1937`. */
  readonly url: string;
  /** A JWT or an API key, or a function that returns one. The function is called before each attempt of a request. */
  readonly token: string | (() => string | Promise<string>);
  /**
   * Sends the requests.
   *
   * @defaultValue `globalThis.fetch`
   */
  readonly fetch?: (request: Request) => Promise<Response>;
  /**
   * Number of attempts after the first, for requests without side effects and for triggers.
   *
   * @defaultValue 3
   */
  readonly retries?: number;
}

/** Options of `JobdeckClient.trigger`. */
export interface TriggerOptions extends RunInput {
  /**
   * Waits for the end of the run.
   *
   * @defaultValue false
   */
  readonly wait?: boolean | WaitOptions;
  /**
   * Identifies the trigger: a repeated trigger of the job with the same key returns the first run.
   *
   * @defaultValue a random key
   */
  readonly idempotencyKey?: string;
  /**
   * Start of the run, at most 365 days ahead.
   *
   * @defaultValue now
   */
  readonly runAt?: Date;
  /** Aborts the request. */
  readonly signal?: AbortSignal;
}

/** The input of one run, beside the definition of its job. */
export interface RunInput {
  /** Any JSON value: given to a script, sent as the body of an `http` job without one, `$payload` in a flow. */
  readonly payload?: unknown;
  /** Replaces the arguments of a script job. */
  readonly args?: readonly string[];
  /** Added to the variables of a script job. */
  readonly env?: Readonly<Record<string, string>>;
  /** At most 20. */
  readonly tags?: readonly string[];
  /** At most 500 characters. */
  readonly note?: string;
  /** 1 (most urgent) to 5 among the runs that wait for a slot. @defaultValue that of the job */
  readonly priority?: 1 | 2 | 3 | 4 | 5;
  /** Seconds after which the run is canceled if it has not started. @defaultValue those of the job */
  readonly expiresInSeconds?: number;
}

/** The body of a trigger, whose lists are not read-only. */
type TriggerBody = NonNullable<paths['/jobs/{id}/run']['post']['requestBody']>['content']['application/json'];

/** Parameters of any route, as openapi-fetch takes them. */
interface UntypedInput {
  readonly params?: { readonly query?: Query; readonly header?: Readonly<Record<string, unknown>> };
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

type UntypedRequest = (
  method: Method,
  path: string,
  input: object,
) => Promise<{ readonly data?: string; readonly error?: string; readonly response: Response }>;

/**
 * A client of the HTTP API with the token of one caller. Every route is typed by the OpenAPI document: its parameters,
 * body and response.
 *
 * Requests reject with a `JobdeckApiError` for error responses and with a `JobdeckConnectionError` if the API sends no
 * response. `GET` requests are repeated after 429, 503 and connection errors, and so are `POST` requests that start a run,
 * because the client sends an `Idempotency-Key` with them.
 *
 * @example
 * ```ts
 * const jobdeck = new JobdeckClient({ url: 'http://127.0.0.1:1937', token: 'jk_…' });
 * const { data } = await jobdeck.get('/jobs/{id}', { params: { path: { id: 'sync-orders' } } });
 * ```
 */
export class JobdeckClient {
  /** URL of the API, without a trailing slash. */
  readonly url: string;
  readonly #http: Client<paths>;
  readonly #fetch: ReturnType<typeof createRetryingFetch>;

  constructor({
    url,
    token,
    fetch = (request) => globalThis.fetch(request),
    retries = DEFAULT_RETRIES,
  }: JobdeckClientOptions) {
    this.url = url.replace(/\/+$/, '');
    this.#http = createClient<paths>({ baseUrl: this.url });
    this.#fetch = createRetryingFetch({
      fetch,
      token: typeof token === 'string' ? () => token : token,
      retries,
      timeoutMs: REQUEST_TIMEOUT_MS,
    });
  }

  /** Sends a `GET` request. */
  get<P extends PathWith<'get'>>(path: P, ...input: InputArgument<P, 'get'>) {
    return this.#request<P, 'get'>('get', path, input[0]);
  }

  /** Sends a `POST` request, with a random `Idempotency-Key` if the route accepts one and `input` has none. */
  post<P extends PathWith<'post'>>(path: P, ...input: InputArgument<P, 'post'>) {
    return this.#request<P, 'post'>('post', path, input[0]);
  }

  /** Sends a `PUT` request. */
  put<P extends PathWith<'put'>>(path: P, ...input: InputArgument<P, 'put'>) {
    return this.#request<P, 'put'>('put', path, input[0]);
  }

  /** Sends a `PATCH` request. */
  patch<P extends PathWith<'patch'>>(path: P, ...input: InputArgument<P, 'patch'>) {
    return this.#request<P, 'patch'>('patch', path, input[0]);
  }

  /** Sends a `DELETE` request. */
  delete<P extends PathWith<'delete'>>(path: P, ...input: InputArgument<P, 'delete'>) {
    return this.#request<P, 'delete'>('delete', path, input[0]);
  }

  /**
   * Yields the items of a list. Pages are requested as they are needed; `limit` or `pageSize` of the query is the size of
   * a page, not of the list.
   *
   * @example
   * ```ts
   * for await (const run of jobdeck.paginate('/runs', { params: { query: { status: 'error' } } })) console.log(run.run_id);
   * ```
   */
  paginate<P extends ListPath>(path: P, ...input: ListArgument<P>): AsyncGenerator<ListItem<P>, void, undefined> {
    const given = (input[0] ?? {}) as UntypedInput;
    const list = LISTS[path] as unknown as List<unknown, ListItem<P>>;
    return readPages(list, given.params?.query ?? {}, (query) =>
      this.#send('get', path, { ...given, params: { ...given.params, query } }),
    );
  }

  /**
   * Starts a run of a job.
   *
   * @returns the started run, or with `wait` the ended run and its output
   * @throws NotFoundError if the job does not exist
   * @throws ConflictError if the job is disabled, or its overlap policy rejects the run
   * @throws BadRequestError if the job cannot have the input
   */
  trigger(jobId: string, options: TriggerOptions & { readonly wait: true | WaitOptions }): Promise<RunnerRunWithOutput>;
  trigger(jobId: string, options?: TriggerOptions): Promise<RunnerRun>;
  async trigger(
    jobId: string,
    { wait = false, idempotencyKey, runAt, expiresInSeconds, signal, ...options }: TriggerOptions = {},
  ): Promise<RunnerRun> {
    const input = {
      ...options,
      ...(expiresInSeconds !== undefined && { expires_in_s: expiresInSeconds }),
      ...(runAt && { run_at: runAt.toISOString() }),
    };
    const { data } = await this.post('/jobs/{id}/run', {
      params: {
        path: { id: jobId },
        header: {
          Prefer: 'respond-async',
          ...(idempotencyKey !== undefined && { [IDEMPOTENCY_KEY_HEADER]: idempotencyKey }),
        },
      },
      ...(Object.keys(input).length > 0 && { body: input as TriggerBody }),
      ...(signal && { signal }),
    });
    if (!('run' in data)) return this.#run(data.result.run_id);
    if (wait === false) return data.run;
    return this.waitForRun(data.run.run_id, { ...(signal && { signal }), ...(wait === true ? {} : wait) });
  }

  /**
   * Waits until a run has ended. A run that failed is a result, not an error: see its `status`.
   *
   * @param runId `run_id` of a run
   * @returns the run with its output
   * @throws RunTimeoutError after `timeoutMs`
   * @throws NotFoundError if the run does not exist
   * @throws TypeError if `runId` is not a run id
   */
  waitForRun(runId: string, options: WaitOptions = {}): Promise<RunnerRunWithOutput> {
    return pollRun(runId, (outputAfter, signal) => this.#run(runId, outputAfter, signal), options);
  }

  async #run(runId: string, outputAfter?: string, signal?: AbortSignal): Promise<RunnerRunWithOutput> {
    const jobId = parsePublicRunId(runId)?.jobId;
    if (jobId === undefined) {
      throw new TypeError(`run id: must be as in sync-email.k3f9a1b2c4.01JNXA3V5T9YV0Q2Z6W8M4R7B1, got '${runId}'`);
    }
    const { data } = await this.get('/jobs/{id}/runs/{run}', {
      params: {
        path: { id: jobId, run: runId },
        ...(outputAfter !== undefined && { query: { output_after: outputAfter } }),
      },
      ...(signal && { signal }),
    });
    return data.run;
  }

  #request<P extends keyof paths, M extends Method>(
    method: M,
    path: P,
    input: unknown,
  ): Promise<Result<ResponseData<P, M>>> {
    return this.#send(method, path, input ?? {}) as Promise<Result<ResponseData<P, M>>>;
  }

  /** @throws JobdeckApiError, JobdeckConnectionError */
  async #send(method: Method, path: string, input: UntypedInput): Promise<Result<unknown>> {
    const isKeyed = method === 'post' && acceptsIdempotencyKey(path);
    const needsKey = isKeyed && input.params?.header?.[IDEMPOTENCY_KEY_HEADER] === undefined;
    const headers = { ...(needsKey && { [IDEMPOTENCY_KEY_HEADER]: crypto.randomUUID() }), ...input.headers };
    const request = this.#http.request as unknown as UntypedRequest;
    // Other routes ignore an `Idempotency-Key`, so that each attempt of such a change may have an effect.
    const isRepeatable = method === 'get' || isKeyed;
    const fetch = (one: Request): Promise<Response> => this.#fetch(one, isRepeatable);
    const { data, error, response } = await request(method, path, { ...input, headers, fetch, parseAs: 'text' });
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    if (!response.ok) throw toApiError(method, path, response, error);
    return { data: isJson && data ? (JSON.parse(data) as unknown) : data, response };
  }
}

/** @param error the body: text, or the value that openapi-fetch parsed it to */
function toApiError(method: Method, path: string, response: Response, error: unknown): JobdeckApiError {
  const { message = `${method.toUpperCase()} ${path} returned ${response.status}`, code } = parseErrorBody(error);
  return createApiError({
    status: response.status,
    message,
    code,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfterMs: retryAfterMsOf(response),
    body: error,
  });
}
