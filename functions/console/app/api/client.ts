import { ApiError, apiErrorMessage, NetworkError } from './errors.ts';
import { syncServerTime } from './server-clock.ts';

/** Gives the token of the moment. */
export interface TokenSource {
  /** Quietly renewed when it is about to expire. Rejects when there is none to be had. */
  token(): Promise<string>;
  /** The API does not take the token any more: get another one. */
  onRejected(token: string): Promise<void>;
}

export interface RequestOptions {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Speaks JSON to the surfaces as who is signed in. */
export interface Client {
  /**
   * The body of a good answer.
   *
   * @throws ApiProblem when it is not a good one, Unreachable when none came
   */
  call<Body>(method: string, path: string, options?: RequestOptions): Promise<Body>;
  /** Sends a request like `call` does, and returns the entity tag along with the body. */
  callVersioned<Body>(method: string, path: string, options?: RequestOptions): Promise<Versioned<Body>>;
}

/** Something that can be edited, and the version that was read: what `If-Match` takes. */
export interface Versioned<Value> {
  readonly value: Value;
  /** `null`: the API named no version; a change then applies to any. */
  readonly etag: string | null;
}

/** The header that makes a request apply to this version only. */
export const ifMatchHeader = (etag: string | null): Readonly<Record<string, string>> =>
  etag === null ? {} : { 'if-match': etag };

/** @param base URL of the surfaces; empty: where the page is from */
export function createClient(base: string, tokens: TokenSource): Client {
  const send = async (method: string, path: string, token: string, { body, headers, signal }: RequestOptions) => {
    const init: RequestInit = {
      method,
      cache: 'no-store',
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    };
    try {
      const response = await fetch(base + path, init);
      syncServerTime(response.headers.get('date'));
      return response;
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw new NetworkError('The platform cannot be reached. Is the network there?', { cause });
    }
  };

  const callVersioned = async <Body>(
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<Versioned<Body>> => {
    const token = await tokens.token();
    let response = await send(method, path, token, options);
    if (response.status === 401) {
      await tokens.onRejected(token);
      response = await send(method, path, await tokens.token(), options);
    }
    const text = await response.text();
    const body = text === '' ? undefined : parse(text);
    if (!response.ok) throw new ApiError(response.status, apiErrorMessage(response.status, body));
    return { value: body as Body, etag: response.headers.get('etag') };
  };
  return {
    callVersioned,
    call: async <Body>(method: string, path: string, options?: RequestOptions) =>
      (await callVersioned<Body>(method, path, options)).value,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `?a=1&b=2` of what has a value; empty when nothing has. */
export function toQueryString(parameters: Readonly<Record<string, string | number | null | undefined>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== '');
  const query = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
  return given.length > 0 ? `?${query}` : '';
}
