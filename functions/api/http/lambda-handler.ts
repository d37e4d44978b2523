import type { Context } from 'aws-lambda';
import { type ApiKeyIssuer, createStageApiKeyIssuer } from '../../core/platform/api-key-issuer.ts';
import { corsOrigins, requireNumberEnv } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { RequestLimiter } from '../../core/platform/request-limiter.ts';
import { createTenantClientPool, type TenantClients } from '../../core/platform/tenant-clients.ts';
import { createAuditRecorder } from './audit.ts';
import { createHookAuthentication } from './authenticate-hook.ts';
import { createBearerVerifier } from './bearer-verifier.ts';
import { behindEdge } from './edge.ts';
import type { Surface } from './surface.ts';
import { createSurfaceHandler } from './surface-handler.ts';

/**
 * Creates the Lambda handler of a surface from the environment: authentication, CORS, request limit and audit trail.
 *
 * @param createDependencies creates the dependencies of the surface's handlers with clients that are restricted to one
 *   tenant
 */
export function createLambdaHandler<Dependencies>(
  surface: Surface<Dependencies>,
  platform: Pick<Platform, 'log' | 'now' | 'newUlid' | 'defaultLimits'>,
  createDependencies: (clients: TenantClients, apiKeys: ApiKeyIssuer) => Dependencies,
) {
  const tenants = createTenantClientPool();
  const ownDb = tenants.perTenant(({ db }) => db);
  const apiKeys = createStageApiKeyIssuer(() => ownDb(undefined));
  const options = { ...platform, apiKeys, dbOf: tenants.db };
  const limiter = new RequestLimiter(options);
  const handle = createSurfaceHandler({
    ...surface,
    dependencies: tenants.perTenant((clients) => createDependencies(clients, apiKeys)),
    verify: createBearerVerifier(options),
    log: platform.log,
    origins: corsOrigins(),
    limit: (tenant) => limiter.acquire(tenant),
    authenticateHook: createHookAuthentication({
      tokens: apiKeys,
      limit: (tenant, hook) => limiter.acquireForHook(tenant, hook),
    }),
    audit: createAuditRecorder({ ...options, surface: surface.name, auditDays: requireNumberEnv(Env.auditDays) }),
  });
  return behindEdge(process.env[Env.edgeSecret], (event, context: Context) => handle(event, context));
}
