import { createLog } from '../../platform/log.ts';
import { createDb } from '../../platform/platform.ts';
import { createBearerVerifier } from '../edge/bearer.ts';
import { surfaceHandler } from '../edge/surface.ts';
import { integrationsErrors } from './errors.ts';
import { integrationsOperations } from './operations.ts';
import { integrationsRoutes } from './routes.ts';

const platform = { db: createDb(), log: createLog(), now: Date.now };

export const handler = surfaceHandler({
  routes: integrationsRoutes,
  operations: integrationsOperations(platform),
  errors: integrationsErrors,
  verify: createBearerVerifier(platform),
  log: platform.log,
});
