import { createApiPlatform } from '../../core/platform/api-platform.ts';
import { requireEnv } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import { createSeal } from '../../core/platform/envelope.ts';
import { createKms } from '../../core/platform/kms.ts';
import { createSecrets } from '../../core/platform/secrets.ts';
import { createLambdaHandler } from '../http/lambda-handler.ts';
import { createFlowsCursorSigner } from './cursor.ts';
import { flowsSurface } from './surface.ts';

const platform = createApiPlatform();
const keyArn = requireEnv(Env.secretsKeyArn);

export const handler = createLambdaHandler(flowsSurface, platform, ({ db, aws }, apiKeys) => {
  const services = { ...platform, db };
  return {
    ...services,
    apiKeys,
    cursors: createFlowsCursorSigner(services),
    secrets: createSecrets({ ...services, seal: createSeal({ kms: createKms(aws), keyArn, now: platform.now }) }),
  };
});
