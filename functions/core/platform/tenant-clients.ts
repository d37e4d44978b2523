import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { STSClient } from '@aws-sdk/client-sts';
import type { TenantId } from '../domain/tenant.ts';
import type { Db } from '../store/db.ts';
import { requireEnv } from './env.ts';
import { Env } from './env-names.ts';
import { LruCache } from './lru-cache.ts';
import { createDb } from './platform.ts';
import { type Credentials, createTenantSession } from './tenant-session.ts';

/** Tenants whose sessions and clients an execution environment keeps at most: some 100 KB each. */
const CACHE_SIZE = 500;

/** As many connections as the SDK gives a client: here all clients of an execution environment share them. */
const MAX_SOCKETS = 50;

/** How the clients of AWS's services are made. */
export interface ClientConfig {
  /** @default those of the function's own role */
  readonly credentials?: () => Promise<Credentials>;
  readonly requestHandler: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };
}

/** What is within reach on behalf of one tenant: what is that tenant's. */
export interface TenantClients {
  readonly db: Db;
  /** For clients of other services. */
  readonly aws: ClientConfig;
}

/** The tenants, as an API function reaches them: each with credentials that are narrowed to it. */
export interface TenantClientPool {
  readonly db: (tenant: TenantId) => Db;
  /**
   * What `make` makes of a tenant's reach: once, as long as the tenant is among those that were here last. For nobody,
   * which is who asks for what is public, it is made of the function's own, which is nobody's data.
   */
  perTenant<Value>(make: (tenantClients: TenantClients) => Value): (tenant: TenantId | undefined) => Value;
}

/** Make it once for each execution environment: it keeps sessions, which take a request to STS each. */
export function createTenantClientPool(now: () => number = Date.now): TenantClientPool {
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const requestHandler = { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
  const sts = new STSClient({ requestHandler });
  const roleArn = requireEnv(Env.tenantRoleArn);

  const createClients = (aws: ClientConfig): TenantClients => ({ aws, db: createDb(new DynamoDBClient(aws)) });
  const createTenantClients = (tenant: TenantId | undefined): TenantClients =>
    createClients({
      requestHandler,
      ...(tenant && { credentials: createTenantSession({ sts, roleArn, now }, tenant) }),
    });
  const clients = new LruCache(CACHE_SIZE, createTenantClients);
  return {
    db: (tenant) => clients.get(tenant).db,
    perTenant<Value>(make: (tenantClients: TenantClients) => Value) {
      const made = new WeakMap<TenantClients, { readonly value: Value }>();
      return (tenant: TenantId | undefined) => {
        const tenantClients = clients.get(tenant);
        const known = made.get(tenantClients) ?? { value: make(tenantClients) };
        made.set(tenantClients, known);
        return known.value;
      };
    },
  };
}
