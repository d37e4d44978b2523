import { S3Client } from '@aws-sdk/client-s3';
import { visitTenant } from '../core/engine/sweep/visit-tenant.ts';
import { requireEnv } from '../core/platform/env.ts';
import { Env } from '../core/platform/env-names.ts';
import { forEachTenant } from '../core/platform/for-each-tenant.ts';
import { createObjects } from '../core/platform/objects.ts';
import { createPlatform } from '../core/platform/platform.ts';

const platform = { ...createPlatform(), objects: createObjects(new S3Client({}), requireEnv(Env.bucket)) };

/** Sweeps every tenant, every minute. */
export async function handler(): Promise<void> {
  await forEachTenant(platform, 'sweep', (tenant) => visitTenant(platform, tenant));
}
