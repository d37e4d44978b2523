import { ulid } from 'ulidx';
import { defaultLimits } from '../../core/platform/default-limits.ts';
import { corsOrigins, requiredNumber } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import { createLog } from '../../core/platform/log.ts';
import { limitRequests } from '../../core/platform/request-limiter.ts';
import { createTenants } from '../../core/platform/tenants.ts';
import { createAudit } from '../http/audit.ts';
import { createBearerVerifier } from '../http/bearer.ts';
import { surfaceHandler } from '../http/surface.ts';
import { adminErrors } from './errors.ts';
import { adminOperations } from './operations.ts';
import { adminRoutes } from './routes.ts';

const platform = { log: createLog(), now: Date.now, newUlid: ulid, defaultLimits: defaultLimits() };
const tenants = createTenants();

export const handler = surfaceHandler({
  routes: adminRoutes,
  operations: tenants.each(({ db }) => adminOperations({ ...platform, db })),
  errors: adminErrors,
  verify: createBearerVerifier({ ...platform, dbOf: tenants.db }),
  log: platform.log,
  origins: corsOrigins(),
  limit: limitRequests({ ...platform, dbOf: tenants.db }),
  audit: createAudit({ ...platform, surface: 'admin', dbOf: tenants.db, auditDays: requiredNumber(Env.auditDays) }),
  tenantHeader: true,
});
