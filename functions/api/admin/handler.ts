import { createLog } from '../../platform/log.ts';
import { createDb } from '../../platform/platform.ts';
import { createBearerVerifier } from '../edge/bearer.ts';
import { surfaceHandler } from '../edge/surface.ts';
import { adminErrors } from './errors.ts';
import { adminOperations } from './operations.ts';
import { adminRoutes } from './routes.ts';

const platform = { db: createDb(), log: createLog(), now: Date.now };

export const handler = surfaceHandler({
  routes: adminRoutes,
  operations: adminOperations(platform),
  errors: adminErrors,
  verify: createBearerVerifier(platform),
  log: platform.log,
  tenantHeader: true,
});
