import { createApiPlatform } from '../../core/platform/api-platform.ts';
import { requireEnv } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import { createObjectsOnDemand } from '../../core/platform/objects-on-demand.ts';
import { createLambdaHandler } from '../http/lambda-handler.ts';
import { createPipelineCache } from './pipeline-cache.ts';
import { pipelinesSurface } from './surface.ts';

const bucket = requireEnv(Env.bucket);
const platform = createApiPlatform();

export const handler = createLambdaHandler(pipelinesSurface, platform, ({ db, aws }) => ({
  ...platform,
  db,
  objects: createObjectsOnDemand(bucket, aws),
  bucket,
  pipelineCache: createPipelineCache(platform.now),
}));
