import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Objects } from '../../../functions/core/platform/objects.ts';
import { createObjects } from '../../../functions/core/platform/s3-objects.ts';
import { startSqsAndS3 } from '../../../lib/local/fauxqs/sqs-and-s3.ts';

export interface TestObjects {
  readonly objects: Objects;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  /**
   * Creates a queue.
   *
   * @returns its URL
   */
  queue(name: string): string;
  stop(): Promise<void>;
}

/** Starts a bucket and queues in a temporary folder. */
export async function startTestObjects(bucket = 'files'): Promise<TestObjects> {
  const folder = mkdtempSync(join(tmpdir(), 'jobdeck-objects-'));
  const services = await startSqsAndS3(folder);
  services.ensureBucket(bucket);
  const options = {
    endpoint: services.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const sqs = new SQSClient(options);
  return {
    objects: createObjects(s3, bucket),
    s3,
    sqs,
    queue: (name) => services.ensureQueue(name, {}),
    async stop() {
      s3.destroy();
      sqs.destroy();
      await services.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
