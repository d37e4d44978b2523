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
import { integrationsErrors } from './errors.ts';
import { integrationsOperations } from './operations.ts';
import { integrationsRoutes } from './routes.ts';

const platform = { log: createLog(), now: Date.now, newUlid: ulid, defaultLimits: defaultLimits() };
const tenants = createTenants();

export const handler = surfaceHandler({
  routes: integrationsRoutes,
  operations: tenants.each(({ db }) => integrationsOperations({ ...platform, db })),
  errors: integrationsErrors,
  verify: createBearerVerifier({ ...platform, dbOf: tenants.db }),
  log: platform.log,
  origins: corsOrigins(),
  limit: limitRequests({ ...platform, dbOf: tenants.db }),
  audit: createAudit({
    ...platform,
    surface: 'integrations',
    dbOf: tenants.db,
    auditDays: requiredNumber(Env.auditDays),
  }),
});
