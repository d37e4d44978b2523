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
import { adminErrors } from './errors.ts';
import { adminOperations } from './operations.ts';
import { adminRoutes } from './routes.ts';

const platform = { log: createLog(), now: Date.now, newUlid: ulid, defaultLimits: readDefaultLimits() };
const tenants = createTenantClientPool();

export const handler = createSurfaceHandler({
  routes: adminRoutes,
  operations: tenants.perTenant(({ db }) => adminOperations({ ...platform, db })),
  errors: adminErrors,
  verify: createBearerVerifier({ ...platform, dbOf: tenants.db }),
  log: platform.log,
  origins: corsOrigins(),
  limit: createRequestLimiter({ ...platform, dbOf: tenants.db }),
  audit: createAuditRecorder({
    ...platform,
    surface: 'admin',
    dbOf: tenants.db,
    auditDays: requireNumberEnv(Env.auditDays),
  }),
  tenantHeader: true,
});
