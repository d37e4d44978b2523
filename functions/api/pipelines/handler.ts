import { S3Client } from '@aws-sdk/client-s3';
import { corsOrigins, required, requiredNumber } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import { createObjects } from '../../core/platform/objects.ts';
import { createSurroundings } from '../../core/platform/platform.ts';
import { limitRequests } from '../../core/platform/request-limiter.ts';
import { createTenants } from '../../core/platform/tenants.ts';
import { createAudit } from '../http/audit.ts';
import { createBearerVerifier } from '../http/bearer.ts';
import { surfaceHandler } from '../http/surface.ts';
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
