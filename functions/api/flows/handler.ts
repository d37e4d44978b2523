import { SSMClient } from '@aws-sdk/client-ssm';
import { corsOrigins, requireEnv, requireNumberEnv } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import { createPlatformServices } from '../../core/platform/platform.ts';
import { createRequestLimiter } from '../../core/platform/request-limiter.ts';
import { createSecrets } from '../../core/platform/secrets.ts';
import { createTenantClientPool } from '../../core/platform/tenant-clients.ts';
import { createAuditRecorder } from '../http/audit.ts';
import { createBearerVerifier } from '../http/bearer-verifier.ts';
import { createSurfaceHandler } from '../http/surface-handler.ts';
import { flowsErrors } from './errors.ts';
import { flowsOperations } from './operations.ts';
import { flowsRoutes } from './routes.ts';

const platform = createPlatformServices();
const tenants = createTenantClientPool();
const path = requireEnv(Env.parameterPath);

export const handler = createSurfaceHandler({
  routes: flowsRoutes,
  operations: tenants.perTenant(({ db, aws }) =>
    flowsOperations({ ...platform, db }, createSecrets(new SSMClient(aws), path)),
  ),
  errors: flowsErrors,
  verify: createBearerVerifier({ ...platform, dbOf: tenants.db }),
  log: platform.log,
  origins: corsOrigins(),
  limit: createRequestLimiter({ ...platform, dbOf: tenants.db }),
  audit: createAuditRecorder({
    ...platform,
    surface: 'flows',
    dbOf: tenants.db,
    auditDays: requireNumberEnv(Env.auditDays),
  }),
});
