import { S3Client } from '@aws-sdk/client-s3';
import { corsOrigins, requireEnv, requireNumberEnv } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import { createObjects } from '../../core/platform/objects.ts';
import { createPlatformServices } from '../../core/platform/platform.ts';
import { createRequestLimiter } from '../../core/platform/request-limiter.ts';
import { createTenantClientPool } from '../../core/platform/tenant-clients.ts';
import { createAuditRecorder } from '../http/audit.ts';
import { createBearerVerifier } from '../http/bearer-verifier.ts';
import { createSurfaceHandler } from '../http/surface-handler.ts';
import { pipelinesErrors } from './errors.ts';
import { pipelinesOperations } from './operations.ts';
import { pipelinesRoutes } from './routes.ts';

const bucket = requireEnv(Env.bucket);
const platform = createPlatformServices();
const tenants = createTenantClientPool();

export const handler = createSurfaceHandler({
  routes: pipelinesRoutes,
  operations: tenants.perTenant(({ db, aws }) =>
    pipelinesOperations({ ...platform, db, objects: createObjects(new S3Client(aws), bucket), bucket }),
  ),
  errors: pipelinesErrors,
  verify: createBearerVerifier({ ...platform, dbOf: tenants.db }),
  log: platform.log,
  origins: corsOrigins(),
  limit: createRequestLimiter({ ...platform, dbOf: tenants.db }),
  audit: createAuditRecorder({
    ...platform,
    surface: 'pipelines',
    dbOf: tenants.db,
    auditDays: requireNumberEnv(Env.auditDays),
  }),
});
