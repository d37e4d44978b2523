import { SSMClient } from '@aws-sdk/client-ssm';
import { corsOrigins, required, requiredNumber } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import { createSurroundings } from '../../core/platform/platform.ts';
import { limitRequests } from '../../core/platform/request-limiter.ts';
import { createSecrets } from '../../core/platform/secrets.ts';
import { createTenants } from '../../core/platform/tenants.ts';
import { createAudit } from '../http/audit.ts';
import { createBearerVerifier } from '../http/bearer.ts';
import { surfaceHandler } from '../http/surface.ts';
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
