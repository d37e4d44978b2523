import { createLog } from '../../platform/log.ts';
import { createDb } from '../../platform/platform.ts';
import { surfaceHandler } from '../edge/surface.ts';
import { createVerifier, identityFromEnvironment } from '../edge/token.ts';
import { integrationsErrors } from './errors.ts';
import { integrationsOperations } from './operations.ts';
import { integrationsRoutes } from './routes.ts';

export const handler = surfaceHandler({
  routes: integrationsRoutes,
  operations: integrationsOperations({ db: createDb(), now: Date.now }),
  errors: integrationsErrors,
  verify: createVerifier(identityFromEnvironment()),
  log: createLog(),
});
