import { S3Client } from '@aws-sdk/client-s3';
import { Env } from '../../../lib/env.ts';
import { required } from '../../platform/env.ts';
import { createObjects } from '../../platform/objects.ts';
import { createPlatform } from '../../platform/platform.ts';
import { createBearerVerifier } from '../edge/bearer.ts';
import { surfaceHandler } from '../edge/surface.ts';
import { pipelinesErrors } from './errors.ts';
import { pipelinesOperations } from './operations.ts';
import { pipelinesRoutes } from './routes.ts';

const bucket = required(Env.bucket);
const platform = { ...createPlatform(), objects: createObjects(new S3Client({}), bucket), bucket };

export const handler = surfaceHandler({
  routes: pipelinesRoutes,
  operations: pipelinesOperations(platform),
  errors: pipelinesErrors,
  verify: createBearerVerifier(platform),
  log: platform.log,
});
