import { SSMClient } from '@aws-sdk/client-ssm';
import { requireEnv } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import { createPlatformServices } from '../../core/platform/platform.ts';
import { createSecrets } from '../../core/platform/secrets.ts';
import { createLambdaHandler } from '../http/lambda-handler.ts';
import { createFlowsCursorSigner } from './cursor.ts';
import { flowsSurface } from './surface.ts';

const platform = createPlatformServices();
const path = requireEnv(Env.parameterPath);

export const handler = createLambdaHandler(flowsSurface, platform, ({ db, aws }, apiKeys) => ({
  ...platform,
  db,
  apiKeys,
  cursors: createFlowsCursorSigner({ ...platform, db }),
  secrets: createSecrets(new SSMClient(aws), path),
}));
