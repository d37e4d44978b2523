import { ulid } from 'ulidx';
import { Env } from '../../../lib/env.ts';
import { defaultLimits } from '../../platform/default-limits.ts';
import { corsOrigins, requiredNumber } from '../../platform/env.ts';
import { createLog } from '../../platform/log.ts';
import { limitRequests } from '../../platform/request-limiter.ts';
import { createTenants } from '../../platform/tenants.ts';
import { createAudit } from '../edge/audit.ts';
import { createBearerVerifier } from '../edge/bearer.ts';
import { surfaceHandler } from '../edge/surface.ts';
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
