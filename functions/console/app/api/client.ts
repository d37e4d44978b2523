import { ApiError, apiErrorMessage, NetworkError } from './errors.ts';
import { syncServerTime } from './server-clock.ts';

/** Source of the bearer token of the signed-in user. */
export interface TokenSource {
  /** Returns a token that is valid for at least 30 s, renewed if necessary. Rejects if no token can be obtained. */
  token(): Promise<string>;
  /** Called when the API answered 401 to `token`. Resolves when a newer token is available. */
  onRejected(token: string): Promise<void>;
}

export interface RequestOptions {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** JSON client for the API, authenticated as the signed-in user. */
export interface Client {
  /**
   * Sends a request and returns the body of a successful response. Renews the token once after a 401.
   *
   * @throws ApiError if the response is not successful, NetworkError if there is no response
   */
  call<Body>(method: string, path: string, options?: RequestOptions): Promise<Body>;
  /** Sends a request like `call` and returns the entity tag along with the body. */
  callVersioned<Body>(method: string, path: string, options?: RequestOptions): Promise<Versioned<Body>>;
}

/** A value and the version that was read, for `If-Match`. */
export interface Versioned<Value> {
  readonly value: Value;
  /** `null` if the response had no `ETag`; a change then applies to any version. */
  readonly etag: string | null;
}

/** Returns the `If-Match` header for a version; empty for `null`. */
export const ifMatchHeader = (etag: string | null): Readonly<Record<string, string>> =>
  etag === null ? {} : { 'if-match': etag };

/** @param base base URL of the API; empty for the origin of the page */
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
      throw new NetworkError('The API cannot be reached. Check your network connection.', { cause });
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

/** Returns `?a=1&b=2`, without parameters that are `null`, `undefined` or empty; an empty string if none is left. */
export function toQueryString(parameters: Readonly<Record<string, string | number | null | undefined>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== '');
  const query = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
  return given.length > 0 ? `?${query}` : '';
}
