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
