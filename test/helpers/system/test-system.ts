import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Role } from '../../../functions/core/domain/access.ts';
import { parseTenantId, type TenantId } from '../../../functions/core/domain/tenant.ts';
import type { LogEntry } from '../../../lib/local/lambda/log.ts';
import { type LocalSystem, type LocalSystemOptions, startLocal } from '../../../lib/local/system.ts';
import { fetchConformance } from '../oracles/openapi-conformance.ts';

/** An answer of the API. The caller says what its body should be; assertions say whether it is. */
export interface ApiResponse<Body> {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, else its text; undefined when it is empty. */
  readonly body: Body;
}

type RequestHeaders = Readonly<Record<string, string>>;
type Json = Readonly<Record<string, unknown>>;

/** Speaks JSON to the API as one caller: `await api.get<{ runs: Run[] }>('/jobs/x/runs')`. */
export interface ApiClient {
  readonly token: string;
  /** @param body an object to send as JSON, or text to send as it is. */
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
  /** What functions printed and what went wrong in the background, so far. */
  readonly logs: readonly LogEntry[];
  /** A client with a token of this tenant; roles default to ADMIN and OWNER. */
  as(tenant: string, roles?: readonly Role[], subject?: string): Promise<ApiClient>;
  /** A client that sends this `authorization` header, or none. */
  anonymous(authorization?: string): ApiClient;
}

/**
 * Starts Jobdeck on a free port, in a temporary folder that `stop()` removes.
 * `stop()` rejects when a surface asked for what IAM does not let it have, such as another tenant's data: what the system
 * did for the tests is proof that it need not.
 *
 * Starting takes a second or two: start one in `beforeAll` and give every test a tenant of its own (`freshTenant()`).
 *
 * @param options `dataDir`: start on the folder of a system that was stopped; it is then not removed.
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
      if (refusals.length > 0) throw new Error(`Functions asked for what their roles may not:\n${refusals.join('\n')}`);
    },
  };
}

let tenants = 0;

/** A tenant that no other test of this file has. */
export function freshTenant(prefix = 'tenant'): string {
  tenants += 1;
  return `${prefix}-${tenants}`;
}

export function tenantId(tenant: string): TenantId {
  const id = parseTenantId(tenant);
  if (!id) throw new Error(`${tenant} is no tenant id.`);
  return id;
}

/**
 * Waits until `look` gives something: neither undefined, null nor false. What it throws is tried again too, so it may
 * hold assertions. Looks less and less often, to leave the machine to what is waited for.
 *
 * @param what for the error when it never does.
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
  throw new Error(`${what} did not come true within ${timeoutMs} ms; last seen: ${JSON.stringify(last)}`);
}

/**
 * A client of the API at `url` that sends this `authorization` header, or none. A request rejects whose answer is not as
 * the OpenAPI document says that the API serves.
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
      throw new Error(`${method} ${path} answered ${answer.status}, not as /openapi.json says: ${faults.join('; ')}`);
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
