import { S3Client } from '@aws-sdk/client-s3';
import { Env } from '../../lib/env.ts';
import { eachTenant } from '../platform/each-tenant.ts';
import { required } from '../platform/env.ts';
import { createObjects } from '../platform/objects.ts';
import { createPlatform } from '../platform/platform.ts';
import { visitTenant } from './visit.ts';

const platform = { ...createPlatform(), objects: createObjects(new S3Client({}), required(Env.bucket)) };

/** Every minute: visits every tenant. */
export async function handler(): Promise<void> {
  await eachTenant(platform, 'sweep', (tenant) => visitTenant(platform, tenant));
}
