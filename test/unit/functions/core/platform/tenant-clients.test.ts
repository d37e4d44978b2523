import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseTenantId, type TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { Env } from '../../../../../functions/core/platform/env-names.ts';
import { createTenantClientPool } from '../../../../../functions/core/platform/tenant-clients.ts';

const [acme, globex, initech] = ['acme', 'globex', 'initech'].map(parseTenantId) as [TenantId, TenantId, TenantId];

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv(Env.tenantRoleArn, 'arn:role');
});

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('createTenantClientPool', () => {
  test('keeps the clients of recent tenants and evicts those of the least recently used one', () => {
    const pool = createTenantClientPool(Date.now, 2);
    const db = (tenant: TenantId) => pool.db(tenant).client;
    const clients = db(acme);
    const evicted = db(globex);
    expect(db(acme)).toBe(clients);

    db(initech);

    expect(db(acme)).toBe(clients);
    expect(db(globex)).not.toBe(evicted);
  });
});

describe('perTenant', () => {
  test('creates a value once per tenant with the tenant’s clients, and without credentials for public routes', () => {
    const tenants = createTenantClientPool();
    const created = tenants.perTenant(({ db, aws }) => ({ db, credentials: aws.credentials }));

    expect(created(acme)).toBe(created(acme));
    expect(created(acme).db).toBe(tenants.db(acme));
    expect(created(globex).db.client).not.toBe(created(acme).db.client);
    expect(created(globex).credentials).not.toBe(created(acme).credentials);
    expect(created(undefined).credentials).toBeUndefined();
  });
});
