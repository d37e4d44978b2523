import { SSMClient } from '@aws-sdk/client-ssm';
import { Env } from '../../../lib/env.ts';
import { corsOrigins, required, requiredNumber } from '../../platform/env.ts';
import { createSurroundings } from '../../platform/platform.ts';
import { limitRequests } from '../../platform/request-limiter.ts';
import { createSigningSecrets } from '../../platform/signing-secret.ts';
import { createTenants } from '../../platform/tenants.ts';
import { createAudit } from '../edge/audit.ts';
import { createBearerVerifier } from '../edge/bearer.ts';
import { surfaceHandler } from '../edge/surface.ts';
import { runnerErrors } from './errors.ts';
import { runnerOperations } from './operations.ts';
import { runnerRoutes } from './routes.ts';

const platform = createSurroundings();
const tenants = createTenants();
const path = required(Env.parameterPath);

export const handler = surfaceHandler({
  routes: runnerRoutes,
  operations: tenants.each(({ db, aws }) =>
    runnerOperations({ ...platform, db }, createSigningSecrets(new SSMClient(aws), path)),
  ),
  errors: runnerErrors,
  verify: createBearerVerifier({ ...platform, dbOf: tenants.db }),
  log: platform.log,
  origins: corsOrigins(),
  limit: limitRequests({ ...platform, dbOf: tenants.db }),
  audit: createAudit({ ...platform, surface: 'runner', dbOf: tenants.db, auditDays: requiredNumber(Env.auditDays) }),
});
