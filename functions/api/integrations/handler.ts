import { ulid } from 'ulidx';
import { readDefaultLimits } from '../../core/platform/default-limits.ts';
import { corsOrigins, requireNumberEnv } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import { createLog } from '../../core/platform/log.ts';
import { createRequestLimiter } from '../../core/platform/request-limiter.ts';
import { createTenantClientPool } from '../../core/platform/tenant-clients.ts';
import { createAuditRecorder } from '../http/audit.ts';
import { createBearerVerifier } from '../http/bearer-verifier.ts';
import { createSurfaceHandler } from '../http/surface-handler.ts';
import { integrationsErrors } from './errors.ts';
import { integrationsOperations } from './operations.ts';
import { integrationsRoutes } from './routes.ts';

const platform = { log: createLog(), now: Date.now, newUlid: ulid, defaultLimits: readDefaultLimits() };
const tenants = createTenantClientPool();

export const handler = createSurfaceHandler({
  routes: integrationsRoutes,
  operations: tenants.perTenant(({ db }) => integrationsOperations({ ...platform, db })),
  errors: integrationsErrors,
  verify: createBearerVerifier({ ...platform, dbOf: tenants.db }),
  log: platform.log,
  origins: corsOrigins(),
  limit: createRequestLimiter({ ...platform, dbOf: tenants.db }),
  audit: createAuditRecorder({
    ...platform,
    surface: 'integrations',
    dbOf: tenants.db,
    auditDays: requireNumberEnv(Env.auditDays),
  }),
});
