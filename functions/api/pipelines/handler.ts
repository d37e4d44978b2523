import { S3Client } from '@aws-sdk/client-s3';
import { Env } from '../../../lib/env.ts';
import { corsOrigins, required, requiredNumber } from '../../platform/env.ts';
import { createObjects } from '../../platform/objects.ts';
import { createSurroundings } from '../../platform/platform.ts';
import { limitRequests } from '../../platform/request-limiter.ts';
import { createTenants } from '../../platform/tenants.ts';
import { createAudit } from '../edge/audit.ts';
import { createBearerVerifier } from '../edge/bearer.ts';
import { surfaceHandler } from '../edge/surface.ts';
import { pipelinesErrors } from './errors.ts';
import { pipelinesOperations } from './operations.ts';
import { pipelinesRoutes } from './routes.ts';

const bucket = required(Env.bucket);
const platform = createSurroundings();
const tenants = createTenants();

export const handler = surfaceHandler({
  routes: pipelinesRoutes,
  operations: tenants.each(({ db, aws }) =>
    pipelinesOperations({ ...platform, db, objects: createObjects(new S3Client(aws), bucket), bucket }),
  ),
  errors: pipelinesErrors,
  verify: createBearerVerifier({ ...platform, dbOf: tenants.db }),
  log: platform.log,
  origins: corsOrigins(),
  limit: limitRequests({ ...platform, dbOf: tenants.db }),
  audit: createAudit({ ...platform, surface: 'pipelines', dbOf: tenants.db, auditDays: requiredNumber(Env.auditDays) }),
});
