import { createLog } from '../../platform/log.ts';
import { createDb } from '../../platform/platform.ts';
import { surfaceHandler } from '../edge/surface.ts';
import { createVerifier, identityFromEnvironment } from '../edge/token.ts';
import { adminErrors } from './errors.ts';
import { adminOperations } from './operations.ts';
import { adminRoutes } from './routes.ts';

export const handler = surfaceHandler({
  routes: adminRoutes,
  operations: adminOperations({ db: createDb(), now: Date.now }),
  errors: adminErrors,
  verify: createVerifier(identityFromEnvironment()),
  log: createLog(),
  tenantHeader: true,
});
