import { requireEnv } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import { createObjectsOnDemand } from '../../core/platform/objects-on-demand.ts';
import { createPlatformServices } from '../../core/platform/platform.ts';
import { createLambdaHandler } from '../http/lambda-handler.ts';
import { createPipelineCache } from './prometheus.ts';
import { pipelinesSurface } from './surface.ts';

const bucket = requireEnv(Env.bucket);
const platform = createPlatformServices();

export const handler = createLambdaHandler(pipelinesSurface, platform, ({ db, aws }) => ({
  ...platform,
  db,
  objects: createObjectsOnDemand(bucket, aws),
  bucket,
  pipelineCache: createPipelineCache(platform.now),
}));
