import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '../../../functions/core/domain/access.ts';
import { parseTenantId, type TenantId } from '../../../functions/core/domain/tenant.ts';
import type { LogEntry } from '../../../lib/local/lambda/log.ts';
import { type LocalSystem, type LocalSystemOptions, startLocal } from '../../../lib/local/system.ts';
import { type ApiClient, createApiClient } from '../clients/api.ts';
import { shareConformance } from '../oracles/openapi-conformance.ts';

/** Milliseconds after which an idle execution environment is ended: longer than the interval of the platform's schedules. */
const IDLE_MS = 90_000;

/** Signing key of the first system of the process. The systems share it, because the creation of a key takes 0.2 s. */
let issuerKey: Buffer | undefined;

export interface TestSystem extends LocalSystem {
  readonly dataDir: string;
  /** Log entries of functions and background failures. */
  readonly logs: readonly LogEntry[];
  /**
   * @param firstEntry index in `logs` to start from. @default 0
   * @throws if a function made a call that its IAM role denies
   */
  assertPermitted(firstEntry?: number): void;
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
  const issuerKeyFile = join(dataDir, 'issuer.key');
  if (issuerKey !== undefined && options.dataDir === undefined)
    writeFileSync(issuerKeyFile, issuerKey, { mode: 0o600 });
  const system = await startLocal({
    port: 0,
    log: (entry) => logs.push(entry),
    idleMs: IDLE_MS,
    ...options,
    dataDir,
  });
  issuerKey ??= readFileSync(issuerKeyFile);
  shareConformance(system.url);
  const assertPermitted = (firstEntry = 0): void => {
    const denials = logs.slice(firstEntry).filter(({ functionName }) => functionName === 'iam');
    if (denials.length === 0) return;
    throw new Error(`Functions made calls that their roles deny:\n${denials.map(({ text }) => text).join('\n')}`);
  };
  return {
    ...system,
    dataDir,
    logs,
    assertPermitted,
    async as(tenant, roles = ['ADMIN', 'OWNER'], subject) {
      const request = { tenant: tenantId(tenant), roles, ...(subject !== undefined && { subject }) };
      return createApiClient(system.url, `Bearer ${await system.issueToken(request)}`);
    },
    anonymous: (authorization) => createApiClient(system.url, authorization),
    async stop() {
      await system.stop();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
      assertPermitted();
    },
  };
}

let tenants = 0;

/** Returns a tenant id that is unique within the process, and so in its shared system. */
export function freshTenant(prefix = 'tenant'): string {
  tenants += 1;
  return `${prefix}-${tenants}`;
}

export function tenantId(tenant: string): TenantId {
  const id = parseTenantId(tenant);
  if (!id) throw new Error(`${tenant} is not a tenant id.`);
  return id;
}
