import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { STSClient } from '@aws-sdk/client-sts';
import type { TenantId } from '../domain/tenant.ts';
import type { Db } from '../store/db.ts';
import { required } from './env.ts';
import { Env } from './env-names.ts';
import { LatestUsed } from './latest-used.ts';
import { createDb } from './platform.ts';
import { type Credentials, tenantSession } from './tenant-session.ts';

/** Tenants whose sessions and clients an execution environment keeps at most: some 100 KB each. */
const KEPT = 500;

/** As many connections as the SDK gives a client: here all clients of an execution environment share them. */
const SOCKETS = 50;

/** How the clients of AWS's services are made. */
export interface ClientConfig {
  /** @default those of the function's own role */
  readonly credentials?: () => Promise<Credentials>;
  readonly requestHandler: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };
}

/** What is within reach on behalf of one tenant: what is that tenant's. */
export interface Reach {
  readonly db: Db;
  /** For clients of other services. */
  readonly aws: ClientConfig;
}

/** The tenants, as an API function reaches them: each with credentials that are narrowed to it. */
export interface Tenants {
  readonly db: (tenant: TenantId) => Db;
  /**
   * What `make` makes of a tenant's reach: once, as long as the tenant is among those that were here last. For nobody,
   * which is who asks for what is public, it is made of the function's own, which is nobody's data.
   */
  each<Value>(make: (reach: Reach) => Value): (tenant: TenantId | undefined) => Value;
}

/** Make it once for each execution environment: it keeps sessions, which take a request to STS each. */
export function createTenants(now: () => number = Date.now): Tenants {
  const options = { keepAlive: true, maxSockets: SOCKETS };
  const requestHandler = { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
  const sts = new STSClient({ requestHandler });
  const roleArn = required(Env.tenantRoleArn);

  const reachWith = (aws: ClientConfig): Reach => ({ aws, db: createDb(new DynamoDBClient(aws)) });
  const reachOf = (tenant: TenantId | undefined): Reach =>
    reachWith({ requestHandler, ...(tenant && { credentials: tenantSession({ sts, roleArn, now }, tenant) }) });
  const reaches = new LatestUsed(KEPT, reachOf);
  return {
    db: (tenant) => reaches.get(tenant).db,
    each<Value>(make: (reach: Reach) => Value) {
      const made = new WeakMap<Reach, { readonly value: Value }>();
      return (tenant: TenantId | undefined) => {
        const reach = reaches.get(tenant);
        const known = made.get(reach) ?? { value: make(reach) };
        made.set(reach, known);
        return known.value;
      };
    },
  };
}
