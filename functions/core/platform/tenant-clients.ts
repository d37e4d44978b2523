import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { STSClient } from '@aws-sdk/client-sts';
import { LRUCache } from 'lru-cache';
import type { TenantId } from '../domain/tenant.ts';
import type { Db } from '../store/db.ts';
import { createDynamoDbClient } from './dynamodb-client.ts';
import { requireEnv } from './env.ts';
import { Env } from './env-names.ts';
import { createDb } from './platform-services.ts';
import { type Credentials, createTenantSession } from './tenant-session.ts';

/** Number of tenants whose sessions and clients are cached per execution environment: about 100 KB each. */
const CACHE_SIZE = 500;

/**
 * Maximum number of connections: the SDK's default per client, here shared by all clients of an execution environment.
 */
const MAX_SOCKETS = 50;

/** The configuration of an AWS client. */
export interface ClientConfig {
  /** @defaultValue the credentials of the function's own role */
  readonly credentials?: () => Promise<Credentials>;
  readonly requestHandler: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };
}

/** AWS clients with the credentials of one tenant. */
export interface TenantClients {
  readonly db: Db;
  /** Configuration for clients of further services. */
  readonly aws: ClientConfig;
}

/** Clients per tenant, with credentials that are limited to the tenant. */
export interface TenantClientPool {
  readonly db: (tenant: TenantId) => Db;
  /**
   * Returns a function that creates a value per tenant and caches it as long as the tenant's clients. For `undefined`,
   * the caller of a public route, the function's own credentials are used, which have no access to tenant data.
   */
  perTenant<Value>(make: (tenantClients: TenantClients) => Value): (tenant: TenantId | undefined) => Value;
}

/** Key of the function's own clients in the cache. Tenant ids are not empty. */
const OWN_CLIENTS = '';

/**
 * Creates the pool; call it once per execution environment, because each session costs a request to STS.
 *
 * @param size maximum number of tenants
 */
export function createTenantClientPool(now: () => number = Date.now, size = CACHE_SIZE): TenantClientPool {
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const requestHandler = { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
  const sts = new STSClient({ requestHandler });
  const roleArn = requireEnv(Env.tenantRoleArn);

  const createClients = (aws: ClientConfig): TenantClients => ({ aws, db: createDb(createDynamoDbClient(aws)) });
  const createTenantClients = (tenant: TenantId | undefined): TenantClients =>
    createClients({
      requestHandler,
      ...(tenant && { credentials: createTenantSession({ sts, roleArn, now }, tenant) }),
    });
  const cache = new LRUCache<TenantId | typeof OWN_CLIENTS, TenantClients>({
    max: size,
    memoMethod: (tenant) => createTenantClients(tenant || undefined),
  });
  const clientsOf = (tenant: TenantId | undefined): TenantClients => cache.memo(tenant ?? OWN_CLIENTS);
  return {
    db: (tenant) => clientsOf(tenant).db,
    perTenant<Value>(make: (tenantClients: TenantClients) => Value) {
      const made = new WeakMap<TenantClients, { readonly value: Value }>();
      return (tenant: TenantId | undefined) => {
        const tenantClients = clientsOf(tenant);
        const known = made.get(tenantClients) ?? { value: make(tenantClients) };
        made.set(tenantClients, known);
        return known.value;
      };
    },
  };
}
