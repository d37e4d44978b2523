import { truncate } from '../../functions/core/domain/text.ts';
import { CommandFailed } from './errors.ts';

/** An error response of the API. */
export class ApiError extends CommandFailed {
  readonly status: number;
  /** Seconds after which the request may be repeated, if the response names them. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, message: string, retryAfterSeconds?: number) {
    super(message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface ApiResponse<Body> {
  readonly status: number;
  readonly body: Body;
  /** Entity tag of a job's version, if the response has one. */
  readonly etag: string | undefined;
  /** The parameter `cursor` of the next page, if the response links to one. */
  readonly nextCursor: string | undefined;
}

/** Query, body and headers of a request. */
export interface ApiRequest {
  /** A list repeats its parameter. */
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface RawResponse {
  readonly status: number;
  readonly text: string;
  readonly etag: string | undefined;
  readonly link: string | null;
  /** Seconds. */
  readonly retryAfter: number | undefined;
}

/** Exceeds the longest request: API Gateway ends requests after 30 s. */
const REQUEST_TIMEOUT_MS = 45_000;

/** A client of the API with the token of one caller. */
export class ApiClient {
  readonly url: string;
  readonly #token: () => Promise<string>;
  readonly #signals: readonly AbortSignal[];
  #resolved: Promise<string> | undefined;

  /** @param signal ends requests under way when it aborts */
  constructor(url: string, token: () => Promise<string>, signal?: AbortSignal) {
    this.url = url.replace(/\/+$/, '');
    this.#token = token;
    this.#signals = signal ? [signal] : [];
  }

  /** Returns the token of the requests. The token is resolved at first use. */
  token(): Promise<string> {
    this.#resolved ??= this.#token();
    return this.#resolved;
  }

  /** @throws ApiError for an error response; CommandFailed if the API does not respond */
  async request<Body>(
    method: string,
    path: string,
    { query = {}, body, headers }: ApiRequest = {},
  ): Promise<ApiResponse<Body>> {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      for (const one of [value ?? []].flat()) parameters.append(name, String(one));
    }
    const search = parameters.size > 0 ? `?${parameters.toString()}` : '';
    const init = {
      method,
      headers: {
        authorization: `Bearer ${await this.token()}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([AbortSignal.timeout(REQUEST_TIMEOUT_MS), ...this.#signals]),
    };
    const { status, text, etag, link, retryAfter } = await this.#fetch(`${this.url}${path}${search}`, init);
    if (status < 200 || status > 299) {
      throw new ApiError(status, toErrorMessage(method, path, status, text), retryAfter);
    }
    return { status, body: (text === '' ? undefined : parseJson(text)) as Body, etag, nextCursor: cursorIn(link) };
  }

  async get<Body>(path: string, query: ApiRequest['query'] = {}): Promise<Body> {
    return (await this.request<Body>('GET', path, { query })).body;
  }

  async post<Body>(path: string, body?: unknown): Promise<Body> {
    return (await this.request<Body>('POST', path, body === undefined ? {} : { body })).body;
  }

  async #fetch(url: string, init: RequestInit): Promise<RawResponse> {
    try {
      const response = await fetch(url, init);
      const etag = response.headers.get('etag') ?? undefined;
      const retryAfter = response.headers.get('retry-after') ?? '';
      return {
        status: response.status,
        text: await response.text(),
        etag,
        link: response.headers.get('link'),
        retryAfter: /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined,
      };
    } catch (error) {
      const { cause, message } = error as Error;
      const why = cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : message;
      throw new CommandFailed(`${this.url} does not respond (${why}). Is it running (npm start)? Otherwise set --url`);
    }
  }
}

/** Returns the cursor in a link to the next page (RFC 8288). */
function cursorIn(link: string | null): string | undefined {
  const [, query] = /\?([^>]*)>; rel="next"/.exec(link ?? '') ?? [];
  return query === undefined ? undefined : (new URLSearchParams(query).get('cursor') ?? undefined);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandFailed(`The response is not from Jobdeck: ${truncate(text, 200)}`);
  }
}

/** Extracts the message of an error response of any surface. */
function toErrorMessage(method: string, path: string, status: number, text: string): string {
  const explanation = parseErrorMessage(text) ?? `${method} ${path} returned ${status}`;
  return status === 401 ? `${explanation} (--token or JOBDECK_TOKEN: a JWT or an API key)` : explanation;
}

function parseErrorMessage(text: string): string | undefined {
  try {
    const { error, message, errors } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const [first] = (errors ?? []) as readonly { readonly message?: unknown }[];
    const inner = (error as { readonly message?: unknown } | undefined)?.message;
    return [first?.message, inner, message, error].find((explanation) => typeof explanation === 'string');
  } catch {
    return undefined;
  }
}

/** Template tag that percent-encodes the values in a path. */
export const path = (strings: TemplateStringsArray, ...parts: readonly string[]): string =>
  strings.map((text, i) => text + (i < parts.length ? encodeURIComponent(parts[i] as string) : '')).join('');
