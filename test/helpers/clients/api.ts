import { fetchConformance } from '../oracles/openapi-conformance.ts';

/** A response of the API. The caller states the type of the body, which the assertions verify. */
export interface ApiResponse<Body> {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON or text; `undefined` for an empty body. */
  readonly body: Body;
}

type RequestHeaders = Readonly<Record<string, string>>;

type Json = Readonly<Record<string, unknown>>;

/** An API client with one caller's token: `await api.get<{ runs: Run[] }>('/jobs/x/runs')`. */
export interface ApiClient {
  readonly token: string;
  /** @param body an object to send as JSON, or text to send unchanged */
  request<Body = Json>(
    method: string,
    path: string,
    body?: unknown,
    headers?: RequestHeaders,
  ): Promise<ApiResponse<Body>>;
  get<Body = Json>(path: string, headers?: RequestHeaders): Promise<ApiResponse<Body>>;
  post<Body = Json>(path: string, body?: unknown, headers?: RequestHeaders): Promise<ApiResponse<Body>>;
  put<Body = Json>(path: string, body?: unknown, headers?: RequestHeaders): Promise<ApiResponse<Body>>;
  patch<Body = Json>(path: string, body?: unknown, headers?: RequestHeaders): Promise<ApiResponse<Body>>;
  delete<Body = Json>(path: string, headers?: RequestHeaders): Promise<ApiResponse<Body>>;
}

/**
 * Creates a client of the API at `url`. A request rejects if its response does not conform to the OpenAPI document of
 * the API.
 */
export function createApiClient(url: string, authorization: string | undefined): ApiClient {
  const request = async <Body>(method: string, path: string, body?: unknown, headers: RequestHeaders = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
    const parsed = (isJson ? JSON.parse(text) : text || undefined) as Body;
    const answer = { status: response.status, headers: response.headers, body: parsed };
    const faults = (await fetchConformance(url))?.violations(method, path, answer) ?? [];
    if (faults.length > 0) {
      throw new Error(`${method} ${path} returned ${answer.status} and violates /openapi.json: ${faults.join('; ')}`);
    }
    return answer;
  };
  return {
    token: authorization?.replace(/^Bearer /, '') ?? '',
    request,
    get: (path, headers) => request('GET', path, undefined, headers),
    post: (path, body, headers) => request('POST', path, body, headers),
    put: (path, body, headers) => request('PUT', path, body, headers),
    patch: (path, body, headers) => request('PATCH', path, body, headers),
    delete: (path, headers) => request('DELETE', path, undefined, headers),
  };
}
