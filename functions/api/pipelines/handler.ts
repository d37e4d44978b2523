import { S3Client } from '@aws-sdk/client-s3';
import { requireEnv } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import { createObjects } from '../../core/platform/objects.ts';
import { createPlatformServices } from '../../core/platform/platform.ts';
import { createLambdaHandler } from '../http/lambda-handler.ts';
import { createPipelineCache } from './prometheus.ts';
import { pipelinesSurface } from './surface.ts';

const bucket = requireEnv(Env.bucket);
const platform = createPlatformServices();

export const handler = createLambdaHandler(pipelinesSurface, platform, ({ db, aws }) => ({
  ...platform,
  db,
  objects: createObjects(new S3Client(aws), bucket),
  bucket,
  pipelineCache: createPipelineCache(platform.now),
}));
