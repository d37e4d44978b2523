import { SSMClient } from '@aws-sdk/client-ssm';
import { corsOrigins, requireEnv, requireNumberEnv } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import { createPlatformServices } from '../../core/platform/platform.ts';
import { createRequestLimiter } from '../../core/platform/request-limiter.ts';
import { createSigningSecrets } from '../../core/platform/signing-secrets.ts';
import { createTenantClientPool } from '../../core/platform/tenant-clients.ts';
import { createAuditRecorder } from '../http/audit.ts';
import { createBearerVerifier } from '../http/bearer-verifier.ts';
import { createSurfaceHandler } from '../http/surface-handler.ts';
import { runnerErrors } from './errors.ts';
import { runnerOperations } from './operations.ts';
import { runnerRoutes } from './routes.ts';

const platform = createPlatformServices();
const tenants = createTenantClientPool();
const path = requireEnv(Env.parameterPath);

export const handler = createSurfaceHandler({
  routes: runnerRoutes,
  operations: tenants.perTenant(({ db, aws }) =>
    runnerOperations({ ...platform, db }, createSigningSecrets(new SSMClient(aws), path)),
  ),
  errors: runnerErrors,
  verify: createBearerVerifier({ ...platform, dbOf: tenants.db }),
  log: platform.log,
  origins: corsOrigins(),
  limit: createRequestLimiter({ ...platform, dbOf: tenants.db }),
  audit: createAuditRecorder({
    ...platform,
    surface: 'runner',
    dbOf: tenants.db,
    auditDays: requireNumberEnv(Env.auditDays),
  }),
});
