import { SSMClient } from '@aws-sdk/client-ssm';
import { Env } from '../../../lib/env.ts';
import { corsOrigins, required, requiredNumber } from '../../platform/env.ts';
import { createSurroundings } from '../../platform/platform.ts';
import { limitRequests } from '../../platform/request-limiter.ts';
import { createSecrets } from '../../platform/secrets.ts';
import { createTenants } from '../../platform/tenants.ts';
import { createAudit } from '../edge/audit.ts';
import { createBearerVerifier } from '../edge/bearer.ts';
import { surfaceHandler } from '../edge/surface.ts';
import { flowsErrors } from './errors.ts';
import { flowsOperations } from './operations.ts';
import { flowsRoutes } from './routes.ts';

const platform = createSurroundings();
const tenants = createTenants();
const path = required(Env.parameterPath);

export const handler = surfaceHandler({
  routes: flowsRoutes,
  operations: tenants.each(({ db, aws }) =>
    flowsOperations({ ...platform, db }, createSecrets(new SSMClient(aws), path)),
  ),
  errors: flowsErrors,
  verify: createBearerVerifier({ ...platform, dbOf: tenants.db }),
  log: platform.log,
  origins: corsOrigins(),
  limit: limitRequests({ ...platform, dbOf: tenants.db }),
  audit: createAudit({ ...platform, surface: 'flows', dbOf: tenants.db, auditDays: requiredNumber(Env.auditDays) }),
});
