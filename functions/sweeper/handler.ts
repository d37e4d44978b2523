import { S3Client } from '@aws-sdk/client-s3';
import { visitTenant } from '../core/engine/sweep/visit.ts';
import { eachTenant } from '../core/platform/each-tenant.ts';
import { required } from '../core/platform/env.ts';
import { Env } from '../core/platform/env-names.ts';
import { createObjects } from '../core/platform/objects.ts';
import { createPlatform } from '../core/platform/platform.ts';

const platform = { ...createPlatform(), objects: createObjects(new S3Client({}), required(Env.bucket)) };

/** Every minute: visits every tenant. */
export async function handler(): Promise<void> {
  await eachTenant(platform, 'sweep', (tenant) => visitTenant(platform, tenant));
}
