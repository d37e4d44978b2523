import { S3Client } from '@aws-sdk/client-s3';
import type { Objects } from '../../../functions/core/platform/objects.ts';
import { createObjects } from '../../../functions/core/platform/s3-objects.ts';
import { CREDENTIALS, REGION } from '../../../lib/local/support/arn.ts';
import type { LocalSystem } from '../../../lib/local/system.ts';

/** Opens the bucket of a local system, for data that no API surface exposes. */
export function systemObjects({ endpoints, bucketName }: Pick<LocalSystem, 'endpoints' | 'bucketName'>): {
  readonly objects: Objects;
  readonly close: () => void;
} {
  const s3 = new S3Client({ endpoint: endpoints.sqs, region: REGION, credentials: CREDENTIALS, forcePathStyle: true });
  return { objects: createObjects(s3, bucketName('files')), close: () => s3.destroy() };
}
