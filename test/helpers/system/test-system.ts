import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Role } from '../../../functions/core/domain/access.ts';
import { parseTenantId, type TenantId } from '../../../functions/core/domain/tenant.ts';
import type { LogEntry } from '../../../lib/local/lambda/log.ts';
import { type LocalSystem, type LocalSystemOptions, startLocal } from '../../../lib/local/system.ts';
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

export interface TestSystem extends LocalSystem {
  readonly dataDir: string;
  /** Log entries of functions and background failures. */
  readonly logs: readonly LogEntry[];
  /**
   * Creates a client with a token of the tenant.
   *
   * @param roles defaults to ADMIN and OWNER
   */
  as(tenant: string, roles?: readonly Role[], subject?: string): Promise<ApiClient>;
  /** Creates a client with this `authorization` header, or without one. */
  anonymous(authorization?: string): ApiClient;
}

/**
 * Starts Jobdeck on a free port with a temporary data folder.
 *
 * `stop()` removes the folder and rejects if a function made a call that its IAM role denies, such as access to another
 * tenant's data.
 *
 * A start takes one or two seconds: start one system in `beforeAll` and use `freshTenant()` in each test.
 *
 * @param options `dataDir`: the folder of a stopped system; `stop()` keeps it
 */
export async function startTestSystem(options: Partial<LocalSystemOptions> = {}): Promise<TestSystem> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'jobdeck-local-'));
  const logs: LogEntry[] = [];
  const system = await startLocal({ port: 0, log: (entry) => logs.push(entry), ...options, dataDir });
  return {
    ...system,
    dataDir,
    logs,
    async as(tenant, roles = ['ADMIN', 'OWNER'], subject) {
      const request = { tenant: tenantId(tenant), roles, ...(subject !== undefined && { subject }) };
      return createApiClient(system.url, `Bearer ${await system.issueToken(request)}`);
    },
    anonymous: (authorization) => createApiClient(system.url, authorization),
    async stop() {
      await system.stop();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
      const refusals = logs.filter(({ functionName }) => functionName === 'iam').map(({ text }) => text);
      if (refusals.length > 0) throw new Error(`Functions made calls that their roles deny:\n${refusals.join('\n')}`);
    },
  };
}

let tenants = 0;

/** Returns a tenant id that is unique within the test file. */
export function freshTenant(prefix = 'tenant'): string {
  tenants += 1;
  return `${prefix}-${tenants}`;
}

export function tenantId(tenant: string): TenantId {
  const id = parseTenantId(tenant);
  if (!id) throw new Error(`${tenant} is not a tenant id.`);
  return id;
}

/**
 * Polls until `look` returns a value other than `undefined`, `null` or `false`. Retries after an exception, so that
 * `look` may contain assertions. The interval grows from 20 to 200 ms.
 *
 * @param what describes the condition in the timeout error
 */
export async function waitUntil<Found>(
  look: () => Promise<Found> | Found,
  { timeoutMs = 15_000, what = 'the condition' }: { timeoutMs?: number; what?: string } = {},
): Promise<Exclude<Found, undefined | null | false>> {
  let last: unknown;
  let pauseMs = 20;
  for (const end = performance.now() + timeoutMs; performance.now() < end; await sleep(pauseMs)) {
    pauseMs = Math.min(pauseMs * 1.25, 200);
    try {
      last = await look();
      if (last !== undefined && last !== null && last !== false)
        return last as Exclude<Found, undefined | null | false>;
    } catch (error) {
      last = error;
    }
  }
  if (last instanceof Error) throw last;
  throw new Error(`${what} was not met within ${timeoutMs} ms; last seen: ${JSON.stringify(last)}`);
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
