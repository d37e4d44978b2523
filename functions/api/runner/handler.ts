import { SSMClient } from '@aws-sdk/client-ssm';
import { Env } from '../../../lib/env.ts';
import { required } from '../../platform/env.ts';
import { createPlatform } from '../../platform/platform.ts';
import { createSigningSecrets } from '../../platform/signing-secret.ts';
import { createBearerVerifier } from '../edge/bearer.ts';
import { surfaceHandler } from '../edge/surface.ts';
import { runnerErrors } from './errors.ts';
import { runnerOperations } from './operations.ts';
import { runnerRoutes } from './routes.ts';

const platform = createPlatform();
const secrets = createSigningSecrets(new SSMClient({}), required(Env.parameterPath));

export const handler = surfaceHandler({
  routes: runnerRoutes,
  operations: runnerOperations(platform, secrets),
  errors: runnerErrors,
  verify: createBearerVerifier(platform),
  log: platform.log,
});
