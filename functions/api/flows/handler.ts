import { SSMClient } from '@aws-sdk/client-ssm';
import { Env } from '../../../lib/env.ts';
import { required } from '../../platform/env.ts';
import { createPlatform } from '../../platform/platform.ts';
import { createSecrets } from '../../platform/secrets.ts';
import { createBearerVerifier } from '../edge/bearer.ts';
import { surfaceHandler } from '../edge/surface.ts';
import { flowsErrors } from './errors.ts';
import { flowsOperations } from './operations.ts';
import { flowsRoutes } from './routes.ts';

const platform = createPlatform();
const secrets = createSecrets(new SSMClient({}), required(Env.parameterPath));

export const handler = surfaceHandler({
  routes: flowsRoutes,
  operations: flowsOperations(platform, secrets),
  errors: flowsErrors,
  verify: createBearerVerifier(platform),
  log: platform.log,
});
